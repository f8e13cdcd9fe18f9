"""Since when payments get a card of their own."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot import fr
from bot.context import Context
from store import state

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
