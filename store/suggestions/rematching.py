"""Ask for new suggestions of every waiting payment, however many: one row says so, the worker spreads it.

To mark a hundred thousand payments takes seconds. Inside the transaction that asks (an import, an undo, an
admin's word on a payer) nobody else could write meanwhile on SQLite.
"""

from datetime import datetime

from sqlalchemy import Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from store.messages import state
from store.models import ServiceState, Transaction
from store.types import WAITING

ASKED = "matching_asked:"
EVERY_CURRENCY = "*"
# Ids looked at in one transaction: a few milliseconds.
AT_ONCE = 1_000


async def ask_for_all(session: AsyncSession, now: datetime, *, currency: str | None = None) -> None:
    """Ask for new suggestions of all waiting payments, or of those of a currency, in this transaction."""
    await state.put(session, f"{ASKED}{currency or EVERY_CURRENCY}", {"after": 0}, now)


async def is_asked(session: AsyncSession) -> bool:
    """Tell whether payments are still to be marked."""
    return await session.scalar(select(_asked().exists())) or False


async def spread(session: AsyncSession, now: datetime) -> bool:
    """Mark the next payments of what is asked for, in a short transaction of its own; False when all are.

    Whoever asks meanwhile starts it again from the first payment.
    """
    row = await session.scalar(_asked().order_by(ServiceState.name).limit(1).with_for_update())
    if row is None:
        return False
    after, currency = int(row.value["after"]), row.name.removeprefix(ASKED)
    until = after + AT_ONCE
    query = update(Transaction).where(
        Transaction.id > after,
        Transaction.id <= until,
        Transaction.state.in_(WAITING),
        Transaction.needs_matching.is_(False),
    )
    if currency != EVERY_CURRENCY:
        query = query.where(Transaction.currency == currency)
    await session.execute(query.values(needs_matching=True), execution_options={"synchronize_session": False})
    if until >= (await session.scalar(select(func.max(Transaction.id))) or 0):
        await session.delete(row)
    else:
        await state.put(session, row.name, {"after": until}, now)
    return True


def _asked() -> Select[ServiceState]:
    return select(ServiceState).where(ServiceState.name.startswith(ASKED, autoescape=True))
