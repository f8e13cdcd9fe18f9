"""Use case: undo an association by reversing rows; nothing is ever erased."""

from bot.context import Actor, Context
from bot.effects import after_decision, correct_talents
from bot.errors import AlreadyDecidedError, NotFoundError
from bot.reconciliation.guard import admins_only, audit_decision, locked_payment
from bot.reconciliation.model import Decided
from store import decisions, invoices, payments
from store.models import Decision


@admins_only("undo")
async def undo(ctx: Context, actor: Actor, *, transaction_id: int, decision_id: int | None = None) -> Decided:
    """Undo the payment's associations (or one decision) by reversing rows; invoices reopen.

    Raises NotFoundError; AlreadyDecidedError when nothing stands. A talent already told gets a correction;
    a message that has not left yet never leaves.
    """
    now = ctx.clock()
    async with ctx.database.write() as session:
        transaction = await locked_payment(session, transaction_id)
        live = await decisions.live_allocations(session, transaction_id)
        ids = sorted({row.decision_id for row in live})
        wanted = [each for each in ids if decision_id is None or each == decision_id]
        if not wanted:
            raise AlreadyDecidedError("Cette association est déjà annulée.")
        touched = [row for row in live if row.decision_id in wanted]
        await invoices.lock_invoices(session, [row.invoice_id for row in touched])
        for each in wanted:
            reversal = await decisions.reverse_decision(
                session, each, actor_kind=actor.kind, actor=actor.id, now=now
            )
            rows = [row for row in touched if row.decision_id == each]
            await correct_talents(session, each, rows, now)
            details: list[dict[str, object]] = [
                {"invoice": row.invoice.number, "amount_cents": -row.amount_cents} for row in rows
            ]
            await audit_decision(session, actor, reversal, details, now)
        await after_decision(session, transaction, [row.invoice_id for row in touched], now)
        await payments.mark_needs_matching_for(session, currency=transaction.currency)
    ctx.wake.notify()
    return Decided(reversal.id, transaction_id, repeated=False)


async def undo_decision(ctx: Context, actor: Actor, *, decision_id: int) -> Decided:
    """Undo one decision, as the button of a card names it. Raises NotFoundError for an unknown one."""
    async with ctx.database.read() as session:
        decision = await session.get(Decision, decision_id)
    if decision is None:
        raise NotFoundError("Cette association est inconnue.")
    return await undo(ctx, actor, transaction_id=decision.transaction_id, decision_id=decision_id)
