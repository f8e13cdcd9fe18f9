"""What past decisions teach about a payer, read from the decisions themselves: nothing is stored twice."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from matching import (
    Allocation,
    ClientId,
    InvoiceId,
    Link,
    Lookups,
    Memory,
    PastPayment,
    Payer,
    Payment,
    PaymentId,
    Side,
)
from store import models
from store.candidate_rows import PARIS
from store.types import DecisionKind, PayerKeyKind, PaymentState
from store.unions import named, padded, union

PAYMENTS_READ = 200
PAST_READ = 5
DELAYS_READ = 20
CLIENTS_WITH_DELAYS = 16
COMPLETED = "completed"

# Where the payments of a payer are found, by an index.
COLUMNS: Mapping[PayerKeyKind, InstrumentedAttribute[str | None]] = {
    PayerKeyKind.IBAN: models.Transaction.counterparty_iban,
    PayerKeyKind.ALIAS: models.Transaction.payer_key,
}

_PAID = (
    "SELECT id, client_id, due_date FROM invoices WHERE client_id = {value} AND currency = :currency"
    " AND open_cents = 0 AND status = 'paid' ORDER BY due_date DESC LIMIT {limit}"
)


async def read(session: AsyncSession, lookups: Lookups, near: Sequence[ClientId]) -> Memory:
    """The slice of memory that concerns one payment; ``near`` are clients whose habits may matter."""
    ibans = await payer(session, PayerKeyKind.IBAN, lookups.iban) if lookups.iban else None
    aliases = await payer(session, PayerKeyKind.ALIAS, lookups.alias) if lookups.alias else None
    currency = lookups.amount[0] if lookups.amount else None
    return Memory(
        ibans={lookups.iban: ibans} if lookups.iban and ibans else {},
        aliases={lookups.alias: aliases} if lookups.alias and aliases else {},
        dismissed=await _dismissed(session, lookups.payment_id),
        delays=await _delays(session, near, currency) if currency else {},
    )


def clients_in(memory: Memory) -> set[ClientId]:
    """The clients that the memory links to the payer."""
    payers = (*memory.ibans.values(), *memory.aliases.values())
    return {link.client_id for payer in payers for link in payer.links}


@dataclass(slots=True)
class _Tally:
    confirmations: int = 0
    contradictions: int = 0
    last_date: date | None = None
    refused_date: date | None = None
    blocked: bool = False


async def payer(session: AsyncSession, kind: PayerKeyKind, key: str) -> Payer | None:
    """Count what was decided about this payer's latest payments, since it was last forgotten.

    None when nothing was.
    """
    one, key = models.Transaction, key[:255]
    recent = select(one.id, one.ordered_at, one.state).where(COLUMNS[kind] == key)
    rows = (await session.execute(recent.order_by(one.ordered_at.desc()).limit(PAYMENTS_READ))).all()
    if not rows:
        return None
    moments = {row.id: row.ordered_at for row in rows}
    forgotten = await session.get(models.ForgottenPayer, (kind, key), populate_existing=True)
    since = forgotten.forgotten_at if forgotten else None
    tallies: dict[ClientId, _Tally] = defaultdict(_Tally)
    for transaction_id, client_id, undone in await session.execute(_decided(list(moments), since)):
        _add(tallies[ClientId(client_id)], moments[transaction_id], undone=undone is not None)
    for transaction_id, client_id in await session.execute(_refused(list(moments), since)):
        tally = tallies[ClientId(client_id)]
        tally.refused_date = _latest(tally.refused_date, _day(moments[transaction_id]))
    ignored = [row.id for row in rows if row.state == PaymentState.IGNORED]
    not_client = await _ignored_since(session, ignored, since) if since else len(ignored)
    if not tallies and not not_client:
        return None
    links = tuple(_link(client_id, tally) for client_id, tally in sorted(tallies.items()))
    return Payer(links=links, not_client_count=not_client)


async def _ignored_since(session: AsyncSession, transaction_ids: Sequence[int], since: datetime) -> int:
    """How many of these payments were set aside after ``since``."""
    decision = models.Decision
    query = (
        select(func.count(decision.transaction_id.distinct()))
        .where(decision.transaction_id.in_(transaction_ids), decision.kind == DecisionKind.IGNORE)
        .where(decision.decided_at > since)
    )
    return await session.scalar(query) or 0


def _after(column: InstrumentedAttribute[datetime], since: datetime | None) -> ColumnElement[bool]:
    return true() if since is None else column > since


def _decided(transaction_ids: Sequence[int], since: datetime | None) -> Select[int, int, int | None]:
    """Which client each payment was applied to; the third column says that it was undone."""
    given, undo = models.Allocation, aliased(models.Allocation)
    return (
        select(given.transaction_id, models.Invoice.client_id, func.max(undo.id))
        .join(models.Invoice, models.Invoice.id == given.invoice_id)
        .outerjoin(undo, undo.reverses_id == given.id)
        .where(given.transaction_id.in_(transaction_ids), given.reverses_id.is_(None))
        .where(_after(given.created_at, since))
        .group_by(given.transaction_id, models.Invoice.client_id, undo.id.is_not(None))
    )


def _refused(transaction_ids: Sequence[int], since: datetime | None) -> Select[int, int]:
    """Which clients « Aucune de ces factures » refused: no suggestion that a choice passed over at once."""
    refused, decision = models.Rejection, models.Decision
    chose_another = (
        select(decision.id)
        .where(decision.transaction_id == refused.transaction_id, decision.kind == DecisionKind.ASSOCIATE)
        .where(decision.decided_at == refused.created_at)
        .exists()
    )
    return (
        select(refused.transaction_id, models.Invoice.client_id)
        .join(models.Invoice, models.Invoice.id == refused.invoice_id)
        .where(refused.transaction_id.in_(transaction_ids), ~chose_another, _after(refused.created_at, since))
    )


def _add(tally: _Tally, moment: datetime, *, undone: bool) -> None:
    if undone:
        tally.contradictions += 1
        tally.blocked = True
        tally.refused_date = _latest(tally.refused_date, _day(moment))
    else:
        tally.confirmations += 1
        tally.last_date = _latest(tally.last_date, _day(moment))


def _latest(one: date | None, other: date) -> date:
    return other if one is None else max(one, other)


def _day(moment: datetime) -> date:
    return moment.astimezone(PARIS).date()


def _link(client_id: ClientId, tally: _Tally) -> Link:
    return Link(
        client_id=client_id,
        confirmations=tally.confirmations,
        contradictions=tally.contradictions,
        last_date=tally.last_date,
        refused_date=tally.refused_date,
        blocked=tally.blocked,
    )


async def _dismissed(
    session: AsyncSession, payment_id: PaymentId | None
) -> dict[PaymentId, frozenset[frozenset[InvoiceId]]]:
    """What a person refused for this payment: each invoice, and those refused together as one set."""
    if payment_id is None:
        return {}
    refused = models.Rejection
    query = select(refused.invoice_id, refused.created_at).where(refused.transaction_id == payment_id)
    together: dict[datetime, set[InvoiceId]] = defaultdict(set)
    for invoice_id, moment in await session.execute(query):
        together[moment].add(InvoiceId(invoice_id))
    sets = {frozenset(ids) for ids in together.values()}
    sets |= {frozenset({one}) for ids in together.values() for one in ids}
    return {payment_id: frozenset(sets)} if sets else {}


async def _delays(
    session: AsyncSession, near: Iterable[ClientId], currency: str
) -> dict[ClientId, tuple[int, ...]]:
    """Days between due date and payment, for the latest paid invoices of the nearest clients."""
    wanted = list(dict.fromkeys(near))[:CLIENTS_WITH_DELAYS]
    paid: dict[int, tuple[ClientId, date]] = {}
    for group in padded([int(one) for one in wanted], 0):
        query = union(_PAID, len(group), DELAYS_READ).columns(
            models.Invoice.id, models.Invoice.client_id, models.Invoice.due_date
        )
        rows = await session.execute(query, {**named(group), "currency": currency})
        for invoice_id, client_id, due_date in rows:
            paid[invoice_id] = (ClientId(client_id), due_date)
    delays: dict[ClientId, list[int]] = defaultdict(list)
    for invoice_id, moment in await _settled(session, paid):
        client_id, due_date = paid[invoice_id]
        delays[client_id].append((_day(moment) - due_date).days)
    return {client_id: tuple(days) for client_id, days in delays.items()}


async def _settled(session: AsyncSession, invoice_ids: Iterable[int]) -> Sequence[Any]:
    """When the money of each invoice arrived, by the bank's word."""
    wanted = sorted(invoice_ids)
    if not wanted:
        return []
    given = models.Allocation
    query = (
        select(given.invoice_id, func.max(models.Transaction.ordered_at))
        .join(models.Transaction, models.Transaction.id == given.transaction_id)
        .where(given.invoice_id.in_(wanted), given.reverses_id.is_(None))
        .group_by(given.invoice_id)
        .order_by(given.invoice_id)
    )
    return (await session.execute(query)).all()


async def past_payments(session: AsyncSession, lookups: Lookups) -> tuple[PastPayment, ...]:
    """The latest settled movements with the same IBAN, amount and currency, and what they were applied to."""
    if not lookups.iban or not lookups.amount:
        return ()
    one = models.Transaction
    currency, cents = lookups.amount
    query = (
        select(one)
        .where(one.counterparty_iban == lookups.iban, one.amount_cents == cents)
        .where(one.currency == currency, one.status == COMPLETED, one.id != (lookups.payment_id or 0))
        .order_by(one.ordered_at.desc())
        .limit(PAST_READ)
    )
    found = (await session.scalars(query)).all()
    given = await _standing(session, [row.id for row in found])
    return tuple(PastPayment(payment=_payment(row), allocations=given.get(row.id, ())) for row in found)


async def _standing(session: AsyncSession, ids: Sequence[int]) -> dict[int, tuple[Allocation, ...]]:
    if not ids:
        return {}
    given, undo = models.Allocation, aliased(models.Allocation)
    query = (
        select(given.transaction_id, given.invoice_id, given.amount_cents)
        .outerjoin(undo, undo.reverses_id == given.id)
        .where(given.transaction_id.in_(ids), given.reverses_id.is_(None), undo.id.is_(None))
        .order_by(given.id)
    )
    found: dict[int, tuple[Allocation, ...]] = defaultdict(tuple)
    for transaction_id, invoice_id, cents in await session.execute(query):
        found[transaction_id] += (Allocation(InvoiceId(invoice_id), cents),)
    return found


def _payment(row: models.Transaction) -> Payment:
    return Payment(
        id=PaymentId(row.id),
        currency=row.currency,
        amount_cents=row.amount_cents,
        settled_on=_day(row.ordered_at),
        payer_name=row.counterparty_name or "",
        payer_iban=row.counterparty_iban,
        text="\n".join(part for part in (row.label, row.reference) if part),
        side=Side(row.side),
        operation_type=row.operation_type,
    )
