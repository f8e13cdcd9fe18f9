"""The guard of every decision: the right is checked when it is executed, and a refusal leaves a trace."""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit import T, trace
from bot.context import Actor, Context
from bot.errors import InvalidRequestError, NotFoundError
from bot.reconciliation.model import Decided
from store.books.decisions import history
from store.errors import CommitUnknown
from store.models import Decision, Transaction
from store.payments.waiting import lock_transaction

logger = logging.getLogger(__name__)


async def decide(
    ctx: Context,
    actor: Actor,
    transaction_id: int,
    now: datetime,
    work: Callable[[AsyncSession], Awaitable[Decided]],
) -> Decided:
    """Run one decision as ``once`` does; what is there is known by who decided, and when."""

    async def there(session: AsyncSession) -> Decided | None:
        for decision in await history(session, transaction_id):
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
    transaction = await lock_transaction(session, transaction_id)
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
