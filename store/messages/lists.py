"""Which messages show which payments as lines: digests and grouped postings."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from store.models import ListedPayment, Message, Transaction
from store.payments.waiting import WaitingSummary, waiting_summary
from store.types import WAITING, MessageState

# Slack takes about one message a second per channel: a list must not crowd out the cards.
TOGETHER = timedelta(seconds=2)


async def list_in(session: AsyncSession, message_key: str, transaction_ids: Iterable[int]) -> None:
    """Say that a message shows these payments."""
    session.add_all(
        ListedPayment(transaction_id=transaction_id, message_key=message_key)
        for transaction_id in transaction_ids
    )
    await session.flush()


async def listed_in(session: AsyncSession, message_key: str) -> Sequence[int]:
    """List the payments that a message shows."""
    query = select(ListedPayment.transaction_id).where(ListedPayment.message_key == message_key)
    return (await session.scalars(query.order_by(ListedPayment.transaction_id))).all()


async def redraw_lists(session: AsyncSession, transaction_id: int, now: datetime) -> None:
    """Ask every message that shows this payment to be drawn again soon, unless it never left for good.

    Changes that follow each other within a few seconds share one drawing.
    """
    listing = select(ListedPayment.message_key).where(ListedPayment.transaction_id == transaction_id)
    query = select(Message).where(Message.key.in_(listing), Message.state != MessageState.CANCELLED)
    for row in (await session.scalars(query.order_by(Message.id).with_for_update())).all():
        if row.shown_version == row.wanted_version:
            row.next_attempt_at = now + TOGETHER
        row.wanted_version += 1
    await session.flush()


async def waiting_since_before(
    session: AsyncSession, instant: datetime, limit: int
) -> tuple[int, Sequence[int]]:
    """Count the payments known before ``instant`` (UTC) that still wait; the ids of the oldest ones."""
    which = (Transaction.state.in_(WAITING), Transaction.created_at < instant)
    count = await session.scalar(select(func.count()).select_from(Transaction).where(*which)) or 0
    query = select(Transaction.id).where(*which).order_by(Transaction.ordered_at, Transaction.id)
    return count, (await session.scalars(query.limit(limit))).all()


async def waiting_beside(session: AsyncSession, message_key: str, before: datetime) -> WaitingSummary:
    """Count and sum what waits, was known before an instant (UTC), and is not among a message's lines."""
    shown = select(ListedPayment.transaction_id).where(ListedPayment.message_key == message_key)
    return await waiting_summary(session, Transaction.created_at < before, Transaction.id.not_in(shown))


async def cards_of(session: AsyncSession, keys: Sequence[str]) -> dict[str, MessageState]:
    """Read the state of these messages, those that exist."""
    rows = await session.execute(select(Message.key, Message.state).where(Message.key.in_(keys)))
    return {key: MessageState(state) for key, state in rows}
