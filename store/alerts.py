"""Troubles a person must repair: raised once, cleared once, whatever happens in between."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from store.models import IS_RAISED, Alert
from store.types import AlertKind
from store.upsert import insert


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


async def clear(
    session: AsyncSession,
    kind: AlertKind,
    now: datetime,
    *,
    object_id: int | None = None,
    subject: str = "",
) -> Alert | None:
    """Note that a trouble is gone; None when it was not there."""
    statement = (
        update(Alert)
        .where(Alert.key == key_of(kind, object_id, subject), text(IS_RAISED))
        .values(cleared_at=now)
        .returning(Alert)
    )
    return (await session.scalars(statement)).first()


async def raised(session: AsyncSession, limit: int = 100) -> Sequence[Alert]:
    """List the troubles that last, oldest first."""
    query = select(Alert).where(text(IS_RAISED)).order_by(Alert.raised_at, Alert.id).limit(limit)
    return (await session.scalars(query)).all()


def key_of(kind: AlertKind, object_id: int | None = None, subject: str = "") -> str:
    """Name a trouble: its kind, and what it is about."""
    return ":".join(
        part for part in (str(kind), "" if object_id is None else str(object_id), subject) if part
    )
