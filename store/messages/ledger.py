"""The message ledger: which Slack message shows which object, and how far it lags behind.

A sender takes ``lagging`` rows one by one. To post: ``start_sending`` in its own transaction, the call,
then one of the ``mark_...``. A row found in SENDING or UNKNOWN may be in Slack already: look its key up
in the channel before posting again. An update (``ts`` known) is idempotent and may simply be repeated.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarResult, and_, case, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from store.db.dialects import insert
from store.models import LAGS, Message
from store.types import MessagePurpose, MessageState

# What reached Slack, by itself or carried by another message, is sent; what did not is still wanted.
_AT_REST = case((Message.sent_at.is_(None), MessageState.WANTED), else_=MessageState.SENT)


async def want(
    session: AsyncSession,
    *,
    key: str,
    purpose: MessagePurpose,
    object_id: int,
    target: str | None,
    version: int,
    now: datetime,
    talent_id: int | None = None,
) -> Message:
    """Ask for a message to show at least ``version`` of its object; safe to repeat, never lowers.

    A cancelled message wanted again revives. A blocked one stays blocked unless its target changed.
    """
    new = insert(session, Message).values(
        key=key,
        purpose=purpose,
        object_id=object_id,
        talent_id=talent_id,
        target=target,
        state=MessageState.WANTED,
        wanted_version=version,
        shown_version=0,
        attempts=0,
        next_attempt_at=now,
        created_at=now,
    )
    moved, woken = _follows(new.excluded.target)
    wanted = new.on_conflict_do_update(
        index_elements=["key"],
        set_={
            "wanted_version": case((Message.wanted_version < version, version), else_=Message.wanted_version),
            "target": case((moved, new.excluded.target), else_=Message.target),
            "state": case((woken, _AT_REST), else_=Message.state),
            "attempts": case((woken, 0), else_=Message.attempts),
            "next_attempt_at": case((woken, now), else_=Message.next_attempt_at),
        },
    ).returning(Message)
    rows: ScalarResult[Message] = await session.scalars(wanted, execution_options={"populate_existing": True})
    return rows.one()


def _follows(target: ColumnElement[str]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Whether a row moves to a new address, and whether it wakes up.

    It moves while nothing stands at the old address, and wakes when it was blocked there; a cancelled one
    wakes in any case.
    """
    nothing_there = Message.ts.is_(None) & Message.state.not_in([MessageState.SENDING, MessageState.UNKNOWN])
    moved = and_(target.is_not(None), target.is_distinct_from(Message.target), nothing_there)
    woken = or_(Message.state == MessageState.CANCELLED, and_(moved, Message.state == MessageState.BLOCKED))
    return moved, woken


async def bump(session: AsyncSession, key: str, version: int) -> None:
    """Ask a message that exists to show at least ``version``; nothing happens to a cancelled one."""
    query = update(Message).where(
        Message.key == key, Message.state != MessageState.CANCELLED, Message.wanted_version < version
    )
    await session.execute(query.values(wanted_version=version))


async def cancel(session: AsyncSession, key: str) -> bool:
    """Give up a message that has not left; False when it may have left, or is unknown."""
    query = (
        update(Message)
        .where(
            Message.key == key,
            Message.ts.is_(None),
            Message.state.in_([MessageState.WANTED, MessageState.BLOCKED]),
        )
        .values(state=MessageState.CANCELLED)
        .returning(Message.id)
    )
    return (await session.execute(query)).first() is not None


async def give_up(session: AsyncSession, message: Message) -> None:
    """What a message announces is no longer true: one that has not left never leaves.

    One that left stays as it is, and its correction follows.
    """
    if not await cancel(session, message.key) and message.ts is not None:
        await mark_updated(session, message.id, message.wanted_version)


async def lagging(session: AsyncSession, now: datetime, limit: int) -> Sequence[Message]:
    """List the messages that show less than is wanted and may be tried now, longest due first.

    SENDING and UNKNOWN rows are among them: their sender died, or never got an answer.
    """
    query = (
        select(Message)
        .where(text(LAGS), Message.next_attempt_at <= now)
        .order_by(Message.next_attempt_at, Message.id)
        .limit(limit)
    )
    return (await session.scalars(query)).all()


async def start_sending(session: AsyncSession, message_ids: Sequence[int], now: datetime) -> bool:
    """Write the intent to post these before the call; commit, then post.

    False when one must not be posted any more (cancelled meanwhile, or it stands already): roll back then.
    """
    started = (
        update(Message)
        .where(Message.id.in_(message_ids), Message.state == MessageState.WANTED, Message.ts.is_(None))
        .values(state=MessageState.SENDING, attempts=Message.attempts + 1, attempted_at=now)
        .returning(Message.id)
    )
    return len((await session.scalars(started)).all()) == len(message_ids)


async def mark_sent(
    session: AsyncSession, message_ids: Sequence[int], *, channel: str, ts: str, version: int, now: datetime
) -> None:
    """The first stands in Slack at ``channel`` and ``ts`` and shows ``version``; it carries the others."""
    first, *carried = message_ids
    await _set(session, [first], channel=channel, ts=ts, sent_at=now, **_shows(version))
    if carried:
        await mark_carried(session, carried, now)


async def mark_carried(session: AsyncSession, message_ids: Sequence[int], now: datetime) -> None:
    """Another message said these ones' news too: they were sent, and stand nowhere of their own."""
    await _set(session, message_ids, sent_at=now, **_shows(Message.wanted_version))


async def mark_updated(session: AsyncSession, message_id: int, version: int) -> None:
    """The message that already stood in Slack now shows ``version``."""
    await _set(session, [message_id], **_shows(version))


def _shows(version: int | InstrumentedAttribute[int]) -> dict[str, Any]:
    shown = case((Message.shown_version < version, version), else_=Message.shown_version)
    return {"state": MessageState.SENT, "shown_version": shown, "attempts": 0, "last_error": None}


async def due_beside(session: AsyncSession, message: Message, now: datetime, limit: int) -> Sequence[Message]:
    """List the other messages of its kind for the same talent that may leave now and have not yet."""
    query = (
        select(Message)
        .where(
            text(LAGS),
            Message.purpose == message.purpose,
            Message.talent_id == message.talent_id,
            Message.state == MessageState.WANTED,
            Message.ts.is_(None),
            Message.next_attempt_at <= now,
            Message.id != message.id,
        )
        .order_by(Message.id)
        .limit(limit)
    )
    return (await session.scalars(query)).all()


async def mark_unknown(
    session: AsyncSession, message_ids: Sequence[int], error: str, next_attempt_at: datetime
) -> None:
    """No answer came: Slack may hold them. Look their keys up from ``next_attempt_at`` on."""
    await _set(
        session,
        message_ids,
        state=MessageState.UNKNOWN,
        next_attempt_at=next_attempt_at,
        last_error=error,
    )


async def mark_retry(
    session: AsyncSession, message_ids: Sequence[int], error: str, next_attempt_at: datetime
) -> None:
    """Slack surely did nothing: try again from ``next_attempt_at`` on. Counts a failed update too."""
    await _set(
        session,
        message_ids,
        state=_AT_REST,
        attempts=Message.attempts + case((Message.ts.is_(None), 0), else_=1),
        next_attempt_at=next_attempt_at,
        last_error=error,
    )


async def mark_blocked(session: AsyncSession, message_ids: Sequence[int], error: str) -> None:
    """A person must act first (archived channel, talent not linked); a new target, or a probe, resumes."""
    await _set(session, message_ids, state=MessageState.BLOCKED, last_error=error)


async def postpone(
    session: AsyncSession, message_id: int, next_attempt_at: datetime, error: str | None = None
) -> None:
    """Leave a message as it is until ``next_attempt_at``."""
    noted = {} if error is None else {"last_error": error}
    await _set(session, [message_id], next_attempt_at=next_attempt_at, **noted)


async def _set(session: AsyncSession, message_ids: Sequence[int], **values: Any) -> None:
    await session.execute(update(Message).where(Message.id.in_(message_ids)).values(**values))


async def forget_post(session: AsyncSession, message_id: int, now: datetime) -> None:
    """The message stands nowhere in Slack (deleted there, or never landed): a fresh one is to be posted."""
    await _set(
        session,
        [message_id],
        channel=None,
        ts=None,
        sent_at=None,
        state=MessageState.WANTED,
        shown_version=0,
        next_attempt_at=now,
    )


async def find(session: AsyncSession, key: str) -> Message | None:
    """Find a message by its deterministic key."""
    return await session.scalar(select(Message).where(Message.key == key))


async def of_object(session: AsyncSession, purpose: MessagePurpose, object_id: int) -> Sequence[Message]:
    """List the messages that show one object."""
    query = select(Message).where(Message.object_id == object_id, Message.purpose == purpose)
    return (await session.scalars(query.order_by(Message.id))).all()


async def blocked_to_probe(session: AsyncSession, limit: int) -> Sequence[Message]:
    """List blocked messages to try again: one per place or person, the one left alone longest first."""
    who = func.coalesce(Message.channel, Message.target, "")
    first = (
        select(func.min(Message.id))
        .where(Message.state == MessageState.BLOCKED)
        .group_by(who, func.coalesce(Message.talent_id, 0))
    )
    query = select(Message).where(Message.id.in_(first)).order_by(Message.next_attempt_at, Message.id)
    return (await session.scalars(query.limit(limit))).all()


async def unblock(session: AsyncSession, message_ids: Sequence[int], now: datetime) -> None:
    """Try blocked messages again now; ``last_error`` stays until one worked."""
    await _unblock(session, Message.id.in_(message_ids), now)


async def unblock_place(
    session: AsyncSession, now: datetime, *, target: str | None, talent_id: int | None
) -> bool:
    """One message got through: those blocked at the same place, or for the same person, follow."""
    same_place = Message.target == target if target else Message.target.is_(None)
    return await _unblock(session, Message.talent_id == talent_id if talent_id else same_place, now)


async def _unblock(session: AsyncSession, which: ColumnElement[bool], now: datetime) -> bool:
    freed = (
        update(Message)
        .where(Message.state == MessageState.BLOCKED, which)
        .values(state=_AT_REST, attempts=0, next_attempt_at=now)
        .returning(Message.id)
    )
    return bool((await session.scalars(freed)).all())


async def counts(session: AsyncSession) -> Mapping[MessageState, int]:
    """Count messages by state; every state is there, with 0 when empty."""
    rows = await session.execute(select(Message.state, func.count()).group_by(Message.state))
    by_state = {MessageState(state): count for state, count in rows}
    return {state: by_state.get(state, 0) for state in MessageState}


async def lagging_count(session: AsyncSession) -> int:
    """Count the messages that show less than is wanted, blocked and cancelled ones aside."""
    query = select(func.count()).select_from(Message).where(text(LAGS))
    return await session.scalar(query) or 0
