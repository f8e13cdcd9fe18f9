"""How much is posted: small payments wait for the digest, a flood becomes one message.

A payment that gets no card of its own has a cancelled one in the ledger; asking for the card revives it.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Context
from bot.locale import fr
from bot.messages.effects import want_card
from bot.messages.preferences import read_choices
from store.messages import ledger, lists, state
from store.messages.keys import card_key, group_key
from store.models import Transaction
from store.payments.waiting import lock_transaction, waiting_among
from store.suggestions import rematching
from store.types import WAITING, MessagePurpose, MessageState

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
    card = await ledger.find(session, card_key(transaction.qonto_id))
    if card is not None:
        return card.state != MessageState.CANCELLED
    return transaction.amount_cents >= (await read_choices(session)).threshold_cents


async def group_flood(ctx: Context) -> int:
    """Announce many new payments in one message instead of a card each; returns how many it lists."""
    async with ctx.database.read() as session:
        if len(await _without_card(session)) <= MOST_CARDS:
            return 0
    async with ctx.database.write() as session:
        locked = [await lock_transaction(session, each) for each in await _without_card(session)]
        fresh = [row for row in locked if row is not None and row.state in WAITING]
        if len(fresh) <= MOST_CARDS:
            return 0
        await _announce(session, ctx, fresh)
    return len(fresh)


async def _without_card(session: AsyncSession) -> list[int]:
    """Payments that ask for suggestions, and would each get a card of their own now."""
    due, since = await rematching.due(session, LOOKED_AT), await cards_since(session)
    if since is None or len(due) <= MOST_CARDS:
        return []
    threshold = (await read_choices(session)).threshold_cents
    new = await waiting_among(session, due, settled_from=since, least_cents=threshold)
    keys = {row_id: card_key(due[row_id]) for row_id in new}
    known = await lists.cards_of(session, list(keys.values()))
    return [row_id for row_id, key in keys.items() if key not in known]


async def _announce(session: AsyncSession, ctx: Context, rows: Sequence[Transaction]) -> None:
    now, channel = ctx.clock(), ctx.settings.slack_channel
    for row in rows:
        await want_card(session, row, channel, now)
        await ledger.cancel(session, card_key(row.qonto_id))
    group = await ledger.want(
        session,
        key=group_key(rows[0].qonto_id),
        purpose=MessagePurpose.CARD_GROUP,
        object_id=rows[0].id,
        target=channel,
        version=1,
        now=now,
    )
    # Their suggestions are worked out meanwhile: the message is drawn once, not once for each.
    await ledger.postpone(session, group.id, now + lists.TOGETHER)
    await lists.list_in(session, group.key, [row.id for row in rows])


CARDS_SINCE = "cards_since"


async def cards_since(session: AsyncSession) -> datetime | None:
    """Tell from which settlement instant (UTC) payments get a card of their own."""
    value = await state.get(session, CARDS_SINCE)
    return datetime.fromisoformat(value["at"]) if value else None


async def start_cards(ctx: Context) -> None:
    """On the very first start, decide that cards begin with today's payments (Paris)."""
    now = ctx.clock()
    async with ctx.database.write() as session:
        if await state.get(session, CARDS_SINCE) is None:
            midnight = datetime.combine(fr.paris_day(now), datetime.min.time(), tzinfo=fr.PARIS)
            await state.put(session, CARDS_SINCE, {"at": midnight.isoformat()}, now)
