"""Troubles a person must repair: raised once, cleared once, whatever happens in between."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from store.db.dialects import insert
from store.models import IS_RAISED, Alert, Message
from store.types import AlertKind, MessagePurpose, MessageState

TOLD_WITH = "told_with"


async def raise_once(
    session: AsyncSession,
    kind: AlertKind,
    now: datetime,
    *,
    object_id: int | None = None,
    subject: str = "",
    details: Mapping[str, Any] | None = None,
) -> Alert | None:
    """Note a trouble; None when it is known already. ``subject`` tells two troubles of one kind apart.

    ``details`` is JSON and must hold nothing secret: it is shown to admins.
    """
    values = {
        "key": key_of(kind, object_id, subject),
        "kind": kind,
        "object_id": object_id,
        "details": dict(details or {}),
        "raised_at": now,
        "cleared_at": None,
    }
    statement = insert(session, Alert).values(values)
    inserted = statement.on_conflict_do_nothing(index_elements=["key"], index_where=text(IS_RAISED))
    return (await session.scalars(inserted.returning(Alert))).first()


async def clear(session: AsyncSession, keys: Sequence[str], now: datetime) -> Sequence[Alert]:
    """Note that the troubles of these names are gone; returns those that were there."""
    statement = (
        update(Alert).where(Alert.key.in_(keys), text(IS_RAISED)).values(cleared_at=now).returning(Alert)
    )
    return (await session.scalars(statement)).all()


async def clear_all(session: AsyncSession, kind: AlertKind, now: datetime) -> Sequence[Alert]:
    """Note that every trouble of a kind is gone; gives those that lasted."""
    lasting = update(Alert).where(Alert.kind == kind, text(IS_RAISED)).values(cleared_at=now)
    return (await session.scalars(lasting.returning(Alert))).all()


async def raised(session: AsyncSession, limit: int = 100) -> Sequence[Alert]:
    """List the troubles that last, oldest first."""
    query = select(Alert).where(text(IS_RAISED)).order_by(Alert.raised_at, Alert.id).limit(limit)
    return (await session.scalars(query)).all()


async def not_yet_told(session: AsyncSession, kind: AlertKind) -> Message | None:
    """Find the channel's message of a trouble of this kind that lasts and has not left yet."""
    query = (
        select(Message)
        .join(Alert, Alert.id == Message.object_id)
        .where(
            Message.purpose == MessagePurpose.ALERT,
            Message.state == MessageState.WANTED,
            Message.ts.is_(None),
            Message.target.is_(None),
            Alert.kind == kind,
            text(IS_RAISED),
        )
        .order_by(Alert.id)
        .limit(1)
    )
    return (await session.scalars(query)).first()


async def told_together(session: AsyncSession, alert: Alert) -> Sequence[Alert]:
    """List the troubles that one message tells: the first one's, and those that ``details`` put with it."""
    first = alert.details.get(TOLD_WITH, alert.id)
    query = select(Alert).where(
        Alert.kind == alert.kind,
        (Alert.id == first) | (Alert.details[TOLD_WITH].as_integer() == first),
    )
    return (await session.scalars(query.order_by(Alert.id))).all()


def key_of(kind: AlertKind, object_id: int | None = None, subject: str = "") -> str:
    """Name a trouble: its kind, and what it is about."""
    return ":".join(
        part for part in (str(kind), "" if object_id is None else str(object_id), subject) if part
    )
