"""The guard of every decision: one transaction under the payment's lock, one log line once it is stored."""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit import Act, T, acts_in, trace
from bot.context import Actor, Context
from bot.errors import InvalidRequestError, NotFoundError
from bot.reconciliation.model import Decided
from store.books.decisions import history
from store.errors import CommitUnknown
from store.models import Decision, Transaction
from store.payments.waiting import lock_transaction

logger = logging.getLogger(__name__)

Work = Callable[[AsyncSession, Transaction], Awaitable[T]]


async def decide(
    ctx: Context, actor: Actor, transaction_id: int, now: datetime, work: Work[Decided]
) -> Decided:
    """Run one decision as ``once`` does; what is there is known by who decided, and when."""

    async def there(session: AsyncSession) -> Decided | None:
        for decision in await history(session, transaction_id):
            if (decision.actor_kind, decision.actor, decision.decided_at) == (actor.kind, actor.id, now):
                return Decided(decision.id, transaction_id, repeated=False)
        return None

    return await once(ctx, actor, transaction_id, work, there)


async def once(
    ctx: Context,
    actor: Actor,
    transaction_id: int,
    work: Work[T],
    there: Callable[[AsyncSession], Awaitable[T | None]],
) -> T:
    """Run ``work`` on the locked payment as one transaction, again when PostgreSQL breaks a deadlock.

    When the connection died during COMMIT the tables are read: what is ``there`` was done, what is not
    (None) is done now. Nothing is guessed. What the actor did is logged then, without personal data.
    Raises NotFoundError, InvalidRequestError for what is no payment, and what ``work`` raises.
    """
    lines: list[dict[str, object]] = []

    async def attempt(session: AsyncSession, *, look_first: bool = False) -> T:
        # The lock waits for a commit that is still under way in the server.
        transaction = await locked_payment(session, transaction_id)
        with structlog.contextvars.bound_contextvars(payment_id=transaction.qonto_id):
            done = await there(session) if look_first else None
            if done is not None:
                return done
            result = await work(session, transaction)
        acts = [act for act in acts_in(session) if act.actor == actor]
        if acts or not look_first:  # what finds nothing left to do was done by the first attempt
            lines[:] = [_line(act, transaction.qonto_id) for act in acts]
        return result

    try:
        result = await ctx.database.run(attempt)
    except CommitUnknown:
        logger.warning("commit outcome unknown, reading", extra=lines[0] if lines else None)
        result = await ctx.database.run(lambda session: attempt(session, look_first=True))
    for line in lines:
        logger.info("decision", extra=line)
    return result


def _line(act: Act, payment_id: str) -> dict[str, object]:
    """Say who did what to which payment (the bank's id), and to which invoices by number."""
    parts = act.details.get("parts", ())
    numbers = act.details.get("invoices") or [part["invoice"] for part in parts if "invoice" in part]
    return {
        "actor_kind": str(act.actor.kind),
        "actor": act.actor.id,
        "decision": str(act.action),
        "payment_id": payment_id,
        "invoices": numbers,
    }


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
    what = {"decision": decision.id, "proposal": decision.proposal_id, "parts": details}
    await trace(session, actor, decision.kind, ("transaction", decision.transaction_id), now, what)
