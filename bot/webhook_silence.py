"""Use case: notice that the bank stopped telling us, though money still arrives (reliability.md W42)."""

from datetime import timedelta

from bot.alerts import raise_alert
from bot.context import Context
from store import inbox
from store.types import AlertKind

SILENCE = timedelta(hours=6)


async def watch_webhooks(ctx: Context, found: int) -> None:
    """Tell the admins when a poll found ``found`` new movements and no webhook came for six hours.

    Where none ever came there is nothing to miss: an API key alone gives polling only (design D8).
    """
    if not found:
        return
    now = ctx.clock()
    async with ctx.database.read() as session:
        last = await inbox.last_received_at(session)
    if last is None or now - last < SILENCE:
        return
    async with ctx.database.write() as session:
        await raise_alert(session, AlertKind.WEBHOOKS_SILENT, now)
    ctx.wake.notify()
