"""What the Home tab is made of: a constant number of queries whatever the number of payments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

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
    Suggestion,
    SyncCursor,
    Transaction,
)
from store.models.selects import standing
from store.queries.figures import Tally, sums_by_state, total
from store.types import WAITING, DecisionKind, InvoiceKind, InvoiceStatus, PaymentState

STILL_DUE = (InvoiceStatus.OPEN, InvoiceStatus.PARTLY_PAID)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One payment that waits, with its best suggestion when there is one."""

    transaction: Transaction
    outcome: str | None
    suggestion: Suggestion | None


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
    return await _with_best(session, (await session.scalars(page)).all())


async def waiting_by_id(session: AsyncSession, ids: Sequence[int]) -> list[Waiting]:
    """Read payments in any state, oldest first, each with the best suggestion of its latest round."""
    query = select(Transaction).where(Transaction.id.in_(ids))
    rows = (await session.scalars(query.order_by(Transaction.ordered_at, Transaction.id))).all()
    return await _with_best(session, rows)


async def _with_best(session: AsyncSession, rows: Sequence[Transaction]) -> list[Waiting]:
    best = await _best(session, [row.id for row in rows])
    return [Waiting(row, *best.get(row.id, (None, None))) for row in rows]


async def _best(session: AsyncSession, ids: Sequence[int]) -> dict[int, tuple[str, Suggestion | None]]:
    if not ids:
        return {}
    later = aliased(MatchingRound)
    superseded = (
        select(later.id)
        .where(later.transaction_id == MatchingRound.transaction_id, later.round > MatchingRound.round)
        .exists()
    )
    first = and_(
        Suggestion.transaction_id == MatchingRound.transaction_id,
        Suggestion.round == MatchingRound.round,
        Suggestion.rank == 1,
    )
    query = (
        select(MatchingRound.transaction_id, MatchingRound.outcome, Suggestion)
        .outerjoin(Suggestion, first)
        .where(MatchingRound.transaction_id.in_(ids), ~superseded)
    )
    return {row[0]: (row[1], row[2]) for row in await session.execute(query)}


async def received_between(
    session: AsyncSession, since: datetime | None, until: datetime | None
) -> tuple[Tally, Tally]:
    """Count the payments received in a period: all but those set aside, and those fully reconciled."""
    tallies = await sums_by_state(session, since, until)
    payments = (tally for state, tally in tallies.items() if state != PaymentState.IGNORED)
    return total(payments), tallies.get(PaymentState.ALLOCATED, Tally())


async def overdue(session: AsyncSession, today: date) -> Tally:
    """Count the invoices due before today and not paid, and what they still owe."""
    query = (
        select(Invoice.currency, func.count(), func.sum(Invoice.open_cents))
        .where(Invoice.status.in_(STILL_DUE), Invoice.due_date < today, Invoice.kind == InvoiceKind.INVOICE)
        .group_by(Invoice.currency)
    )
    rows = await session.execute(query)
    return total(Tally(count, {currency: int(cents)}) for currency, count, cents in rows)


async def recent_associations(session: AsyncSession, limit: int) -> Sequence[tuple[Decision, Transaction]]:
    """List the latest associations of which something stands, with their payments, newest first."""
    stands = select(Allocation.id).where(Allocation.decision_id == Decision.id, standing()).exists()
    query = (
        select(Decision, Transaction)
        .join(Transaction, Transaction.id == Decision.transaction_id)
        .where(Decision.kind == DecisionKind.ASSOCIATE, stands)
        .order_by(Decision.id.desc())
        .limit(limit)
    )
    return [(row[0], row[1]) for row in await session.execute(query)]


async def allocated_numbers(session: AsyncSession, decision_ids: Sequence[int]) -> dict[int, list[str]]:
    """List the invoice numbers that each decision associated and that still stand."""
    query = (
        select(Allocation.decision_id, Invoice.number)
        .join(Invoice, Invoice.id == Allocation.invoice_id)
        .where(Allocation.decision_id.in_(decision_ids), standing())
        .order_by(Allocation.id)
    )
    found: dict[int, list[str]] = {}
    for decision_id, number in await session.execute(query):
        found.setdefault(decision_id, []).append(number)
    return found


async def sync_state(session: AsyncSession) -> SyncState:
    """Read when the bank was last read to its end, and what failed."""
    query = select(func.max(SyncCursor.synced_at), func.max(SyncCursor.last_error))
    return SyncState(*(await session.execute(query)).one())


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
