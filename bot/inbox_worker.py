"""Use case: turn stored webhook deliveries into recorded movements, oldest first, each at least once."""

import logging

from bot.context import Context
from bot.recording import record
from qonto import (
    QontoError,
    QontoNotFound,
    Transaction,
    UnreadableEvent,
    WebhookEvent,
    parse_event,
)
from store import inbox, payments
from store.models import InboxEvent

BATCH = 50
logger = logging.getLogger(__name__)


async def handle_due_events(ctx: Context) -> int:
    """Handle the deliveries that are due; returns how many were looked at."""
    async with ctx.database.read() as session:
        due = await inbox.due_events(session, ctx.clock(), BATCH)
    for event in due:
        await _handle(ctx, event)
    return len(due)


async def _handle(ctx: Context, event: InboxEvent) -> None:
    try:
        delivery = parse_event(event.body)
    except UnreadableEvent as error:
        logger.warning("webhook quarantined", extra={"inbox_id": event.id, "reason": str(error)})
        async with ctx.database.write() as session:
            await inbox.mark_quarantined(session, event.id, str(error), ctx.clock())
        return
    if delivery.transaction is None:
        async with ctx.database.write() as session:
            await inbox.mark_ignored(session, event.id, ctx.clock())
        return
    await _record(ctx, event, delivery, delivery.transaction)


async def _record(ctx: Context, event: InboxEvent, delivery: WebhookEvent, signed: Transaction) -> None:
    """Record the bank's present word, or the signed one while the bank cannot be reached (D7)."""
    try:
        current, reread = await ctx.bank.transaction(signed.id), False
    except QontoNotFound:
        current, reread = signed, False
    except QontoError as error:
        logger.info("signed body used, to be read again", extra={"inbox_id": event.id, "reason": str(error)})
        current, reread = signed, True
    now = ctx.clock()
    async with ctx.database.write() as session:
        upserted = await record(session, current, now)
        upserted.transaction.needs_reread = reread
        await inbox.mark_handled(session, event.id, now)
    logger.info(
        "webhook handled",
        extra={
            "inbox_id": event.id,
            "event_id": delivery.id,
            "transaction_id": upserted.transaction.id,
            "result": upserted.kind,
        },
    )
    ctx.wake.notify()


async def reread_due(ctx: Context) -> int:
    """Read again, at the bank, the movements taken from a signed body; stops at the first failure."""
    async with ctx.database.read() as session:
        due = [(row.id, row.qonto_id) for row in await payments.needing_reread(session, BATCH)]
    for transaction_id, qonto_id in due:
        try:
            current = await ctx.bank.transaction(qonto_id)
        except QontoNotFound:
            current = None
        except QontoError:
            return 0
        async with ctx.database.write() as session:
            if current is not None:
                await record(session, current, ctx.clock())
            stored = await payments.lock_transaction(session, transaction_id)
            if stored is not None:
                stored.needs_reread = False
    return len(due)
