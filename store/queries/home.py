"""What the Home tab is made of: a constant number of queries whatever the number of payments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from store.models import (
    Allocation,
    AuditHead,
    Decision,
    GroupMembers,
    HomeView,
    Invoice,
    MatchingRound,
    Proposal,
    SyncCursor,
    Transaction,
)
from store.models.loading import whole_invoice
from store.types import WAITING, DecisionKind, InvoiceKind, InvoiceStatus, PaymentState

STILL_DUE = (InvoiceStatus.OPEN, InvoiceStatus.PARTLY_PAID)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many, and how much by currency, in cents."""

    count: int = 0
    cents: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """One payment that waits, with its best suggestion when there is one."""

    transaction: Transaction
    outcome: str | None
    proposal: Proposal | None


@dataclass(frozen=True, slots=True)
class SyncState:
    """The last synchronisation (UTC) and the error of an account that could not be read."""

    synced_at: datetime | None
    error: str | None


async def change_mark(session: AsyncSession) -> str:
    """Name the present state of all that a Home tab shows; it changes whenever something is written.

    Decisions, imports and settings leave an audit line; a new payment gets a matching round, each read at
    the bank moves a cursor, a user group that changed has a new version. The largest numbers are read from
    indexes.
    """
    seq = select(func.max(AuditHead.seq)).scalar_subquery()
    payment = select(func.max(Transaction.id)).scalar_subquery()
    rounds = select(func.max(MatchingRound.id)).scalar_subquery()
    cursor = select(func.max(SyncCursor.synced_at)).scalar_subquery()
    failed = select(func.count()).where(SyncCursor.last_error.is_not(None)).scalar_subquery()
    groups = select(func.sum(GroupMembers.version)).scalar_subquery()
    row = (await session.execute(select(seq, payment, rounds, cursor, failed, groups))).one()
    return ".".join("-" if value is None else str(value) for value in row)


async def waiting_page(session: AsyncSession, *, offset: int, limit: int) -> list[Waiting]:
    """List payments that wait, oldest first, each with the best suggestion of its latest round."""
    page = (
        select(Transaction)
        .where(Transaction.state.in_(WAITING))
        .order_by(Transaction.ordered_at, Transaction.id)
        .offset(offset)
        .limit(limit)
    )
    rows = (await session.scalars(page)).all()
    best = await _best(session, [row.id for row in rows])
    return [Waiting(row, *best.get(row.id, (None, None))) for row in rows]


async def waiting_by_id(session: AsyncSession, ids: Sequence[int]) -> list[Waiting]:
    """Read payments in any state, oldest first, each with the best suggestion of its latest round."""
    rows = sorted((await transactions_by_id(session, ids)).values(), key=lambda row: (row.ordered_at, row.id))
    best = await _best(session, ids)
    return [Waiting(row, *best.get(row.id, (None, None))) for row in rows]


async def _best(session: AsyncSession, ids: Sequence[int]) -> dict[int, tuple[str, Proposal | None]]:
    if not ids:
        return {}
    later = aliased(MatchingRound)
    superseded = (
        select(later.id)
        .where(later.transaction_id == MatchingRound.transaction_id, later.round > MatchingRound.round)
        .exists()
    )
    first = and_(
        Proposal.transaction_id == MatchingRound.transaction_id,
        Proposal.round == MatchingRound.round,
        Proposal.rank == 1,
    )
    query = (
        select(MatchingRound.transaction_id, MatchingRound.outcome, Proposal)
        .outerjoin(Proposal, first)
        .where(MatchingRound.transaction_id.in_(ids), ~superseded)
    )
    return {row[0]: (row[1], row[2]) for row in await session.execute(query)}


async def invoices_by_id(session: AsyncSession, ids: set[int]) -> dict[int, Invoice]:
    """Read invoices whole, by our id."""
    if not ids:
        return {}
    rows = await session.scalars(select(Invoice).where(Invoice.id.in_(ids)).options(*whole_invoice()))
    return {row.id: row for row in rows}


async def received_between(session: AsyncSession, start: datetime, end: datetime) -> tuple[Tally, Tally]:
    """Count the payments received in a period: all of them, and those fully reconciled."""
    query = (
        select(Transaction.state, Transaction.currency, func.count(), func.sum(Transaction.amount_cents))
        .where(
            Transaction.state.in_([*WAITING, PaymentState.ALLOCATED]),
            Transaction.ordered_at >= start,
            Transaction.ordered_at < end,
        )
        .group_by(Transaction.state, Transaction.currency)
    )
    rows = (await session.execute(query)).all()
    done = [row for row in rows if row[0] == PaymentState.ALLOCATED]
    return _tally([row[1:] for row in rows]), _tally([row[1:] for row in done])


async def overdue(session: AsyncSession, today: date) -> Tally:
    """Count the invoices due before today and not paid, and what they still owe."""
    query = (
        select(Invoice.currency, func.count(), func.sum(Invoice.open_cents))
        .where(Invoice.status.in_(STILL_DUE), Invoice.due_date < today, Invoice.kind == InvoiceKind.INVOICE)
        .group_by(Invoice.currency)
    )
    return _tally((await session.execute(query)).all())


def _tally(rows: Sequence[Any]) -> Tally:
    """Add up (currency, count, cents); a sum is a Decimal on PostgreSQL."""
    cents: dict[str, int] = {}
    for currency, _, total in rows:
        cents[currency] = cents.get(currency, 0) + int(total)
    return Tally(sum(row[1] for row in rows), cents)


async def recent_associations(session: AsyncSession, limit: int) -> Sequence[Decision]:
    """List the latest associations that stand, newest first."""
    undo = aliased(Decision)
    undone = select(undo.id).where(undo.reverses_id == Decision.id).exists()
    query = (
        select(Decision)
        .where(Decision.kind == DecisionKind.ASSOCIATE, ~undone)
        .order_by(Decision.id.desc())
        .limit(limit)
    )
    return (await session.scalars(query)).all()


async def allocated_numbers(session: AsyncSession, decision_ids: Sequence[int]) -> dict[int, list[str]]:
    """List the invoice numbers that each decision associated."""
    query = (
        select(Allocation.decision_id, Invoice.number)
        .join(Invoice, Invoice.id == Allocation.invoice_id)
        .where(Allocation.decision_id.in_(decision_ids))
        .order_by(Allocation.id)
    )
    found: dict[int, list[str]] = {}
    for decision_id, number in await session.execute(query):
        found.setdefault(decision_id, []).append(number)
    return found


async def transactions_by_id(session: AsyncSession, ids: Sequence[int]) -> dict[int, Transaction]:
    """Read movements by our id."""
    rows = await session.scalars(select(Transaction).where(Transaction.id.in_(ids)))
    return {row.id: row for row in rows}


async def sync_state(session: AsyncSession) -> SyncState:
    """Read when the bank was last read to its end, and what failed."""
    row = (
        await session.execute(select(func.max(SyncCursor.synced_at), func.max(SyncCursor.last_error)))
    ).one()
    return SyncState(row[0], row[1])


async def last_payment_at(session: AsyncSession) -> datetime | None:
    """When the latest payment arrived (UTC); None before the first."""
    query = (
        select(Transaction.ordered_at)
        .where(Transaction.state.is_not(None))
        .order_by(Transaction.ordered_at.desc(), Transaction.id.desc())
        .limit(1)
    )
    return await session.scalar(query)


async def any_invoice(session: AsyncSession) -> bool:
    """Tell whether the agency gave any invoice yet."""
    return await session.scalar(select(Invoice.id).limit(1)) is not None


async def open_home(
    session: AsyncSession, user_id: str, team_id: str | None, period: str, now: datetime
) -> HomeView:
    """Note that a person looks at their Home tab; what they chose before stays."""
    row = await session.get(HomeView, user_id, with_for_update=True)
    if row is None:
        row = HomeView(user_id=user_id, period=period, page=1, opened_at=now, next_at=now)
        session.add(row)
    row.team_id, row.opened_at = team_id, now
    await session.flush()
    return row


async def homes_to_redraw(
    session: AsyncSession, mark: str, now: datetime, recent: timedelta, limit: int
) -> Sequence[HomeView]:
    """List the Home tabs opened lately that show another state than ``mark`` and may be redrawn now."""
    query = (
        select(HomeView)
        .where(
            HomeView.opened_at >= now - recent,
            HomeView.next_at <= now,
            HomeView.mark.is_distinct_from(mark),
        )
        .order_by(HomeView.next_at, HomeView.user_id)
        .limit(limit)
    )
    return (await session.scalars(query)).all()
