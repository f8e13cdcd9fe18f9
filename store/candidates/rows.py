"""Ask the statements of ``store.candidates.sql`` and hand back the matcher's values.

Columns, not objects: this runs for every payment.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.selectable import TextualSelect

from matching import (
    Client,
    ClientId,
    ClientOpen,
    ClientRequest,
    Invoice,
    InvoiceId,
    InvoiceKind,
    InvoiceStatus,
    KeyHit,
    KeyKind,
    Lookups,
)
from matching.lookups import CLIENT_LIMIT, KEY_HITS_LIMIT, TOKEN_LIMIT
from store.candidates import sql
from store.types import paris_day

DELAYS_READ = 20

_KINDS = {str(kind): kind for kind in InvoiceKind}
_STATUSES = {str(status): status for status in InvoiceStatus}
_KEY_KINDS = {str(kind): kind for kind in KeyKind}


@dataclass(slots=True)
class Named:
    """The invoices that one round of questions names, and what named them."""

    invoices: dict[InvoiceId, Invoice] = field(default_factory=dict)
    clients: dict[ClientId, Client] = field(default_factory=dict)
    hits: dict[str, list[KeyHit]] = field(default_factory=lambda: defaultdict(list))
    equals: list[Invoice] = field(default_factory=list)
    oldest: dict[ClientId, list[Invoice]] = field(default_factory=lambda: defaultdict(list))
    exact: dict[ClientId, list[Invoice]] = field(default_factory=lambda: defaultdict(list))
    capped: bool = False

    @property
    def same_amount(self) -> tuple[InvoiceId, ...]:
        """Open invoices of the payment's cents, oldest due first."""
        return tuple(one.id for one in sorted(self.equals, key=_by_due_date))

    @property
    def all_hits(self) -> tuple[KeyHit, ...]:
        """What the keys brought."""
        return tuple(hit for several in self.hits.values() for hit in several)

    def open_at(self, client_id: ClientId) -> ClientOpen:
        """What a client still owes, oldest due first; then those of the payment's cents, however far back."""
        oldest = sorted(self.oldest[client_id], key=_by_due_date)
        exact = sorted(self.exact[client_id], key=_by_due_date)
        ids = dict.fromkeys(one.id for one in (*oldest[:CLIENT_LIMIT], *exact))
        return ClientOpen(invoice_ids=tuple(ids), truncated=len(oldest) > CLIENT_LIMIT)


@dataclass(slots=True)
class Words:
    """Who bears the words of a payer's name, and the counts that set a scale."""

    token_counts: dict[str, int]
    clients: dict[ClientId, Client] = field(default_factory=dict)
    equals: int = 0
    open_count: int = 0
    client_count: int = 0
    own_ibans: frozenset[str] = frozenset()


async def read_rows(
    connection: AsyncConnection, statement: TextualSelect, values: Mapping[str, Any]
) -> Sequence[Any]:
    """Run a statement of ours and read all of it."""
    return (await connection.execute(statement, values)).all()


async def invoices_named(connection: AsyncConnection, lookups: Lookups) -> Named:
    """Read the invoices behind the keys, of the amount, of the clients asked; a popular key brings none."""
    named = Named()
    groups = sql.padded(sorted(lookups.keys), "") or [[]]
    for place, keys in enumerate(groups):
        requests, amount = (lookups.clients, lookups.amount) if place == 0 else ((), None)
        if keys or requests or amount:
            await _read_named(connection, named, keys, requests, amount)
    return named


async def _read_named(
    connection: AsyncConnection,
    named: Named,
    keys: list[str],
    requests: Sequence[ClientRequest],
    amount: tuple[str, int] | None,
) -> None:
    statement = sql.invoices_named(len(keys), len(requests), equals=amount is not None)
    values: dict[str, Any] = sql.named("k", keys)
    if amount is not None:
        values |= {"currency": amount[0], "cents": amount[1]}
    for place, one in enumerate(requests):
        values[f"client{place}"] = int(one.client_id)
        values |= {f"currency{place}": one.currency, f"cents{place}": one.amount_cents}
    rows = await read_rows(connection, statement, values)
    hits = [row for row in rows if row[0] == sql.HIT]
    _keep(named, (row for row in rows if row[0] != sql.HIT))
    if len(hits) >= sql.hits_limit(len(keys)):
        hits = await _each_key(connection, keys)
    _keep_hits(named, hits)


async def _each_key(connection: AsyncConnection, keys: Sequence[str]) -> list[Any]:
    """The same keys, each capped by itself: one of them is borne by very many."""
    rows: list[Any] = []
    for group in sql.padded(keys, "", sql.MOST_UNITED):
        statement = sql.invoices_named(len(group), 0, equals=False, each=True)
        rows += await read_rows(connection, statement, sql.named("k", group))
    return rows


def _keep_hits(named: Named, rows: Sequence[Any]) -> None:
    """A key borne by too many tells nobody apart; a bare sequence is not meant to."""
    by_key: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        by_key[row[1]].append(row)
    for key, several in by_key.items():
        if len(several) <= KEY_HITS_LIMIT:
            _keep(named, several)
            named.hits[key] += [KeyHit(key, _KEY_KINDS[row[2]], InvoiceId(row[3])) for row in several]
        elif several[0][2] != KeyKind.SEQUENCE:
            named.capped = True


def _keep(named: Named, rows: Iterable[Any]) -> None:
    for row in rows:
        part, invoice_id = row[0], row[3]
        invoice = named.invoices.get(invoice_id)
        if invoice is None:
            invoice = named.invoices[invoice_id] = _invoice(row)
            named.clients.setdefault(invoice.client_id, Client(id=invoice.client_id, name=row[6]))
        if part == sql.EQUAL:
            named.equals.append(invoice)
        elif part == sql.OLDEST:
            named.oldest[invoice.client_id].append(invoice)
        elif part == sql.EXACT:
            named.exact[invoice.client_id].append(invoice)


def _invoice(row: Any) -> Invoice:
    (_, _, _, invoice_id, number, client_id, _, currency, total, still_open, net, kind, status,
     issue_date, due_date, paid_at) = row  # fmt: skip
    return Invoice(
        id=InvoiceId(invoice_id),
        number=number,
        client_id=ClientId(client_id),
        currency=currency,
        total_cents=total,
        open_cents=still_open,
        net_cents=net,
        kind=_KINDS[kind],
        status=_STATUSES[status],
        issue_date=issue_date,
        due_date=due_date,
        paid_date=paris_day(paid_at) if paid_at else None,
    )


def _by_due_date(invoice: Invoice) -> tuple[date, int]:
    return invoice.due_date, invoice.id


async def words(connection: AsyncConnection, lookups: Lookups) -> Words:
    """Read who bears the words of the name and, in a first round, the counts and our own accounts."""
    found = Words(dict.fromkeys(lookups.tokens, 0))
    groups = sql.padded(sorted(lookups.tokens), "", sql.MOST_UNITED) or [[]]
    if lookups.amount is not None:
        await _read_scale(connection, found, groups.pop(0), lookups.amount)
    for group in filter(None, groups):
        statement = sql.clients_and_counts(len(group))
        _keep_words(found, await read_rows(connection, statement, sql.named("t", group)))
    return found


async def _read_scale(
    connection: AsyncConnection, found: Words, tokens: list[str], amount: tuple[str, int]
) -> None:
    """Words and counts in one statement; a large count is only taken again after a while."""
    counted = (sql.open_invoices(amount[0]), sql.clients())
    known = [sql.remembered(connection, name) for name, _ in counted]
    up_to = [0 if each else sql.EXACT_UP_TO for each in known]
    statement = sql.clients_and_counts(len(tokens), open_up_to=up_to[0], clients_up_to=up_to[1], scale=True)
    values: dict[str, Any] = sql.named("t", tokens)
    rows = await read_rows(connection, statement, values | {"currency": amount[0], "cents": amount[1]})
    _keep_words(found, rows)
    found.open_count = known[0] or await sql.whole(connection, counted[0], found.open_count)
    found.client_count = known[1] or await sql.whole(connection, counted[1], found.client_count)


def _keep_words(found: Words, rows: Sequence[Any]) -> None:
    bearers: dict[str, list[Client]] = defaultdict(list)
    own: set[str] = set()
    for part, word, number, name in rows:
        if part == sql.BEARER:
            bearers[word].append(Client(id=ClientId(number), name=name))
        elif part == sql.BEARERS:
            found.token_counts[word] = number
        elif part == sql.EQUALS:
            found.equals = number
        elif part == sql.OPEN:
            found.open_count = number
        elif part == sql.CLIENTS:
            found.client_count = number
        else:
            own.add(word)
    found.own_ibans |= own
    few = (client for several in bearers.values() if len(several) <= TOKEN_LIMIT for client in several)
    found.clients |= {client.id: client for client in few}


async def delays(
    connection: AsyncConnection, requests: Sequence[ClientRequest]
) -> dict[ClientId, tuple[int, ...]]:
    """Days between due date and payment, for the latest paid invoices of each client asked about."""
    if not requests:
        return {}
    values = sql.named("client", [int(one.client_id) for one in requests])
    statement = sql.delays(len(requests), DELAYS_READ)
    found: dict[ClientId, tuple[int, ...]] = defaultdict(tuple)
    for client_id, due_date, moment in await read_rows(
        connection, statement, values | {"currency": requests[0].currency}
    ):
        found[ClientId(client_id)] += ((paris_day(moment) - due_date).days,)
    return dict(found)
