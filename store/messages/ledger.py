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

from store.db.dialects import insert
from store.models import LAGS, Message
from store.text import clean, cut
from store.types import MessagePurpose, MessageState

ERROR_LENGTH = 255
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


def _at_rest(message: Message) -> MessageState:
    return MessageState.SENT if message.sent_at else MessageState.WANTED


async def _lock(session: AsyncSession, which: Any) -> Message:
    query = select(Message).where(which).with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(query)).one()


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


async def start_sending(session: AsyncSession, message_id: int, now: datetime) -> int:
    """Write the intent to post before the call; commit, then post. Returns the version to show.

    Returns 0 when there is nothing to post any more: cancelled meanwhile, or it stands already.
    """
    message = await _lock(session, Message.id == message_id)
    if message.state != MessageState.WANTED or message.ts is not None:
        return 0
    message.state = MessageState.SENDING
    message.attempts += 1
    message.attempted_at = now
    await session.flush()
    return message.wanted_version


async def mark_sent(
    session: AsyncSession, message_id: int, *, channel: str, ts: str, version: int, now: datetime
) -> None:
    """The message stands in Slack at ``channel`` and ``ts`` and shows ``version``."""
    message = await _lock(session, Message.id == message_id)
    message.channel, message.ts = channel, ts
    message.sent_at = now
    _settle(message, version)
    await session.flush()


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


async def mark_carried(session: AsyncSession, message_id: int, now: datetime) -> None:
    """Another message said this one's news too: it was sent, and stands nowhere of its own."""
    message = await _lock(session, Message.id == message_id)
    message.sent_at = now
    _settle(message, message.wanted_version)
    await session.flush()


async def mark_updated(session: AsyncSession, message_id: int, version: int) -> None:
    """The message that already stood in Slack now shows ``version``."""
    message = await _lock(session, Message.id == message_id)
    _settle(message, version)
    await session.flush()


def _settle(message: Message, version: int) -> None:
    message.state = MessageState.SENT
    message.shown_version = max(message.shown_version, version)
    message.attempts = 0
    message.last_error = None


async def mark_unknown(session: AsyncSession, message_id: int, error: str, next_attempt_at: datetime) -> None:
    """No answer came: Slack may hold the message. Look its key up from ``next_attempt_at`` on."""
    await postpone(session, message_id, next_attempt_at, state=MessageState.UNKNOWN, error=error)


async def mark_retry(session: AsyncSession, message_id: int, error: str, next_attempt_at: datetime) -> None:
    """Slack surely did nothing: try again from ``next_attempt_at`` on. Counts a failed update too."""
    message = await _lock(session, Message.id == message_id)
    message.attempts += message.ts is not None
    await postpone(session, message_id, next_attempt_at, state=_at_rest(message), error=error)


async def postpone(
    session: AsyncSession,
    message_id: int,
    next_attempt_at: datetime,
    *,
    state: MessageState | None = None,
    error: str | None = None,
) -> None:
    """Leave a message alone until ``next_attempt_at``; its state stays unless one is given."""
    message = await _lock(session, Message.id == message_id)
    message.state = state or message.state
    message.next_attempt_at = next_attempt_at
    if error is not None:
        message.last_error = cut(clean(error), ERROR_LENGTH)
    await session.flush()


async def mark_blocked(session: AsyncSession, message_id: int, error: str) -> None:
    """A person must act first (archived channel, talent not linked); ``unblock`` or a new target resumes."""
    message = await _lock(session, Message.id == message_id)
    message.state = MessageState.BLOCKED
    message.last_error = cut(clean(error), ERROR_LENGTH)
    await session.flush()


async def unblock(session: AsyncSession, now: datetime, *, error: str | None = None) -> int:
    """Try blocked messages again (all, or those blocked by one error); returns how many."""
    query = select(Message).where(Message.state == MessageState.BLOCKED).order_by(Message.id)
    if error is not None:
        query = query.where(Message.last_error == error)
    blocked = (await session.scalars(query.with_for_update())).all()
    for message in blocked:
        message.state = _at_rest(message)
        message.attempts = 0
        message.next_attempt_at = now
    await session.flush()
    return len(blocked)


async def forget_post(session: AsyncSession, message_id: int, now: datetime) -> None:
    """Somebody deleted the message in Slack: a fresh one is to be posted."""
    message = await _lock(session, Message.id == message_id)
    message.channel = message.ts = message.sent_at = None
    message.state = MessageState.WANTED
    message.shown_version = 0
    message.next_attempt_at = now
    await session.flush()


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


async def unblock_one(session: AsyncSession, message_id: int, now: datetime) -> None:
    """Try one blocked message again now; ``last_error`` stays until it worked."""
    message = await _lock(session, Message.id == message_id)
    if message.state == MessageState.BLOCKED:
        message.state = _at_rest(message)
        message.attempts = 0
        message.next_attempt_at = now
        await session.flush()


async def unblock_place(
    session: AsyncSession, now: datetime, *, target: str | None, talent_id: int | None
) -> int:
    """One message got through: those blocked at the same place, or for the same person, follow."""
    same = (
        Message.talent_id == talent_id
        if talent_id
        else (Message.target == target if target else Message.target.is_(None))
    )
    query = (
        update(Message)
        .where(Message.state == MessageState.BLOCKED, same)
        .values(
            state=_AT_REST,
            attempts=0,
            next_attempt_at=now,
        )
        .returning(Message.id)
    )
    return len((await session.execute(query)).all())


async def at(session: AsyncSession, channel: str, ts: str) -> Message | None:
    """Find the message that stands at one place in Slack."""
    return await session.scalar(select(Message).where(Message.channel == channel, Message.ts == ts))


async def counts(session: AsyncSession) -> Mapping[MessageState, int]:
    """Count messages by state; every state is there, with 0 when empty."""
    rows = await session.execute(select(Message.state, func.count()).group_by(Message.state))
    found = {MessageState(state): count for state, count in rows}
    return {state: found.get(state, 0) for state in MessageState}


async def lagging_count(session: AsyncSession) -> int:
    """Count the messages that show less than is wanted, blocked and cancelled ones aside."""
    query = select(func.count()).select_from(Message).where(text(LAGS))
    return await session.scalar(query) or 0
