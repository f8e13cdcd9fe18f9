"""Use case: have deliveries that nobody could handle handled once more."""

from bot.audit import admins_only, trace
from bot.context import Actor, Context
from bot.errors import AlreadyDecidedError
from bot.messages.alerts import clear_kind
from store.inbox.handling import CHUNK, any_stuck, revive
from store.types import AlertKind


@admins_only("replay_webhooks")
async def replay(ctx: Context, actor: Actor, *, event_id: int | None = None) -> int:
    """Take up one dead, unreadable or contradicting delivery, or all; counts them. The alert says so.

    What fails again is told by a new alert. Raises AlreadyDecidedError when there is nothing to replay.
    """
    count, last = 0, 0
    while True:
        now = ctx.clock()
        async with ctx.database.write() as session:
            rows = await revive(session, now, event_id=event_id, after=last)
            if rows:
                about = ("inbox", rows[0] if len(rows) == 1 else f"{rows[0]}-{rows[-1]}")
                await trace(session, actor, "webhooks_replayed", about, now, {"rows": list(rows)})
                count, last = count + len(rows), rows[-1]
            if not await any_stuck(session):
                await clear_kind(session, AlertKind.WEBHOOK_UNREADABLE, now)
        if len(rows) < CHUNK:
            break
    if not count:
        raise AlreadyDecidedError(
            "Déjà rejoué\u00a0: plus aucune notification n’attend."
            if event_id is None
            else f"Rien à rejouer\u00a0: le n°\u00a0{event_id} est traité, déjà rejoué ou inconnu."
        )
    return count
