"""How much is posted: small payments wait for the digest, a flood becomes one message.

A payment that gets no card of its own has a cancelled one in the ledger; asking for the card revives it.
"""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bot.card_start import cards_since
from bot.choices import read_choices
from bot.context import Context
from bot.effects import WAITING, want_card
from bot.payment_view import card_key
from store import listed, messages, payments
from store.models import Transaction
from store.types import MessagePurpose, MessageState

MOST_CARDS = 10
LOOKED_AT = 500


async def deserves_card(session: AsyncSession, transaction: Transaction) -> bool:
    """Tell whether a payment may have a card now, unasked.

    Old history is stored and suggested, but floods nobody: cards are for payments since we started. Below
    the agency's threshold, or listed in a grouped message, a payment has none until somebody asks.
    """
    since = await cards_since(session)
    if since is None or transaction.settled_at is None or transaction.settled_at < since:
        return False
    card = await messages.find(session, card_key(transaction.id))
    if card is not None:
        return card.state != MessageState.CANCELLED
    return transaction.amount_cents >= (await read_choices(session)).threshold_cents


async def group_flood(ctx: Context) -> int:
    """Announce many new payments in one message instead of a card each; returns how many it lists."""
    async with ctx.database.read() as session:
        if len(await _without_card(session)) <= MOST_CARDS:
            return 0
    async with ctx.database.write() as session:
        locked = [await payments.lock_transaction(session, each) for each in await _without_card(session)]
        fresh = [row for row in locked if row is not None and row.state in WAITING]
        if len(fresh) <= MOST_CARDS:
            return 0
        await _announce(session, ctx, fresh)
    return len(fresh)


async def _without_card(session: AsyncSession) -> list[int]:
    """Payments that ask for suggestions, and would each get a card of their own now."""
    due, since = await payments.needing_match(session, LOOKED_AT), await cards_since(session)
    if since is None or len(due) <= MOST_CARDS:
        return []
    threshold = (await read_choices(session)).threshold_cents
    new = await payments.waiting_among(session, due, settled_from=since, least_cents=threshold)
    known = await listed.cards_of(session, [card_key(each) for each in new])
    return [each for each in new if card_key(each) not in known]


async def _announce(session: AsyncSession, ctx: Context, rows: Sequence[Transaction]) -> None:
    now, channel = ctx.clock(), ctx.settings.slack_channel
    for row in rows:
        await want_card(session, row, channel, now)
        await messages.cancel(session, card_key(row.id))
    group = await messages.want(
        session,
        key=f"{MessagePurpose.CARD_GROUP}:{rows[0].id}",
        purpose=MessagePurpose.CARD_GROUP,
        object_id=rows[0].id,
        target=channel,
        version=1,
        now=now,
    )
    # Their suggestions are worked out meanwhile: the message is drawn once, not once for each.
    await messages.postpone(session, group.id, now + listed.TOGETHER)
    await listed.list_in(session, group.key, [row.id for row in rows])
