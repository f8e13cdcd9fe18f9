"""Use case: post the card of a payment that has none, because it is older than the service."""

from bot.context import Actor, Context
from bot.effects import want_card
from bot.reconciliation.guard import admins_only, locked_payment


@admins_only("show_card")
async def show_card(ctx: Context, _actor: Actor, *, transaction_id: int) -> None:
    """Ask for the payment's card in the finance channel; it is posted once however often one asks."""
    async with ctx.database.write() as session:
        transaction = await locked_payment(session, transaction_id)
        await want_card(session, transaction, ctx.settings.slack_channel, ctx.clock())
    ctx.wake.notify()
