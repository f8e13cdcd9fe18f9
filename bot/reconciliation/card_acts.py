"""Use case: an admin has dealt with a payment that the bank changed after its association."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit import admins_only, trace
from bot.context import Actor, Context
from bot.messages.alerts import clear_alert
from bot.messages.effects import show_change, want_card
from bot.reconciliation.guard import locked_payment, once
from store.models import Transaction
from store.types import AlertKind


@admins_only("settle_bank_problem")
async def settle(ctx: Context, actor: Actor, *, transaction_id: int) -> None:
    """Take the warning off the card; the audit trail keeps who did. Doing it twice changes nothing.

    Nor does an old button once the association is undone: there is no warning left, and what the bank took
    back must still be known as such when it settles after all.
    """
    now = ctx.clock()

    async def work(session: AsyncSession, transaction: Transaction) -> None:
        if transaction.bank_problem is None or not transaction.allocated_cents:
            return
        problem = {"problem": transaction.bank_problem}
        await trace(session, actor, "bank_problem_settled", ("transaction", transaction_id), now, problem)
        transaction.bank_problem = None
        await clear_alert(session, AlertKind.BANK_CHANGED, now, object_id=transaction_id)
        await show_change(session, transaction, now)

    async def simply_again(_session: AsyncSession) -> None:
        return None

    await once(ctx, actor, transaction_id, work, simply_again)


@admins_only("show_card")
async def show_card(ctx: Context, _actor: Actor, *, transaction_id: int) -> None:
    """Ask for the payment's card in the finance channel; it is posted once however often one asks."""
    async with ctx.database.write() as session:
        transaction = await locked_payment(session, transaction_id)
        await want_card(session, transaction, ctx.settings.slack_channel, ctx.clock())
