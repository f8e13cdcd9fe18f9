"""The worker's side of the inbox: what is due, and what became of it. ``InboxWriter`` is the other side."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from store.inbox.writer import ERROR_LENGTH
from store.models import HAS_BODY, IS_PENDING, IS_STUCK, InboxEvent
from store.text import clean, cut
from store.types import InboxState

MOST_ATTEMPTS = 12
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)
CHUNK = 1_000  # rows a transaction (design D5)


async def due_events(session: AsyncSession, now: datetime, limit: int) -> Sequence[InboxEvent]:
    """List the deliveries to handle now, longest due first."""
    query = (
        select(InboxEvent)
        .where(text(IS_PENDING), InboxEvent.next_attempt_at <= now)
        .order_by(InboxEvent.next_attempt_at, InboxEvent.id)
        .limit(limit)
    )
    return (await session.scalars(query)).all()


async def mark_handled(session: AsyncSession, event_id: int, now: datetime) -> None:
    """Its effect is in the tables, in this same transaction."""
    await _close(session, event_id, InboxState.HANDLED, now)


async def mark_ignored(
    session: AsyncSession, event_id: int, now: datetime, *, reason: str | None = None
) -> None:
    """It concerns nothing that we follow."""
    await _close(session, event_id, InboxState.IGNORED, now, reason)


async def mark_quarantined(session: AsyncSession, event_id: int, reason: str, now: datetime) -> None:
    """It cannot be understood; kept for a person to look at."""
    await _close(session, event_id, InboxState.QUARANTINED, now, reason)


async def _close(
    session: AsyncSession, event_id: int, state: InboxState, now: datetime, reason: str | None = None
) -> None:
    await session.execute(
        update(InboxEvent)
        .where(InboxEvent.id == event_id)
        .values(
            state=state,
            handled_at=now,
            attempts=InboxEvent.attempts + 1,
            last_error=cut(clean(reason), ERROR_LENGTH) if reason else None,
        )
    )


async def mark_failed(session: AsyncSession, event_id: int, error: str, now: datetime) -> InboxState:
    """Try again later, ever more rarely; DEAD after 12 failures. Returns the state it is in now."""
    query = select(InboxEvent).where(InboxEvent.id == event_id).with_for_update()
    event = (await session.scalars(query.execution_options(populate_existing=True))).one()
    event.attempts += 1
    event.last_error = cut(clean(error), ERROR_LENGTH)
    event.next_attempt_at = now + min(FIRST_WAIT * 2 ** (event.attempts - 1), LONGEST_WAIT)
    if event.attempts >= MOST_ATTEMPTS:
        event.state = InboxState.DEAD
        event.handled_at = now
    await session.flush()
    return InboxState(event.state)


async def events_to_look_at(session: AsyncSession, limit: int) -> Sequence[InboxEvent]:
    """List what was not handled as it should be, newest first; the body stays unread: it names people."""
    query = (
        select(InboxEvent)
        .where(or_(text(IS_STUCK), and_(text(IS_PENDING), InboxEvent.attempts > 0)))
        .options(defer(InboxEvent.body, raiseload=True))
        .order_by(InboxEvent.id.desc())
        .limit(limit)
    )
    return (await session.scalars(query)).all()


async def revive(
    session: AsyncSession, now: datetime, *, event_id: int | None = None, after: int = 0
) -> Sequence[int]:
    """Handle stuck deliveries once more: one, or at most 1 000 past row ``after``; gives their row ids."""
    stuck = select(InboxEvent.id).where(text(IS_STUCK), InboxEvent.id > after)
    if event_id is not None:
        stuck = stuck.where(InboxEvent.id == event_id)
    ids = (await session.scalars(stuck.order_by(InboxEvent.id).limit(CHUNK).with_for_update())).all()
    await session.execute(
        update(InboxEvent)
        .where(InboxEvent.id.in_(ids))
        .values(state=InboxState.PENDING, attempts=0, next_attempt_at=now, handled_at=None)
    )
    return ids


async def any_stuck(session: AsyncSession) -> bool:
    """Tell whether a delivery waits for a person: nothing tries it again."""
    return await session.scalar(select(InboxEvent.id).where(text(IS_STUCK)).limit(1)) is not None


async def empty_bodies(session: AsyncSession, handled_before: datetime) -> int:
    """Empty the bodies of at most 1 000 deliveries closed before that instant; counts them.

    Key and hash stay, so that a repeat is known for ever; what waits for a person keeps its body.
    """
    closed = (
        select(InboxEvent.id)
        .where(
            text(HAS_BODY),
            InboxEvent.received_at < handled_before,
            InboxEvent.handled_at < handled_before,
            InboxEvent.state.in_([InboxState.HANDLED, InboxState.IGNORED]),
        )
        .order_by(InboxEvent.received_at)
        .limit(CHUNK)
    )
    ids = (await session.scalars(closed)).all()
    await session.execute(update(InboxEvent).where(InboxEvent.id.in_(ids)).values(body=b""))
    return len(ids)


async def inbox_by_body(session: AsyncSession, body: bytes) -> int | None:
    """Find the row number of a delivery by its very bytes, the latest one."""
    digest = hashlib.sha256(body).hexdigest()
    return await session.scalar(select(func.max(InboxEvent.id)).where(InboxEvent.body_sha256 == digest))


async def last_received_at(session: AsyncSession) -> datetime | None:
    """When the latest delivery arrived (UTC); None before the first."""
    return await session.scalar(select(func.max(InboxEvent.received_at)))


async def oldest_pending_at(session: AsyncSession) -> datetime | None:
    """When the oldest delivery still to handle arrived; None when all are handled."""
    query = select(func.min(InboxEvent.received_at)).where(text(IS_PENDING))
    return await session.scalar(query)


async def counts_by_state(session: AsyncSession) -> Mapping[InboxState, int]:
    """Count deliveries by state; every state is there, with 0 when empty."""
    rows = await session.execute(select(InboxEvent.state, func.count()).group_by(InboxEvent.state))
    counts = {InboxState(state): count for state, count in rows}
    return {state: counts.get(state, 0) for state in InboxState}
