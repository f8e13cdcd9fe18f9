"""Who did what: the one way in which use cases write the audit trail."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Actor
from store import audit


async def trace(
    session: AsyncSession,
    actor: Actor,
    action: str,
    about: tuple[str, object],
    now: datetime,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Add one line in the caller's transaction. ``about`` is a kind of object and its name or row id."""
    kind, name = about
    await audit.append(
        session,
        at=now,
        actor_kind=actor.kind,
        actor=actor.id,
        action=action,
        object_type=kind,
        object_id=str(name),
        details=details or {},
    )
