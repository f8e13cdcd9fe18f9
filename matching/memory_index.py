"""The look-ups answered from memory: for the backtest, the tests and the benchmarks."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TypeVar

from matching.lookups import (
    CLIENT_LIMIT,
    COUNT_LIMIT,
    KEY_HITS_LIMIT,
    SAME_AMOUNT_LIMIT,
    TOKEN_LIMIT,
    ClientOpen,
    ClientRequest,
    Found,
    KeyHit,
    Lookups,
    PastPayment,
)
from matching.payers.recognition import name_tokens
from matching.reading.keys import KeyKind, reference_keys
from matching.values import Client, ClientId, Invoice, InvoiceId, InvoiceKind, Memory

Key = TypeVar("Key")
Value = TypeVar("Value")


class MemoryIndex:
    """Invoices, clients and memory behind the ``Candidates`` protocol; built once, read-only afterwards."""

    def __init__(
        self,
        invoices: Iterable[Invoice],
        clients: Iterable[Client],
        memory: Memory | None = None,
        own_ibans: Iterable[str] = (),
        past: Iterable[PastPayment] = (),
    ) -> None:
        self.invoices = {invoice.id: invoice for invoice in invoices}
        self.clients = {client.id: client for client in clients}
        self.memory = memory or Memory()
        self.own_ibans = frozenset(own_ibans)
        self._keys: dict[str, list[KeyHit]] = defaultdict(list)
        self._amounts: dict[tuple[str, int], list[InvoiceId]] = defaultdict(list)
        self._by_client: dict[tuple[ClientId, str], list[InvoiceId]] = defaultdict(list)
        self._by_client_amount: dict[tuple[ClientId, str, int], list[InvoiceId]] = defaultdict(list)
        self._open: dict[str, int] = defaultdict(int)
        self._tokens: dict[str, list[ClientId]] = defaultdict(list)
        self._past: dict[tuple[str, int], list[PastPayment]] = defaultdict(list)
        for invoice in sorted(self.invoices.values(), key=lambda invoice: (invoice.due_date, invoice.id)):
            self._add_invoice(invoice)
        for client_id, client in sorted(self.clients.items()):
            for token in {token for name in (client.name, *client.aliases) for token in name_tokens(name)}:
                self._tokens[token].append(client_id)
        for earlier in past:
            if earlier.payment.payer_iban:
                self._past[(earlier.payment.payer_iban, earlier.payment.amount_cents)].append(earlier)

    def _add_invoice(self, invoice: Invoice) -> None:
        for key, kind in reference_keys(invoice.number, invoice.references):
            self._keys[key].append(KeyHit(key, kind, invoice.id))
        if not invoice.is_open:
            return
        self._by_client[(invoice.client_id, invoice.currency)].append(invoice.id)
        if invoice.kind is InvoiceKind.INVOICE:
            self._open[invoice.currency] += 1
            self._amounts[(invoice.currency, invoice.open_cents)].append(invoice.id)
            self._by_client_amount[(invoice.client_id, invoice.currency, invoice.open_cents)].append(
                invoice.id
            )

    def fetch(self, lookups: Lookups) -> Found:
        """Answer one round of look-ups, with the same limits as the database."""
        hits, capped = self._hits(lookups.keys)
        same = self._amounts.get(lookups.amount, []) if lookups.amount else []
        groups = {request.client_id: self._client_open(request) for request in lookups.clients}
        counts = {token: len(self._tokens.get(token, ())) for token in lookups.tokens}
        memory = self._memory(lookups)
        invoice_ids = {hit.invoice_id for hit in hits}.union(
            same[:SAME_AMOUNT_LIMIT], *(group.invoice_ids for group in groups.values())
        )
        invoices = {invoice_id: self.invoices[invoice_id] for invoice_id in invoice_ids}
        payers = (*memory.ibans.values(), *memory.aliases.values())
        client_ids = {invoice.client_id for invoice in invoices.values()}.union(
            (link.client_id for payer in payers for link in payer.links),
            *(self._tokens.get(token, ()) for token, count in counts.items() if count <= TOKEN_LIMIT),
        )
        past = self._past.get((lookups.iban, lookups.amount[1])) if lookups.iban and lookups.amount else None
        return Found(
            hits=tuple(hits),
            invoices=invoices,
            same_amount=tuple(same[:SAME_AMOUNT_LIMIT]),
            same_amount_count=min(len(same), COUNT_LIMIT),
            open_count=self._open[lookups.amount[0]] if lookups.amount else 0,
            client_open=groups,
            clients={
                client_id: self.clients[client_id] for client_id in client_ids if client_id in self.clients
            },
            token_counts=counts,
            client_count=len(self.clients),
            memory=memory,
            past=tuple(past or ()),
            own_ibans=self.own_ibans,
            capped=frozenset({"key_hits"} if capped else ()),
        )

    def _hits(self, keys: Iterable[str]) -> tuple[list[KeyHit], bool]:
        hits: list[KeyHit] = []
        capped = False
        for key in sorted(keys):
            rows = self._keys.get(key, [])
            if len(rows) > KEY_HITS_LIMIT:
                capped = capped or rows[0].kind is not KeyKind.SEQUENCE
            else:
                hits.extend(rows)
        return hits, capped

    def _client_open(self, request: ClientRequest) -> ClientOpen:
        everything = self._by_client.get((request.client_id, request.currency), [])
        exact = self._by_client_amount.get((request.client_id, request.currency, request.amount_cents), [])
        ids = dict.fromkeys([*everything[:CLIENT_LIMIT], *exact[:SAME_AMOUNT_LIMIT]])
        return ClientOpen(invoice_ids=tuple(ids), truncated=len(everything) > CLIENT_LIMIT)

    def _memory(self, lookups: Lookups) -> Memory:
        return Memory(
            ibans=_slice(self.memory.ibans, lookups.iban),
            aliases=_slice(self.memory.aliases, lookups.alias),
            dismissed=_slice(self.memory.dismissed, lookups.payment_id),
            delays={
                request.client_id: self.memory.delays[request.client_id]
                for request in lookups.clients
                if request.client_id in self.memory.delays
            },
        )


def _slice(whole: Mapping[Key, Value], key: Key | None) -> dict[Key, Value]:
    return {key: whole[key]} if key is not None and key in whole else {}
