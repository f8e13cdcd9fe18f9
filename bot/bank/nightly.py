"""Use case: once a night, drop old bodies, recompute our books, and read 60 days at the bank again.

The timer reads by ``updated_at`` only. A row that vanishes, or that changes without a new ``updated_at``, is
found here (reliability.md Q10, Q11); so is a row that somebody edited by hand in our database (X6).
"""

import logging
from datetime import date, datetime, timedelta

import structlog

from bot.bank.accounts import refresh_accounts
from bot.bank.circuit_breaker import bank_failed, read_movement
from bot.bank.recording import flag, record, record_many
from bot.bank.sync import CHUNK
from bot.context import Context
from bot.locale import fr
from bot.messages.alerts import clear_alert, raise_alert
from bot.messages.effects import show_change
from qonto import BankAccount, QontoError, QontoNotFound, TransactionQuery
from qonto import Transaction as BankTransaction
from store.books.checks import check_all
from store.inbox.handling import empty_bodies
from store.messages import state
from store.payments.waiting import lock_transaction, settled_since
from store.types import AlertKind, BankProblem

WINDOW = timedelta(days=60)
# The bank may show a movement a little before or after the instant it is stamped with.
EDGE = timedelta(hours=1)
NIGHT_HOUR = 3
LAST_NIGHT = "last_night"
MOST_MISSING = 200
logger = logging.getLogger(__name__)


async def nightly_due(ctx: Context) -> int:
    """Run the nightly work once a day, from three o'clock (Paris) on; returns 1 when it ran."""
    now = ctx.clock()
    today = fr.paris_day(now)
    async with ctx.database.read() as session:
        last = await state.get(session, LAST_NIGHT)
    if last is None:
        # The first start: the first night is the next one.
        await _remember(ctx, today, now)
        return 0
    if now.astimezone(fr.PARIS).hour < NIGHT_HOUR or last["day"] >= today.isoformat():
        return 0
    await forget_bodies(ctx)
    await check_books(ctx)
    try:
        await compare_with_bank(ctx)
    except QontoError as error:
        await bank_failed(ctx, error)
        logger.warning("nightly comparison failed", extra={"reason": type(error).__name__})
        return 0
    await _remember(ctx, today, now)
    return 1


async def _remember(ctx: Context, day: date, now: datetime) -> None:
    async with ctx.database.write() as session:
        await state.put(session, LAST_NIGHT, {"day": day.isoformat()}, now)


async def forget_bodies(ctx: Context) -> None:
    """Empty the bodies of webhooks handled long ago: they name people. Their ids stay known."""
    limit = ctx.clock() - timedelta(days=ctx.settings.inbox_keep_days)
    emptied = 1
    while emptied:
        async with ctx.database.write() as session:
            emptied = await empty_bodies(session, limit)


async def check_books(ctx: Context) -> int:
    """Recompute what is stored beside the rows; a difference is told to the admins. Counts the problems."""
    async with ctx.database.read() as session:
        problems = await check_all(session)
    for problem in problems:
        logger.error("books wrong", extra={"code": problem.code, "object_id": problem.object_id})
    now = ctx.clock()
    async with ctx.database.write() as session:
        if problems:
            await raise_alert(session, AlertKind.BOOKS_WRONG, now, details={"count": len(problems)})
        else:
            await clear_alert(session, AlertKind.BOOKS_WRONG, now)
    return len(problems)


async def compare_with_bank(ctx: Context) -> int:
    """Read 60 days of settled movements; flag those of ours that the bank no longer has. Counts them.

    Raises QontoError when the bank does not answer; what was read before stays.
    """
    flagged = 0
    since = ctx.clock() - WINDOW
    for account in (await refresh_accounts(ctx)).followed:
        try:
            seen = await _read(ctx, account, since)
        except QontoNotFound:
            continue
        flagged += await _look_for_missing(ctx, account, since + EDGE, seen)
    return flagged


async def _read(ctx: Context, account: BankAccount, since: datetime) -> set[str]:
    seen: set[str] = set()
    rows: list[BankTransaction] = []
    query = TransactionQuery(account_id=account.id, settled_at_from=since)
    async for page in ctx.bank.transactions(query):
        # What cannot be read is there: it did not vanish.
        seen |= {row.id for row in page.rows} | {row.id for row in page.unreadable if row.id}
        rows.extend(page.rows)
        if len(rows) >= CHUNK:
            await _store(ctx, rows)
            rows = []
    await _store(ctx, rows)
    return seen


async def _store(ctx: Context, rows: list[BankTransaction]) -> None:
    async with ctx.database.write() as session:
        now = ctx.clock()
        for transaction in [upserted.transaction for upserted in await record_many(session, rows, now)]:
            if transaction.bank_problem == BankProblem.DISAPPEARED:
                transaction.bank_problem = None
                await show_change(session, transaction, now)
                await clear_alert(session, AlertKind.BANK_CHANGED, now, object_id=transaction.id)


async def _look_for_missing(ctx: Context, account: BankAccount, since: datetime, seen: set[str]) -> int:
    async with ctx.database.read() as session:
        known = await settled_since(session, account.id, since)
    missing = [(row_id, qonto_id) for row_id, qonto_id in known if qonto_id not in seen]
    flagged = 0
    for row_id, payment_id in missing[:MOST_MISSING]:
        with structlog.contextvars.bound_contextvars(payment_id=payment_id):
            flagged += await _ask_about(ctx, row_id, payment_id)
    return flagged


async def _ask_about(ctx: Context, row_id: int, payment_id: str) -> int:
    """Ask for one movement alone: only a clear "not found" says that it is gone."""
    try:
        movement = await read_movement(ctx, payment_id)
    except QontoNotFound:
        now = ctx.clock()
        async with ctx.database.write() as session:
            transaction = await lock_transaction(session, row_id)
            if transaction is None or transaction.bank_problem == BankProblem.DISAPPEARED:
                return 0
            await flag(session, transaction, BankProblem.DISAPPEARED, now)
        return 1
    async with ctx.database.write() as session:
        await record(session, movement, ctx.clock())
    return 0
