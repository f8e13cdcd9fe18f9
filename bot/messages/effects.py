"""What a change makes other things do: cards to redraw, suggestions to renew, talents to tell."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.locale import fr
from bot.messages.preferences import Notices, read_personal
from store.messages import ledger, lists
from store.messages.keys import card_key, talent_key
from store.models import Allocation, Decision, Message, Talent, Transaction
from store.payments.waiting import lock_transaction
from store.suggestions import rematching
from store.types import MessagePurpose, MessageState


async def show_change(session: AsyncSession, transaction: Transaction, now: datetime) -> None:
    """Bump what the payment's card and the lists that name it must show; without a card it gets none."""
    transaction.version += 1
    transaction.updated_at = now
    await redraw(session, transaction, now)


async def redraw(session: AsyncSession, transaction: Transaction, now: datetime) -> None:
    """Ask the payment's card and the lists that name it to show a version that was raised already."""
    await lists.redraw_lists(session, transaction.id, now)
    await ledger.bump(session, card_key(transaction.qonto_id), transaction.version)


async def show_notice_state(session: AsyncSession, message: Message, now: datetime) -> None:
    """Let the card say « talent prévenu » (or why not) once a talent's message got somewhere."""
    if message.purpose != MessagePurpose.TALENT_PAID:
        return
    decision = await session.get(Decision, message.object_id)
    transaction = await lock_transaction(session, decision.transaction_id) if decision else None
    if transaction is not None:
        await show_change(session, transaction, now)


async def want_card(
    session: AsyncSession, transaction: Transaction, channel: str | None, now: datetime
) -> None:
    """Ask for the payment's one card to show its present version."""
    await ledger.want(
        session,
        key=card_key(transaction.qonto_id),
        purpose=MessagePurpose.PAYMENT_CARD,
        object_id=transaction.id,
        target=channel,
        version=transaction.version,
        now=now,
    )


async def after_decision(
    session: AsyncSession, transaction: Transaction, invoice_ids: Sequence[int], now: datetime
) -> None:
    """Redraw this card; ask for new suggestions wherever these invoices were suggested.

    What moved the payment's money has raised its version, and asked for its own matching.
    """
    await redraw(session, transaction, now)
    rematching.ask_about(session, invoice_ids)


async def tell_talents(
    session: AsyncSession, transaction: Transaction, rows: Sequence[Allocation], now: datetime
) -> None:
    """Want one message per talent concerned by what one decision has just allocated of a payment."""
    for talent in talents_of(rows):
        await _want_notice(session, MessagePurpose.TALENT_PAID, transaction, rows[0].decision_id, talent, now)


async def correct_talents(
    session: AsyncSession,
    transaction: Transaction,
    decision_id: int,
    talents: Sequence[Talent],
    now: datetime,
) -> None:
    """Cancel what has not left; correct what may have. An unknown outcome counts as left."""
    for talent in talents:
        key = talent_key(MessagePurpose.TALENT_PAID, transaction.qonto_id, decision_id, talent.id)
        told = await ledger.find(session, key)
        if told is None or told.state == MessageState.CANCELLED:
            continue
        # The sender may write its intent between the reading above and the cancelling: then it has left.
        if not await ledger.cancel(session, key):
            await _want_notice(
                session, MessagePurpose.TALENT_CORRECTION, transaction, decision_id, talent, now
            )


async def _want_notice(
    session: AsyncSession,
    purpose: MessagePurpose,
    transaction: Transaction,
    decision_id: int,
    talent: Talent,
    now: datetime,
) -> None:
    personal = await read_personal(session, talent.slack_user_id, is_admin=False)
    notice = await ledger.want(
        session,
        key=talent_key(purpose, transaction.qonto_id, decision_id, talent.id),
        purpose=purpose,
        object_id=decision_id,
        target=talent.slack_user_id,
        talent_id=talent.id,
        version=1,
        now=now,
    )
    if personal.notices is Notices.DIGEST and notice.state == MessageState.WANTED and notice.ts is None:
        await ledger.postpone(session, notice.id, fr.next_hour(now, personal.digest_hour))


def talents_of(rows: Sequence[Allocation]) -> list[Talent]:
    """List the talents whose collaboration received money, each once."""
    paid = [row.invoice.collaboration for row in rows if row.amount_cents > 0]
    talents = [collaboration.talent for collaboration in paid if collaboration is not None]
    return list({talent.id: talent for talent in talents if talent is not None}.values())
