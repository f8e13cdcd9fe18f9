"""Read payments: one, those that wait, pages of them. ``movements`` writes what the bank says."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, or_, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from store.db.dialects import contains
from store.models import NEEDS_REREAD, Transaction
from store.paging import read_instant_cursor, write_cursor
from store.text import cents_typed, fold
from store.types import WAITING, PaymentState

LONGEST_SEARCH = 200
LONGEST_ID = 255


class WaitingSummary(NamedTuple):
    """How many payments wait for a decision, and what they still leave unexplained by currency, in cents."""

    waiting: int
    cents_by_currency: Mapping[str, int]


class PaymentPage(NamedTuple):
    """One page of payments, newest first; ``next_cursor`` is None on the last one."""

    payments: Sequence[Transaction]
    next_cursor: str | None


async def get_transaction(session: AsyncSession, transaction_id: int) -> Transaction | None:
    """Read one movement by our id."""
    return await session.get(Transaction, transaction_id)


async def get_by_qonto_id(session: AsyncSession, qonto_id: str) -> Transaction | None:
    """Read one movement by the bank's id."""
    if len(qonto_id) > LONGEST_ID:
        return None
    return await session.scalar(select(Transaction).where(Transaction.qonto_id == qonto_id))


async def lock_transaction(session: AsyncSession, transaction_id: int) -> Transaction | None:
    """Read one movement fresh, and keep others from changing it until this transaction ends."""
    query = select(Transaction).where(Transaction.id == transaction_id).with_for_update()
    return await session.scalar(query.execution_options(populate_existing=True))


async def waiting_payments(
    session: AsyncSession, *, limit: int, after: str | None = None
) -> Sequence[Transaction]:
    """List payments that wait for a decision, oldest first; ``after`` is ``cursor_of`` the last one seen."""
    query = select(Transaction).where(Transaction.state.in_(WAITING))
    if after is not None:
        query = query.where(_position() > read_instant_cursor(after))
    rows = await session.scalars(query.order_by(Transaction.ordered_at, Transaction.id).limit(limit))
    return rows.all()


async def waiting_summary(session: AsyncSession, *which: ColumnElement[bool]) -> WaitingSummary:
    """Count the payments that wait, all or those of ``which``, and sum what they leave unexplained."""
    left = func.sum(Transaction.amount_cents - Transaction.allocated_cents)
    query = (
        select(Transaction.currency, func.count(), left)
        .where(Transaction.state.in_(WAITING), *which)
        .group_by(Transaction.currency)
    )
    rows = (await session.execute(query)).all()
    return WaitingSummary(sum(count for _, count, _ in rows), {code: int(cents) for code, _, cents in rows})


async def list_payments(
    session: AsyncSession,
    *,
    state: PaymentState | None = None,
    q: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> PaymentPage:
    """List payments, newest first; ``q`` is searched literally in label, reference and payer, or as amount.

    Raises CursorRefused for an ``after`` that is not ours.
    """
    query = select(Transaction)
    query = query.where(Transaction.state == state if state else Transaction.state.is_not(None))
    if q and q.strip():
        query = _search(query, q[:LONGEST_SEARCH])
    if after is not None:
        query = query.where(_position() < read_instant_cursor(after))
    ordered = query.order_by(Transaction.ordered_at.desc(), Transaction.id.desc())
    rows = (await session.scalars(ordered.limit(limit + 1))).all()
    page = rows[:limit]
    return PaymentPage(page, cursor_of(page[-1]) if len(rows) > limit else None)


def cursor_of(transaction: Transaction) -> str:
    """Where a list goes on after this payment."""
    return write_cursor(transaction.ordered_at, transaction.id)


def _position() -> Any:
    return tuple_(Transaction.ordered_at, Transaction.id)


def _search(query: Select[Transaction], q: str) -> Select[Transaction]:
    found = contains(Transaction.search_text, fold(q))
    cents = cents_typed(q)
    return query.where(found if cents is None else or_(found, Transaction.amount_cents == cents))


async def waiting_among(
    session: AsyncSession, ids: Iterable[int], *, settled_from: datetime, least_cents: int
) -> Sequence[int]:
    """Which of these payments wait, were settled from an instant (UTC) on, and are of so many cents."""
    query = select(Transaction.id).where(
        Transaction.id.in_(ids),
        Transaction.state.in_(WAITING),
        Transaction.settled_at >= settled_from,
        Transaction.amount_cents >= least_cents,
    )
    return (await session.scalars(query.order_by(Transaction.id))).all()


async def needing_reread(session: AsyncSession, limit: int) -> Sequence[Transaction]:
    """List movements to ask the bank about again: a webhook was used while it could not be reached."""
    query = select(Transaction).where(text(NEEDS_REREAD)).order_by(Transaction.id).limit(limit)
    return (await session.scalars(query)).all()


async def settled_since(
    session: AsyncSession, bank_account_qonto_id: str, since: datetime
) -> Sequence[tuple[int, str]]:
    """List our payments settled on one account since an instant, as (our id, the bank's id), oldest first."""
    query = (
        select(Transaction.id, Transaction.qonto_id)
        .where(
            Transaction.bank_account_qonto_id == bank_account_qonto_id,
            Transaction.settled_at >= since,
            Transaction.status == "completed",
            Transaction.state.is_not(None),
        )
        .order_by(Transaction.settled_at, Transaction.id)
    )
    return [(row.id, row.qonto_id) for row in await session.execute(query)]
