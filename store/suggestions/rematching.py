"""Who asks for new suggestions, of which payments, and which round of the matcher works them out.

Of these payments: ``ask_for``; of those that suggest an invoice: ``ask_about``; of every waiting payment:
``ask_for_all``. The last two only write a row, and the worker spreads it between two rounds. So a decision
waits for no other payment, and what a round read before it is asked for after it was kept. To mark a hundred
thousand payments takes seconds, and inside the transaction that asks (an import, an undo, an admin's word on
a payer) nobody else could write meanwhile on SQLite. One locked payment: ``states.match_again``.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Select, delete, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from store.messages import state
from store.models import IS_CLAIMED, NEEDS_MATCHING, ChangedInvoice, ServiceState, Transaction
from store.suggestions.rounds import suggestions_naming
from store.types import WAITING

ASKED = "matching_asked:"
EVERY_CURRENCY = "*"
# Ids looked at in one statement, or in one transaction: a few milliseconds.
AT_ONCE = 1_000
AS_IT_IS = {"synchronize_session": False}


async def ask_for(session: AsyncSession, ids: Iterable[int]) -> int:
    """Ask for new suggestions for those of these payments that wait. Counts them.

    Also where it is asked already: the row is then locked until this transaction ends, and on PostgreSQL no
    round can begin in between and clear what was asked for.
    """
    wanted, count = sorted(set(ids)), 0
    for at in range(0, len(wanted), AT_ONCE):
        these = update(Transaction).where(
            Transaction.state.in_(WAITING), Transaction.id.in_(wanted[at : at + AT_ONCE])
        )
        marked = await session.execute(these.values(needs_matching=True).returning(Transaction.id))
        count += len(marked.all())
    return count


def ask_about(session: AsyncSession, invoice_ids: Iterable[int]) -> None:
    """Ask for new suggestions wherever these invoices are suggested, in this transaction."""
    session.add_all(ChangedInvoice(invoice_id=invoice_id) for invoice_id in invoice_ids)


async def moved_meanwhile(session: AsyncSession, invoice_ids: Iterable[int]) -> bool:
    """Tell whether a decision moved one of these invoices since the round began."""
    moved = select(ChangedInvoice.id).where(ChangedInvoice.invoice_id.in_(set(invoice_ids)))
    return await session.scalar(select(moved.exists())) or False


async def ask_for_all(session: AsyncSession, now: datetime, *, currency: str | None = None) -> None:
    """Ask for new suggestions of all waiting payments, or of those of a currency, in this transaction."""
    await state.put(session, f"{ASKED}{currency or EVERY_CURRENCY}", {"after": 0}, now)


async def is_asked(session: AsyncSession) -> bool:
    """Tell whether payments are still to be marked."""
    either = or_(_asked().exists(), select(ChangedInvoice.id).exists())
    return await session.scalar(select(either)) or False


async def spread(session: AsyncSession, now: datetime) -> bool:
    """Mark the next payments of what is asked for, in a short transaction of its own; False when all are.

    Whoever asks meanwhile starts it again from the first payment.
    """
    if await _spread_invoices(session):
        return True
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
    await session.execute(query.values(needs_matching=True), execution_options=AS_IT_IS)
    if until >= (await session.scalar(select(func.max(Transaction.id))) or 0):
        await session.delete(row)
    else:
        await state.put(session, row.name, {"after": until}, now)
    return True


async def _spread_invoices(session: AsyncSession) -> bool:
    """Mark the payments that suggest what decisions moved; False when none did."""
    changed = (await session.scalars(select(ChangedInvoice).order_by(ChangedInvoice.id).limit(AT_ONCE))).all()
    invoice_ids = sorted({row.invoice_id for row in changed})
    await ask_for(session, [row.id for row in await suggestions_naming(session, invoice_ids)])
    await session.execute(delete(ChangedInvoice).where(ChangedInvoice.id.in_([row.id for row in changed])))
    return bool(changed)


def _asked() -> Select[ServiceState]:
    return select(ServiceState).where(ServiceState.name.startswith(ASKED, autoescape=True))


async def due(session: AsyncSession, limit: int) -> dict[int, str]:
    """List payments whose suggestions must be worked out anew, in order of arrival: our id, the bank's id.

    Those that a round claimed and never answered for are among them: it was interrupted.
    """
    rows: set[tuple[int, str]] = set()
    for which in (IS_CLAIMED, NEEDS_MATCHING):
        query = select(Transaction.id, Transaction.qonto_id).where(text(which)).order_by(Transaction.id)
        rows |= {(row.id, row.qonto_id) for row in await session.execute(query.limit(limit))}
    return dict(sorted(rows)[:limit])


async def claim(session: AsyncSession, ids: Iterable[int], number: int) -> None:
    """Say which round works these payments out; ``needs_matching`` then tells who asks again meanwhile."""
    claimed = update(Transaction).where(Transaction.id.in_(ids))
    await session.execute(
        claimed.values(needs_matching=False, matching_claim=number), execution_options=AS_IT_IS
    )
