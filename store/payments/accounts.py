"""The organisation's bank accounts, and how far each was read."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from store.db.dialects import insert
from store.models import BankAccount, SyncCursor


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """One account as the bank lists it."""

    qonto_id: str
    name: str
    iban: str | None
    currency: str
    status: str
    is_main: bool


async def save_accounts(session: AsyncSession, accounts: Sequence[NewAccount], now: datetime) -> None:
    """Write the accounts the bank lists; those it no longer lists are kept."""
    for account in sorted(accounts, key=lambda one: one.qonto_id):
        values = {**asdict(account), "updated_at": now}
        changes = {name: value for name, value in values.items() if name != "qonto_id"}
        statement = insert(session, BankAccount).values(values)
        await session.execute(statement.on_conflict_do_update(index_elements=["qonto_id"], set_=changes))


async def list_accounts(session: AsyncSession) -> Sequence[BankAccount]:
    """List every account known, the main one first."""
    query = select(BankAccount).order_by(BankAccount.is_main.desc(), BankAccount.name, BankAccount.id)
    return (await session.scalars(query)).all()


async def own_ibans(session: AsyncSession) -> frozenset[str]:
    """The IBANs of the organisation itself: a transfer from one of them is no payment."""
    rows = await session.scalars(select(BankAccount.iban).where(BankAccount.iban.is_not(None)))
    return frozenset(iban for iban in rows if iban)


async def get_cursor(session: AsyncSession, bank_account_qonto_id: str, status: str) -> SyncCursor | None:
    """How far one account was read, for one status."""
    query = select(SyncCursor).where(
        SyncCursor.bank_account_qonto_id == bank_account_qonto_id, SyncCursor.status == status
    )
    return await session.scalar(query)


async def set_cursor(
    session: AsyncSession,
    bank_account_qonto_id: str,
    status: str,
    *,
    watermark_at: datetime | None,
    synced_at: datetime | None,
    last_error: str | None,
) -> None:
    """Remember how far one account was read (by the bank's clock), when (by ours), or why it failed."""
    changes = {"watermark_at": watermark_at, "synced_at": synced_at, "last_error": last_error}
    keys = {"bank_account_qonto_id": bank_account_qonto_id, "status": status}
    statement = insert(session, SyncCursor).values(keys | changes)
    await session.execute(statement.on_conflict_do_update(index_elements=list(keys), set_=changes))
