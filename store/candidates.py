"""Answer the matcher's look-ups from the tables (design D6): every question by an index, every list capped.

The in-memory counterpart, with the same limits, is ``matching.index.MemoryIndex``.
"""

from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from matching import ClientId, ClientOpen, ClientRequest, Found, InvoiceId, Lookups, Memory, PastPayment
from store import candidate_rows as rows
from store import payer_memory
from store.accounts import own_ibans
from store.approximate import approximate_clients, approximate_open_invoices


@dataclass(slots=True)
class _FirstRound:
    """What only a first round asks: it is about the payment itself."""

    memory: Memory = field(default_factory=Memory)
    past: tuple[PastPayment, ...] = ()
    own_ibans: frozenset[str] = frozenset()
    client_count: int = 0


async def fetch(session: AsyncSession, lookups: Lookups) -> Found:
    """Answer one round of look-ups. All statuses by key; open ones only by amount and by client."""
    hits, capped = await rows.key_hits(session, lookups.keys)
    same, same_count, open_count = await _same_amount(session, lookups.amount)
    groups = {one.client_id: await _client_open(session, one) for one in lookups.clients}
    token_counts, token_clients = await rows.clients_by_token(session, lookups.tokens)
    wanted = {hit.invoice_id for hit in hits} | set(same)
    wanted |= {invoice_id for group in groups.values() for invoice_id in group.invoice_ids}
    invoices = await rows.invoices(session, wanted)
    first = await _first_round(session, lookups, [invoices[one].client_id for one in invoices])
    client_ids = token_clients | {invoice.client_id for invoice in invoices.values()}
    client_ids |= payer_memory.clients_in(first.memory)
    return Found(
        hits=hits,
        invoices=invoices,
        same_amount=same,
        same_amount_count=same_count,
        open_count=open_count,
        client_open=groups,
        clients=await rows.clients(session, client_ids),
        token_counts=token_counts,
        client_count=first.client_count,
        memory=first.memory,
        past=first.past,
        own_ibans=first.own_ibans,
        capped=frozenset({"key_hits"}) if capped else frozenset(),
    )


async def _same_amount(
    session: AsyncSession, amount: tuple[str, int] | None
) -> tuple[tuple[InvoiceId, ...], int, int]:
    if amount is None:
        return (), 0, 0
    ids, count = await rows.same_amount(session, *amount)
    return ids, count, await approximate_open_invoices(session, amount[0])


async def _client_open(session: AsyncSession, request: ClientRequest) -> ClientOpen:
    ids, truncated = await rows.client_open(session, request)
    return ClientOpen(invoice_ids=ids, truncated=truncated)


async def _first_round(session: AsyncSession, lookups: Lookups, near: list[ClientId]) -> _FirstRound:
    if lookups.payment_id is None:
        return _FirstRound()
    return _FirstRound(
        memory=await payer_memory.read(session, lookups, near),
        past=await payer_memory.past_payments(session, lookups),
        own_ibans=await own_ibans(session),
        client_count=await approximate_clients(session),
    )
