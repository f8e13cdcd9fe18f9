"""Use case: « Aucune de ces factures », what a card showed is not what this payment settles."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit import admins_only, trace
from bot.context import Actor, Context
from bot.errors import AlreadyDecidedError, NotFoundError
from bot.reconciliation.guard import once, who_decided
from store.models import Transaction
from store.payments import states
from store.suggestions.rounds import (
    add_rejections,
    current_round,
    get_suggestion,
    has_rejected,
    invoices_shown,
    rejected_invoices,
)
from store.types import WAITING, PaymentState


async def dismiss_suggestions(ctx: Context, actor: Actor, *, suggestion_id: int) -> bool:
    """Refuse every invoice suggested together with this one, which the button of a card names.

    An older card refuses what that card showed, never what nobody saw. Raises NotFoundError for an unknown
    suggestion, and what ``dismiss`` raises.
    """
    async with ctx.database.read() as session:
        suggestion = await get_suggestion(session, suggestion_id)
    if suggestion is None:
        raise NotFoundError("Ces suggestions n’existent plus. La carte montre les suggestions à jour.")
    return await dismiss(ctx, actor, transaction_id=suggestion.transaction_id, shown_round=suggestion.round)


@admins_only("dismiss")
async def dismiss(ctx: Context, actor: Actor, *, transaction_id: int, shown_round: int) -> bool:
    """Refuse the invoices of one round of suggestions for this payment, for good, and ask for fresh ones.

    False when they were refused already. Raises NotFoundError, InvalidRequestError for what is no payment,
    AlreadyDecidedError (who and when) when the payment no longer waits; nothing is changed then.
    """
    now = ctx.clock()

    async def work(session: AsyncSession, transaction: Transaction) -> bool:
        if transaction.state == PaymentState.IGNORED:
            raise AlreadyDecidedError("Ce paiement est déjà hors facturation.")
        if transaction.state not in WAITING:
            raise AlreadyDecidedError(await who_decided(session, transaction, now))
        refused = await refuse_shown(session, actor, transaction, shown_round, now)
        if refused:
            states.match_again(transaction)
        return refused

    async def there(session: AsyncSession) -> bool | None:
        return await has_rejected(session, transaction_id, actor.id, now) or None

    return await once(ctx, actor, transaction_id, work, there)


async def refuse_shown(
    session: AsyncSession, actor: Actor, transaction: Transaction, shown_round: int, now: datetime
) -> bool:
    """Refuse the invoices that one round of suggestions named, and audit it; False when nothing is new.

    The payment must be locked by the caller.
    """
    shown = await invoices_shown(session, transaction.id, shown_round)
    known = await rejected_invoices(session, transaction.id)
    new = {invoice_id: number for invoice_id, number in shown.items() if invoice_id not in known}
    if not new:
        return False
    await add_rejections(session, transaction.id, new, actor.id, now)
    details = {"invoices": sorted(new.values())}
    await trace(session, actor, "dismiss", ("transaction", transaction.id), now, details)
    return True


async def refuse_passed_over(
    session: AsyncSession, actor: Actor, transaction: Transaction, chosen: Iterable[int], now: datetime
) -> None:
    """Learn from a choice made by hand: the suggestions that it passes over do not return.

    Nothing is learnt while a part of the payment is left, since that part may be theirs, nor when a
    suggested invoice is among the chosen ones. The payment must be locked by the caller.
    """
    current = await current_round(session, transaction.id)
    if current is None or transaction.state != PaymentState.ALLOCATED:
        return
    shown = await invoices_shown(session, transaction.id, current.number)
    if shown.keys().isdisjoint(chosen):
        await refuse_shown(session, actor, transaction, current.number, now)
