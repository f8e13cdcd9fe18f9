"""What past decisions teach about a payer, read from the decisions themselves: nothing is stored twice."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from matching import (
    Allocation,
    Client,
    ClientId,
    InvoiceId,
    Link,
    Lookups,
    Memory,
    PastPayment,
    Payer,
    PayerClass,
    Payment,
    PaymentId,
    Side,
)
from store.candidates import payer_sql
from store.candidates.rows import read_rows
from store.models import Decision
from store.text import clean
from store.types import DecisionKind, PayerKeyKind, paris_day

KEY_LENGTH = 255

Dismissed = Mapping[PaymentId, frozenset[frozenset[InvoiceId]]]


@dataclass(slots=True)
class PayerSlice:
    """The part of memory that concerns one payment, and the clients it speaks of."""

    ibans: dict[str, Payer] = field(default_factory=dict)
    aliases: dict[str, Payer] = field(default_factory=dict)
    dismissed: Dismissed = field(default_factory=dict)
    clients: dict[ClientId, Client] = field(default_factory=dict)
    past: tuple[PastPayment, ...] = ()

    def memory(self, delays: Mapping[ClientId, tuple[int, ...]]) -> Memory:
        """The matcher's value."""
        return Memory(ibans=self.ibans, aliases=self.aliases, dismissed=self.dismissed, delays=delays)


@dataclass(slots=True)
class _Tally:
    confirmations: int = 0
    contradictions: int = 0
    last_date: date | None = None
    refused_date: date | None = None
    blocked: bool = False


@dataclass(slots=True)
class _Known:
    """A payer under one key: what was said of it and of its latest payments, and how many are twins."""

    twins: int = 0
    ignored: list[int] = field(default_factory=list)
    since: datetime | None = None
    declared: PayerClass | None = None
    tallies: dict[ClientId, _Tally] = field(default_factory=lambda: defaultdict(_Tally))


async def read(connection: AsyncConnection, lookups: Lookups) -> PayerSlice:
    """Read what concerns one payment: its payer under both keys, what was refused for it, its twins."""
    found = PayerSlice()
    keys = {PayerKeyKind.IBAN: lookups.iban or "", PayerKeyKind.ALIAS: lookups.alias or ""}
    wanted = {kind: key for kind, key in keys.items() if key}
    known = await _known(connection, wanted, found, lookups)
    for kind, payers in ((PayerKeyKind.IBAN, found.ibans), (PayerKeyKind.ALIAS, found.aliases)):
        payer = await _payer(connection, known[kind]) if kind in known else None
        if payer is not None:
            payers[keys[kind]] = payer
    if PayerKeyKind.IBAN in known and known[PayerKeyKind.IBAN].twins:
        found.past = await past_payments(connection, lookups)
    return found


async def payer(session: AsyncSession, kind: PayerKeyKind, key: str) -> Payer | None:
    """Count what was decided about this payer's latest payments, since it was last forgotten.

    None when nothing was, and nobody declared what it is.
    """
    connection = await session.connection()
    return await _payer(connection, (await _known(connection, {kind: key}, PayerSlice(), Lookups()))[kind])


async def _known(
    connection: AsyncConnection,
    keys: Mapping[PayerKeyKind, str],
    found: PayerSlice,
    lookups: Lookups,
) -> dict[PayerKeyKind, _Known]:
    """Read everything said under these keys, in one statement; clients and refusals go into ``found``.

    When ``lookups`` name a payment in hand: also what was refused for it, and whether it has twins.
    """
    known = {kind: _Known() for kind in keys}
    payment_id = lookups.payment_id
    if not keys and payment_id is None:
        return known
    refused: list[tuple[InvoiceId, datetime]] = []
    for kind, part, number, other, word, moment in await _said(connection, keys, lookups):
        if part == payer_sql.DISMISSED:
            refused.append((InvoiceId(number), moment))
        elif part in {payer_sql.GIVEN, payer_sql.UNDONE, payer_sql.REFUSED}:
            client = Client(id=ClientId(other), name=word)
            found.clients[client.id] = client
            _add(known[PayerKeyKind(kind)].tallies[client.id], part, number, paris_day(moment))
        else:
            _note(known[PayerKeyKind(kind)], part, number, word, moment)
    if payment_id is not None and refused:
        found.dismissed = {payment_id: _sets(refused)}
    return known


async def _said(
    connection: AsyncConnection, keys: Mapping[PayerKeyKind, str], lookups: Lookups
) -> Sequence[Any]:
    values: dict[str, Any] = {str(kind): clean(key)[:KEY_LENGTH] for kind, key in keys.items()}
    has_twins = False
    if lookups.payment_id is not None:
        values["payment"] = lookups.payment_id
        if lookups.amount is not None and PayerKeyKind.IBAN in keys:
            values["cents"] = lookups.amount[1]
            has_twins = True
    statement = payer_sql.known(tuple(keys), dismissed="payment" in values, twins=has_twins)
    return await read_rows(connection, statement, values)


def _note(known: _Known, part: str, number: int, word: str | None, moment: datetime) -> None:
    if part == payer_sql.FORGOTTEN:
        known.since = moment
    elif part == payer_sql.DECLARED and word:
        known.declared = PayerClass(word)
    elif part == payer_sql.TWIN:
        known.twins = number
    else:
        known.ignored.append(number)


def _add(tally: _Tally, part: str, count: int, day: date) -> None:
    if part == payer_sql.GIVEN:
        tally.confirmations += count
        tally.last_date = max(tally.last_date or day, day)
        return
    tally.refused_date = max(tally.refused_date or day, day)
    if part == payer_sql.UNDONE:
        tally.contradictions += count
        tally.blocked = True


async def _payer(connection: AsyncConnection, known: _Known) -> Payer | None:
    not_client = len(known.ignored)
    if known.since is not None and known.ignored:
        not_client = await _ignored_since(connection, known.ignored, known.since)
    if not known.tallies and not not_client and known.declared is None:
        return None
    links = tuple(
        Link(client_id=client_id, **asdict(tally)) for client_id, tally in sorted(known.tallies.items())
    )
    return Payer(links=links, not_client_count=not_client, declared=known.declared)


async def _ignored_since(connection: AsyncConnection, transaction_ids: Sequence[int], since: datetime) -> int:
    """How many of these payments were set aside after ``since``."""
    query = (
        select(func.count(Decision.transaction_id.distinct()))
        .where(Decision.transaction_id.in_(transaction_ids), Decision.kind == DecisionKind.IGNORE)
        .where(Decision.decided_at > since)
    )
    return await connection.scalar(query) or 0


def _sets(refused: Iterable[tuple[InvoiceId, datetime]]) -> frozenset[frozenset[InvoiceId]]:
    """What a person refused for a payment: each invoice, and those refused together as one set."""
    together: dict[datetime, set[InvoiceId]] = defaultdict(set)
    for invoice_id, moment in refused:
        together[moment].add(invoice_id)
    sets = {frozenset(ids) for ids in together.values()}
    return frozenset(sets | {frozenset({one}) for ids in together.values() for one in ids})


async def past_payments(connection: AsyncConnection, lookups: Lookups) -> tuple[PastPayment, ...]:
    """The latest settled movements with the same IBAN, amount and currency, and what they were applied to."""
    if not lookups.iban or not lookups.amount:
        return ()
    currency, cents = lookups.amount
    values = {"iban": clean(lookups.iban), "cents": cents, "currency": currency}
    rows = await read_rows(connection, payer_sql.past(), values | {"payment": lookups.payment_id or 0})
    twins: dict[int, Payment] = {}
    given: dict[int, tuple[Allocation, ...]] = defaultdict(tuple)
    for row in rows:
        twins.setdefault(row.id, _payment(row))
        if row.invoice_id is not None:
            given[row.id] += (Allocation(InvoiceId(row.invoice_id), row.given_cents),)
    return tuple(PastPayment(payment=one, allocations=given[one.id]) for one in twins.values())


def _payment(row: Any) -> Payment:
    return Payment(
        id=PaymentId(row.id),
        currency=row.currency,
        amount_cents=row.amount_cents,
        settled_on=paris_day(row.ordered_at),
        payer_name=row.counterparty_name or "",
        payer_iban=row.counterparty_iban,
        text="\n".join(part for part in (row.label, row.reference) if part),
        side=Side(row.side),
        operation_type=row.operation_type,
    )
