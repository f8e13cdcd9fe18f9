"""What a person refused for a payment: those suggestions never return for it."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Actor
from bot.trail import trace
from store import decisions
from store.models import Transaction
from store.types import PaymentState


async def refuse_shown(
    session: AsyncSession, actor: Actor, transaction: Transaction, shown_round: int, now: datetime
) -> bool:
    """Refuse the invoices that one round of suggestions named, and audit it; False when nothing is new.

    The payment must be locked by the caller.
    """
    shown = await decisions.invoices_shown(session, transaction.id, shown_round)
    known = await decisions.rejected_invoices(session, transaction.id)
    new = {invoice_id: number for invoice_id, number in shown.items() if invoice_id not in known}
    if not new:
        return False
    await decisions.add_rejections(session, transaction.id, new, actor.id, now)
    said = {"invoices": sorted(new.values())}
    await trace(session, actor, "dismiss", ("transaction", transaction.id), now, said)
    return True


async def refuse_passed_over(
    session: AsyncSession, actor: Actor, transaction: Transaction, chosen: Iterable[int], now: datetime
) -> None:
    """Learn from a choice made by hand: the suggestions that it passes over do not return.

    Nothing is learnt while a part of the payment is left, since that part may be theirs, nor when a
    suggested invoice is among the chosen ones. The payment must be locked by the caller.
    """
    current = await decisions.current_round(session, transaction.id)
    if current is None or transaction.state != PaymentState.ALLOCATED:
        return
    shown = await decisions.invoices_shown(session, transaction.id, current.number)
    if shown.keys().isdisjoint(chosen):
        await refuse_shown(session, actor, transaction, current.number, now)
