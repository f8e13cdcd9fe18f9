"""Who did what: the one way in which use cases write the audit trail."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Actor, Context
from bot.errors import NotAllowedError
from store.books import audit

P = ParamSpec("P")
T = TypeVar("T")
_ACTS = "acts"


@dataclass(frozen=True, slots=True)
class Act:
    """One line of the audit trail, as its transaction still knows it."""

    actor: Actor
    action: str
    details: Mapping[str, Any]


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
    session.info.setdefault(_ACTS, []).append(Act(actor, action, details or {}))


def acts_in(session: AsyncSession) -> list[Act]:
    """List what was traced in this transaction so far, for whoever logs it once it is stored."""
    acts: list[Act] = session.info.get(_ACTS, [])
    return acts


def admins_only(
    action: str,
) -> Callable[
    [Callable[Concatenate[Context, Actor, P], Awaitable[T]]],
    Callable[Concatenate[Context, Actor, P], Awaitable[T]],
]:
    """Check the right when the request is executed; leave a trace of a refusal, whatever the door."""

    def wrap(
        use_case: Callable[Concatenate[Context, Actor, P], Awaitable[T]],
    ) -> Callable[Concatenate[Context, Actor, P], Awaitable[T]]:
        async def checked(ctx: Context, actor: Actor, /, *args: P.args, **kwargs: P.kwargs) -> T:
            await require_admin(ctx, actor, action, str(kwargs.get("transaction_id", "")))
            return await use_case(ctx, actor, *args, **kwargs)

        return checked

    return wrap


async def require_admin(ctx: Context, actor: Actor, action: str, object_id: str = "") -> None:
    """Raise NotAllowedError, and leave a trace of it, unless this person may decide about payments."""
    try:
        actor.require_admin()
    except NotAllowedError:
        await record_refusal(ctx, actor, action, object_id)
        raise


async def record_refusal(ctx: Context, actor: Actor, action: str, object_id: str) -> None:
    """Write in the audit trail that somebody without the right tried ``action``."""
    async with ctx.database.write() as session:
        await trace(session, actor, f"refused:{action}", ("transaction", object_id), ctx.clock())
