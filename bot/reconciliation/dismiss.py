"""Use case: « Aucune de ces factures », what a card showed is not what this payment settles."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Actor, Context
from bot.effects import WAITING
from bot.errors import AlreadyDecidedError, NotFoundError
from bot.reconciliation.associate import who_decided
from bot.reconciliation.guard import admins_only, locked_payment, once
from bot.reconciliation.refused import refuse_shown
from store import decisions
from store.types import PaymentState


async def dismiss_proposals(ctx: Context, actor: Actor, *, proposal_id: int) -> bool:
    """Refuse every invoice suggested together with this one, which the button of a card names.

    An older card refuses what that card showed, never what nobody saw. Raises NotFoundError for an unknown
    suggestion, and what ``dismiss`` raises.
    """
    async with ctx.database.read() as session:
        proposal = await decisions.get_proposal(session, proposal_id)
    if proposal is None:
        raise NotFoundError("Ces suggestions n’existent plus. La carte montre les suggestions à jour.")
    return await dismiss(ctx, actor, transaction_id=proposal.transaction_id, shown_round=proposal.round)


@admins_only("dismiss")
async def dismiss(ctx: Context, actor: Actor, *, transaction_id: int, shown_round: int) -> bool:
    """Refuse the invoices of one round of suggestions for this payment, for good, and ask for fresh ones.

    False when they were refused already. Raises NotFoundError, InvalidRequestError for what is no payment,
    AlreadyDecidedError (who and when) when the payment no longer waits; nothing is changed then.
    """
    now = ctx.clock()

    async def work(session: AsyncSession) -> bool:
        transaction = await locked_payment(session, transaction_id)
        if transaction.state == PaymentState.IGNORED:
            raise AlreadyDecidedError("Ce paiement est déjà hors facturation.")
        if transaction.state not in WAITING:
            raise AlreadyDecidedError(await who_decided(session, transaction, now))
        refused = await refuse_shown(session, actor, transaction, shown_round, now)
        if refused:
            transaction.needs_matching = True
        return refused

    async def there(session: AsyncSession) -> bool | None:
        return await decisions.has_rejected(session, transaction_id, actor.id, now) or None

    refused = await once(ctx, transaction_id, work, there)
    ctx.wake.notify()
    return refused
