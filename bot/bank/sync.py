"""Use case: read at the bank what webhooks may have missed. One way for command, API, timer and button."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.bank.accounts import refresh_accounts, tell_unreadable_movements
from bot.bank.circuit_breaker import bank_answered, bank_failed
from bot.bank.recording import record_many
from bot.context import Context
from bot.errors import RefusedError
from bot.messages.alerts import raise_alert
from qonto import BankAccount, QontoError, QontoForbidden, QontoNotFound, QontoUnauthorized, TransactionQuery
from qonto import Transaction as BankTransaction
from store.inbox.handling import last_received_at
from store.payments.accounts import get_cursor, set_cursor
from store.payments.movements import Upserted
from store.types import AlertKind, PaymentState

STATUSES = ("completed", "declined", "pending")  # the bank lists completed rows only, unless told
OVERLAP = timedelta(minutes=10)  # qonto-api.md 4.7: rows may be stamped a little before they show
FIRST_POLL_DAYS = 30
CHUNK = 250  # one write transaction; measured: 1 000 rows hold SQLite's one writer for a third of a second
MOST_DAYS = 3650
GROWN = (1_000, 10_000, 100_000)  # new rows after which the database's planner counts again

Progress = Callable[["SyncReport"], Awaitable[None]]


class SyncFailedError(RefusedError):
    """The bank could not be read; what was stored before stays."""

    code = "bank_unavailable"
    status = 503


class SyncRunningError(RefusedError):
    """A synchronisation is already under way in this process."""

    code = "sync_running"


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What one synchronisation did. ``to_explain`` counts new payments that wait for a decision."""

    new: int = 0
    updated: int = 0
    unchanged: int = 0
    to_explain: int = 0
    seconds: float = 0.0
    skipped_accounts: tuple[str, ...] = ()

    def plus(self, results: list[Upserted]) -> "SyncReport":
        """Add one stored chunk."""
        kinds = [result.kind for result in results]
        fresh = [result.transaction for result in results if result.kind == "new"]
        return replace(
            self,
            new=self.new + kinds.count("new"),
            updated=self.updated + kinds.count("updated"),
            unchanged=self.unchanged + kinds.count("unchanged") + kinds.count("stale"),
            to_explain=self.to_explain + sum(row.state == PaymentState.UNMATCHED for row in fresh),
        )


async def sync_recent(ctx: Context, *, days: int, progress: Progress | None = None) -> SyncReport:
    """Read every movement changed in the last ``days`` days (1 to 3650) on the followed accounts.

    Raises SyncRunningError, or SyncFailedError with what to do; rows stored before a failure stay.
    """
    if not 1 <= days <= MOST_DAYS:
        raise SyncFailedError(f"Choisissez un nombre de jours entre 1 et {MOST_DAYS}.")
    since = ctx.clock() - timedelta(days=days)
    return await _sync(ctx, lambda _watermark: since, progress)


async def sync_changes(ctx: Context) -> SyncReport:
    """Read what changed since the last time, by the bank's own clock, with an overlap (the timer's way)."""
    start = ctx.clock() - timedelta(days=FIRST_POLL_DAYS)
    return await _sync(ctx, lambda watermark: watermark - OVERLAP if watermark else start, None)


async def _sync(
    ctx: Context, since: Callable[[datetime | None], datetime], progress: Progress | None
) -> SyncReport:
    if ctx.syncing.locked():
        raise SyncRunningError("Une synchronisation est déjà en cours. Réessayez dans un instant.")
    started = time.monotonic()
    report = SyncReport()
    if ctx.gate.refused:
        ctx.bank.reset_auth()
    async with ctx.syncing:
        try:
            accounts = await refresh_accounts(ctx)
            report = replace(report, skipped_accounts=accounts.unreadable)
            for account in accounts.followed:
                report = await _sync_account(ctx, account, since, report, progress)
        except QontoUnauthorized as error:
            await bank_failed(ctx, error)
            raise SyncFailedError(
                "Qonto refuse la clé d’accès. Vérifiez QONTO_API_KEY ou reconnectez Qonto, puis redémarrez."
            ) from error
        except QontoError as error:
            await bank_failed(ctx, error)
            raise SyncFailedError(
                "Qonto ne répond pas pour le moment. Réessayez dans quelques minutes."
            ) from error
    await bank_answered(ctx)
    return replace(report, seconds=time.monotonic() - started)


async def _sync_account(
    ctx: Context,
    account: BankAccount,
    since: Callable[[datetime | None], datetime],
    report: SyncReport,
    progress: Progress | None,
) -> SyncReport:
    for status in STATUSES:
        try:
            report = await _sync_status(ctx, account, status, since, report, progress)
        except (QontoForbidden, QontoNotFound) as error:
            await _remember_failure(ctx, account, status, str(error))
            return replace(report, skipped_accounts=(*report.skipped_accounts, account.name or account.id))
    return report


async def _sync_status(
    ctx: Context,
    account: BankAccount,
    status: str,
    since: Callable[[datetime | None], datetime],
    report: SyncReport,
    progress: Progress | None,
) -> SyncReport:
    """Read one account and status to its last page, then move the watermark: never before."""
    async with ctx.database.read() as session:
        cursor = await get_cursor(session, account.id, status)
    watermark = cursor.watermark_at if cursor else None
    async for chunk in _chunks(ctx, account, status, since(watermark)):
        now, before = ctx.clock(), report.new
        async with ctx.database.write() as session:
            report = report.plus(await record_many(session, chunk, now))
        if any(before < mark <= report.new for mark in GROWN):
            await ctx.database.count_again()
        stamps = [row.updated_at for row in chunk if row.updated_at]
        watermark = max([*stamps, *([watermark] if watermark else [])], default=None)
        if progress is not None:
            await progress(report)
    now = ctx.clock()
    async with ctx.database.write() as session:
        await set_cursor(session, account.id, status, watermark_at=watermark, synced_at=now, last_error=None)
    return report


async def _chunks(
    ctx: Context, account: BankAccount, status: str, since: datetime
) -> AsyncIterator[list[BankTransaction]]:
    """Group the bank's pages so that each write transaction stays short, yet few."""
    rows: list[BankTransaction] = []
    query = TransactionQuery(account_id=account.id, statuses=(status,), updated_at_from=since)
    async for page in ctx.bank.transactions(query):
        rows.extend(page.rows)
        await tell_unreadable_movements(ctx, account, page)
        if len(rows) >= CHUNK:
            yield rows[:CHUNK]
            rows = rows[CHUNK:]
    if rows:
        yield rows


async def _remember_failure(ctx: Context, account: BankAccount, status: str, error: str) -> None:
    now = ctx.clock()
    async with ctx.database.write() as session:
        await raise_alert(
            session, AlertKind.ACCOUNT_LOST, now, subject=account.id, details={"account": account.name}
        )
        cursor = await get_cursor(session, account.id, status)
        await set_cursor(
            session,
            account.id,
            status,
            watermark_at=cursor.watermark_at if cursor else None,
            synced_at=cursor.synced_at if cursor else None,
            last_error=error[:255],
        )


SILENCE = timedelta(hours=6)


async def watch_webhooks(ctx: Context, new: int) -> None:
    """Tell the admins when a poll found ``new`` movements and no webhook came for six hours.

    Where none ever came there is nothing to miss: an API key alone gives polling only (design D8).
    """
    if not new:
        return
    now = ctx.clock()
    async with ctx.database.read() as session:
        last = await last_received_at(session)
    if last is None or now - last < SILENCE:
        return
    async with ctx.database.write() as session:
        await raise_alert(session, AlertKind.WEBHOOKS_SILENT, now)
