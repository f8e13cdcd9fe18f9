"""The guard of every decision: one transaction under the payment's lock, one log line once it is stored.

It also tells whether the payment is still what the person saw when a form opened.
"""

import hashlib
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit import Act, T, acts_in, trace
from bot.context import Actor, Context
from bot.errors import ChangedError, InvalidRequestError, NotFoundError
from bot.locale import fr
from bot.reconciliation.model import Decided
from store.books.decisions import history, last_decision, live_allocations
from store.errors import CommitUnknown
from store.models import Decision, Transaction
from store.payments.waiting import lock_transaction
from store.types import PaymentState

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


MARK_LENGTH = 12
# A new suggestion changes nothing a form decides upon.
_SAME = {PaymentState.PROPOSED: PaymentState.UNMATCHED}


async def payment_mark(session: AsyncSession, transaction: Transaction) -> str:
    """Give a short opaque mark that changes with the money, the state or a decision, not with suggestions."""
    last = await last_decision(session, transaction.id)
    state = PaymentState(transaction.state) if transaction.state else None
    facts = (
        transaction.id,
        transaction.amount_cents,
        transaction.currency,
        transaction.allocated_cents,
        transaction.remainder_cents,
        _SAME.get(state, state) if state else None,
        transaction.bank_problem,
        last.id if last else 0,
    )
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:MARK_LENGTH]


async def who_decided(session: AsyncSession, transaction: Transaction, now: datetime) -> str:
    """Say in French which invoices the payment went to, by whom and how long ago."""
    live = await live_allocations(session, transaction.id)
    numbers = fr.join([row.invoice.number for row in live])
    last = max((row.decision for row in live), key=lambda decision: decision.id)
    return f"Déjà associé à {numbers} par {actor_name(last)} {fr.ago(last.decided_at, now)}."


def actor_name(decision: Decision) -> str:
    """Name who decided: a Slack mention, or the service used."""
    return f"<@{decision.actor}>" if decision.actor_kind == "slack" else decision.actor


async def require_seen(
    session: AsyncSession, transaction: Transaction, seen: str | None, now: datetime
) -> None:
    """Raise ChangedError unless the payment is still what the person had before their eyes."""
    if seen is None or seen == await payment_mark(session, transaction):
        return
    who = f" {await who_decided(session, transaction, now)}" if transaction.allocated_cents else ""
    raise ChangedError(f"Ce paiement a changé depuis l’ouverture de cette fenêtre.{who}")
