"""Use case: know the organisation's accounts; tell about those that are lost, doubtful or unreadable."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Context
from bot.messages.alerts import clear_alert, raise_alert
from qonto import BankAccount, Page, Transaction, UnreadableRow
from store.payments.accounts import NewAccount, list_accounts, save_accounts
from store.types import AlertKind

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts to follow: active, and chosen by the settings; and the names of those nobody can read."""

    followed: list[BankAccount]
    unreadable: tuple[str, ...] = ()


async def refresh_accounts(ctx: Context) -> Accounts:
    """Read and store the organisation's accounts. Raises QontoError, DatabaseUnavailable.

    One that cannot be read is told to the admins once, and does not keep the others from being followed.
    """
    now = ctx.clock()
    accounts: list[BankAccount] = []
    unreadable: list[UnreadableRow] = []
    async for page in ctx.bank.account_pages():
        accounts += page.rows
        unreadable += page.unreadable
    chosen = set(ctx.settings.qonto_bank_account_id)
    async with ctx.database.write() as session:
        await save_accounts(session, [_account(account) for account in accounts], now)
        await _tell_lost(session, chosen, accounts, unreadable, now)
        await _tell_doubtful(session, accounts, now)
        await _tell_unreadable(session, unreadable, now)
    followed = [
        account for account in accounts if account.status == "active" and (not chosen or account.id in chosen)
    ]
    return Accounts(followed, tuple(_name(row) for row in unreadable))


def _account(account: BankAccount) -> NewAccount:
    return NewAccount(
        qonto_id=account.id,
        name=account.name or "Compte",
        iban=account.iban,
        currency=account.currency or "EUR",
        status=account.status,
        is_main=account.main,
    )


async def _tell_lost(
    session: AsyncSession,
    chosen: set[str],
    accounts: Sequence[BankAccount],
    unreadable: Sequence[UnreadableRow],
    now: datetime,
) -> None:
    """Tell about a followed account that was closed or is no longer listed; its history stays (Q12)."""
    active = {account.id for account in accounts if account.status == "active"}
    told_otherwise = {row.id for row in unreadable}
    for known in await list_accounts(session):
        if known.qonto_id in active:
            await clear_alert(session, AlertKind.ACCOUNT_LOST, now, subject=known.qonto_id)
        elif (not chosen or known.qonto_id in chosen) and known.qonto_id not in told_otherwise:
            await raise_alert(
                session, AlertKind.ACCOUNT_LOST, now, subject=known.qonto_id, details={"account": known.name}
            )


async def _tell_doubtful(session: AsyncSession, accounts: Sequence[BankAccount], now: datetime) -> None:
    """Tell about balances that contradict each other; nothing of ours rests on them."""
    for account in accounts:
        await clear_alert(session, AlertKind.ACCOUNT_UNREADABLE, now, subject=account.id)
        if account.has_doubtful_balance:
            await raise_alert(
                session,
                AlertKind.BALANCE_DOUBTFUL,
                now,
                subject=account.id,
                details={"account": account.name or account.id},
            )
        else:
            await clear_alert(session, AlertKind.BALANCE_DOUBTFUL, now, subject=account.id)


async def _tell_unreadable(session: AsyncSession, unreadable: Sequence[UnreadableRow], now: datetime) -> None:
    if all(row.id for row in unreadable):
        await clear_alert(session, AlertKind.ACCOUNT_UNREADABLE, now)
    for row in unreadable:
        logger.warning("unreadable account", extra={"account_id": row.id, "reason": row.problem})
        await raise_alert(
            session, AlertKind.ACCOUNT_UNREADABLE, now, subject=row.id or "", details={"account": _name(row)}
        )


def _name(row: UnreadableRow) -> str:
    name = row.raw.get("name")
    return name if isinstance(name, str) and name else row.id or "sans nom"


async def tell_unreadable_movements(ctx: Context, account: BankAccount, page: Page[Transaction]) -> None:
    """Tell about movements of a page that nobody can read: at most once a day, each one named in the log.

    They are no one's payments until the bank corrects them; those beside them are stored.
    """
    if not page.unreadable:
        return
    for row in page.unreadable:
        logger.warning("unreadable movement", extra={"payment_id": row.id, "reason": row.problem})
    now = ctx.clock()
    async with ctx.database.write() as session:
        await raise_alert(
            session,
            AlertKind.MOVEMENT_UNREADABLE,
            now,
            subject=now.date().isoformat(),
            details={"account": account.name or account.id, "qonto_id": page.unreadable[0].id},
        )
