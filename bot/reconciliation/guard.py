"""The guard of every decision: the right is checked when it is executed, and a refusal leaves a trace."""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Actor, Context
from bot.errors import InvalidRequestError, NotAllowedError, NotFoundError
from bot.reconciliation.model import Decided
from bot.trail import trace
from store import decisions, payments
from store.errors import CommitUnknown
from store.models import Decision, Transaction

P = ParamSpec("P")
T = TypeVar("T")
logger = logging.getLogger(__name__)


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
            try:
                actor.require_admin()
            except NotAllowedError:
                await record_refusal(ctx, actor, action, str(kwargs.get("transaction_id", "")))
                raise
            return await use_case(ctx, actor, *args, **kwargs)

        return checked

    return wrap


async def record_refusal(ctx: Context, actor: Actor, action: str, object_id: str) -> None:
    """Write in the audit trail that somebody without the right tried ``action``."""
    async with ctx.database.write() as session:
        await trace(session, actor, f"refused:{action}", ("transaction", object_id), ctx.clock())


async def decide(
    ctx: Context,
    actor: Actor,
    transaction_id: int,
    now: datetime,
    work: Callable[[AsyncSession], Awaitable[Decided]],
) -> Decided:
    """Run one decision as ``once`` does; what is there is known by who decided, and when."""

    async def there(session: AsyncSession) -> Decided | None:
        for decision in await decisions.history(session, transaction_id):
            if (decision.actor_kind, decision.actor, decision.decided_at) == (actor.kind, actor.id, now):
                return Decided(decision.id, transaction_id, repeated=False)
        return None

    return await once(ctx, transaction_id, work, there)


async def once(
    ctx: Context,
    transaction_id: int,
    work: Callable[[AsyncSession], Awaitable[T]],
    there: Callable[[AsyncSession], Awaitable[T | None]],
) -> T:
    """Run ``work`` as one database transaction, again when PostgreSQL chose it as a deadlock's loser.

    When the connection died during COMMIT the tables are read: what is ``there`` was done, what is not
    (None) is done now. Nothing is guessed.
    """
    try:
        return await ctx.database.run(work)
    except CommitUnknown:
        logger.warning("commit outcome unknown, reading", extra={"payment_id": transaction_id})

    async def look_first(session: AsyncSession) -> T:
        # The lock waits for a commit that is still under way in the server.
        await locked_payment(session, transaction_id)
        done = await there(session)
        return await work(session) if done is None else done

    return await ctx.database.run(look_first)


async def locked_payment(session: AsyncSession, transaction_id: int) -> Transaction:
    """Lock a payment for a decision. Raises NotFoundError, InvalidRequestError if it is none."""
    transaction = await payments.lock_transaction(session, transaction_id)
    if transaction is None:
        raise NotFoundError("Ce paiement est inconnu.")
    if transaction.state is None:
        raise InvalidRequestError("Cette opération n’est pas un paiement reçu et réglé.")
    return transaction


async def audit_decision(
    session: AsyncSession, actor: Actor, decision: Decision, details: list[dict[str, object]], now: datetime
) -> None:
    """Write one decision in the audit trail, in the decision's own transaction."""
    said = {"decision": decision.id, "proposal": decision.proposal_id, "parts": details}
    await trace(session, actor, decision.kind, ("transaction", decision.transaction_id), now, said)
