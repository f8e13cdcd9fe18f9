"""Use case: turn stored webhook deliveries into recorded movements, oldest first, each at least once."""

import logging
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.bank.circuit_breaker import read_movement
from bot.bank.recording import record
from bot.context import Context
from bot.messages.alerts import clear_alert, raise_alert
from qonto import (
    QontoError,
    QontoNotFound,
    QontoRateLimited,
    QontoRejected,
    QontoUnauthorized,
    Transaction,
    UnreadableEvent,
    WebhookEvent,
    parse_event,
)
from store.errors import DatabaseUnavailable
from store.inbox.handling import due_events, mark_failed, mark_handled, mark_ignored, mark_quarantined
from store.models import InboxEvent
from store.payments.accounts import list_accounts
from store.payments.waiting import lock_transaction, needing_reread
from store.types import AlertKind, InboxState

BATCH = 50
logger = logging.getLogger(__name__)


async def handle_due_events(ctx: Context) -> int:
    """Handle the deliveries that are due; returns how many were looked at."""
    async with ctx.database.read() as session:
        due = await due_events(session, ctx.clock(), BATCH)
    for event in due:
        with structlog.contextvars.bound_contextvars(inbox_id=event.id, event_id=event.event_id):
            await _handle_safely(ctx, event)
    return len(due)


async def _handle_safely(ctx: Context, event: InboxEvent) -> None:
    """Handle one delivery; one that nobody foresaw is set back, so that those behind it are not held up."""
    try:
        await _handle(ctx, event)
    except DatabaseUnavailable:
        raise
    except Exception as error:
        logger.exception("webhook failed")
        now = ctx.clock()
        async with ctx.database.write() as session:
            state = await mark_failed(session, event.id, type(error).__name__, now)
            if state == InboxState.DEAD:
                await _tell_unreadable(session, event, now)
    finally:
        structlog.contextvars.unbind_contextvars("payment_id")


async def _handle(ctx: Context, event: InboxEvent) -> None:
    try:
        delivery = parse_event(event.body)
    except UnreadableEvent as error:
        logger.warning("webhook quarantined", extra={"reason": str(error)})
        now = ctx.clock()
        async with ctx.database.write() as session:
            await mark_quarantined(session, event.id, str(error), now)
            await _tell_unreadable(session, event, now)
        return
    if delivery.transaction is None:
        async with ctx.database.write() as session:
            await mark_ignored(session, event.id, ctx.clock())
        return
    structlog.contextvars.bind_contextvars(payment_id=delivery.transaction.id)
    await _record(ctx, event, delivery, delivery.transaction)


async def _tell_unreadable(session: AsyncSession, event: InboxEvent, now: datetime) -> None:
    """Tell the admins, at most once a day: a bank that changes its format sends many."""
    await raise_alert(
        session,
        AlertKind.WEBHOOK_UNREADABLE,
        now,
        subject=now.date().isoformat(),
        details={"inbox_id": event.id},
    )


async def _ignore(ctx: Context, event: InboxEvent, reason: str, *, alert: bool) -> None:
    now = ctx.clock()
    async with ctx.database.write() as session:
        await mark_ignored(session, event.id, now, reason=reason)
        if alert:
            await raise_alert(session, AlertKind.FOREIGN_EVENT, now, details={"inbox_id": event.id})
    logger.warning("webhook of an account we do not follow", extra={"reason": reason})


async def _is_foreign(ctx: Context, signed: Transaction) -> bool:
    """Tell whether the bank, which does not know the movement, never showed us its account either."""
    async with ctx.database.read() as session:
        known = {account.qonto_id for account in await list_accounts(session)}
    return bool(known) and signed.bank_account_id is not None and signed.bank_account_id not in known


async def _record(ctx: Context, event: InboxEvent, delivery: WebhookEvent, signed: Transaction) -> None:
    """Record the bank's present word, or the signed one while the bank cannot be reached (D7)."""
    chosen = ctx.settings.qonto_bank_account_id
    if chosen and signed.bank_account_id is not None and signed.bank_account_id not in chosen:
        await _ignore(ctx, event, "account not followed", alert=False)
        return
    try:
        current, reread = await read_movement(ctx, signed.id), False
    except QontoNotFound:
        if await _is_foreign(ctx, signed):
            await _ignore(ctx, event, "account of another organisation", alert=True)
            return
        current, reread = signed, False
    except QontoError as error:
        logger.info("signed body used, to be read again", extra={"reason": type(error).__name__})
        current, reread = signed, True
    now = ctx.clock()
    async with ctx.database.write() as session:
        upserted = await record(session, current, now)
        upserted.transaction.needs_reread = reread
        await mark_handled(session, event.id, now)
        await clear_alert(session, AlertKind.WEBHOOKS_SILENT, now)
    logger.info("webhook handled", extra={"delivery": delivery.id, "result": upserted.kind})


async def reread_due(ctx: Context) -> int:
    """Read again, at the bank, the movements taken from a signed body; stops at the first failure."""
    async with ctx.database.read() as session:
        due = [(row.id, row.qonto_id) for row in await needing_reread(session, BATCH)]
    for transaction_id, payment_id in due:
        with structlog.contextvars.bound_contextvars(payment_id=payment_id):
            if not await _reread(ctx, transaction_id, payment_id):
                return 0
    return len(due)


async def _reread(ctx: Context, transaction_id: int, payment_id: str) -> bool:
    """Read one movement again; False when the bank does not answer."""
    try:
        current = await read_movement(ctx, payment_id)
    except (QontoUnauthorized, QontoRateLimited):
        return False
    except QontoRejected:
        # The bank answers, but not about this one: asking again would hold up those behind it.
        current = None
    except QontoError:
        return False
    async with ctx.database.write() as session:
        if current is not None:
            await record(session, current, ctx.clock())
        stored = await lock_transaction(session, transaction_id)
        if stored is not None:
            stored.needs_reread = False
    return True
