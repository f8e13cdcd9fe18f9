"""Use cases: set a payment aside as no client payment, and take it back."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit import admins_only
from bot.bank.recording import COMPLETED
from bot.context import Actor, Context
from bot.errors import AlreadyDecidedError, ConflictError
from bot.messages.effects import show_change
from bot.reconciliation.guard import audit_decision, decide, who_decided
from bot.reconciliation.model import Decided
from store.books.decisions import add_decision, last_decision
from store.models import Transaction
from store.payments import states
from store.types import DecisionKind, PaymentState


@admins_only("ignore")
async def ignore(ctx: Context, actor: Actor, *, transaction_id: int, reason: str) -> Decided:
    """Set a payment aside as no client payment (« hors facturation »), with a reason.

    Raises AlreadyDecidedError when it is associated already. Asking twice changes nothing.
    """
    now = ctx.clock()

    async def work(session: AsyncSession, transaction: Transaction) -> Decided:
        if transaction.state == PaymentState.IGNORED:
            last = await last_decision(session, transaction_id)
            return Decided(last.id if last else 0, transaction_id, repeated=True)
        if transaction.allocated_cents:
            raise AlreadyDecidedError(await who_decided(session, transaction, now))
        states.set_aside(transaction, reason)
        return await _recorded(session, actor, transaction, DecisionKind.IGNORE, reason, now)

    return await decide(ctx, actor, transaction_id, now, work)


@admins_only("restore")
async def restore(ctx: Context, actor: Actor, *, transaction_id: int) -> Decided:
    """Take a payment set aside back among those to explain. Raises AlreadyDecidedError if it is not aside."""
    now = ctx.clock()

    async def work(session: AsyncSession, transaction: Transaction) -> Decided:
        if transaction.state != PaymentState.IGNORED:
            raise AlreadyDecidedError("Ce paiement est déjà à rapprocher.")
        if transaction.status != COMPLETED:
            raise ConflictError("Qonto a refusé ou repris ce paiement\u202f: il n’y a rien à rapprocher.")
        states.restored(transaction)
        return await _recorded(session, actor, transaction, DecisionKind.RESTORE, None, now)

    return await decide(ctx, actor, transaction_id, now, work)


async def _recorded(
    session: AsyncSession,
    actor: Actor,
    transaction: Transaction,
    kind: DecisionKind,
    reason: str | None,
    now: datetime,
) -> Decided:
    """Record a decision that moves no money."""
    decision = await add_decision(
        session,
        transaction_id=transaction.id,
        kind=kind,
        actor_kind=actor.kind,
        actor=actor.id,
        decided_at=now,
        reason=reason,
    )
    await show_change(session, transaction, now)
    await audit_decision(session, actor, decision, [], now)
    return Decided(decision.id, transaction.id, repeated=False)
