"""Use case: the digest of what waits, at most once a day for each reader, silent when nothing does."""

from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Context
from bot.locale import fr
from store.messages import ledger, lists
from store.types import MessagePurpose

LISTED = 20
FRIDAY = 4


def digest_key(day: date, target: str) -> str:
    """Name the one digest of a day for one channel or person."""
    return f"{MessagePurpose.DIGEST}:{day.isoformat()}:{target}"


def is_due(now: datetime, hour: int) -> bool:
    """Tell whether the hour has come, on a working day in Paris."""
    today = fr.paris_day(now)
    return today.weekday() <= FRIDAY and now >= fr.at_hour(today, hour)


async def is_left(ctx: Context, target: str, hour: int) -> bool:
    """Tell whether today's digest is due and was not dealt with yet."""
    now = ctx.clock()
    if not is_due(now, hour):
        return False
    async with ctx.database.read() as session:
        return await ledger.find(session, digest_key(fr.paris_day(now), target)) is None


async def want_digest(ctx: Context, target: str, hour: int) -> bool:
    """Ask for today's digest unless it was dealt with already; False then, or when nothing waited.

    What arrived after the hour waits for tomorrow's. The ledger's key keeps it to one, whatever restarts.
    """
    if not await is_left(ctx, target, hour):
        return False
    now = ctx.clock()
    today = fr.paris_day(now)
    async with ctx.database.write() as session:
        return await _want(session, digest_key(today, target), target, fr.at_hour(today, hour), now)


async def _want(session: AsyncSession, key: str, target: str, instant: datetime, now: datetime) -> bool:
    if await ledger.find(session, key) is not None:
        return False
    _, ids = await lists.waiting_since_before(session, instant, LISTED)
    await ledger.want(
        session,
        key=key,
        purpose=MessagePurpose.DIGEST,
        object_id=fr.paris_day(now).toordinal(),
        target=target,
        version=1,
        now=now,
    )
    if not ids:
        await ledger.cancel(session, key)
        return False
    await lists.list_in(session, key, ids)
    return True
