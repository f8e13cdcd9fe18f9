"""Invoices read back: one, a page of them, what is still due, what settles one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from store.books.decisions import allocations_to_invoices
from store.db.dialects import contains
from store.models import Allocation, Invoice, Transaction
from store.models.selects import whole_invoice
from store.paging import read_day_cursor, write_cursor
from store.text import fold, number_key
from store.types import InvoiceKind, InvoiceStatus

LONGEST_NUMBER = 255
STILL_DUE = (InvoiceStatus.OPEN, InvoiceStatus.PARTLY_PAID)


class InvoicePage(NamedTuple):
    """One page of invoices, latest due first; ``next_cursor`` is None on the last one."""

    invoices: Sequence[Invoice]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class OpenSummary:
    """What is still due: invoices only, cents by currency; ``overdue`` ones are due before today."""

    open_count: int
    open_cents: Mapping[str, int]
    overdue_count: int
    overdue_cents: Mapping[str, int]


class InvoicePayment(NamedTuple):
    """One payment that settles an invoice, and the allocation that says how much."""

    transaction: Transaction
    allocation: Allocation


async def get_invoice(session: AsyncSession, invoice_id: int) -> Invoice | None:
    """Read one invoice by our id, whole."""
    return await session.scalar(select(Invoice).where(Invoice.id == invoice_id).options(*whole_invoice()))


async def get_by_number(session: AsyncSession, number: str) -> Invoice | None:
    """Read one invoice by its number, however the case and the spaces are written."""
    key = number_key(number)
    if len(key) > LONGEST_NUMBER:
        return None
    query = select(Invoice).where(Invoice.number_key == key)
    return await session.scalar(query.options(*whole_invoice()))


async def list_invoices(
    session: AsyncSession,
    *,
    state: InvoiceStatus | None = None,
    q: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> InvoicePage:
    """List invoices, latest due first. ``q`` is searched literally in number, client, talent, collaboration.

    Raises CursorRefused for an ``after`` that is not ours.
    """
    query = select(Invoice).options(*whole_invoice())
    if state is not None:
        query = query.where(Invoice.status == state)
    for word in fold(q or "").split():
        query = query.where(contains(Invoice.search_text, word))
    if after is not None:
        query = query.where(tuple_(Invoice.due_date, Invoice.id) < read_day_cursor(after))
    rows = (
        await session.scalars(query.order_by(Invoice.due_date.desc(), Invoice.id.desc()).limit(limit + 1))
    ).all()
    page = rows[:limit]
    return InvoicePage(page, write_cursor(page[-1].due_date, page[-1].id) if len(rows) > limit else None)


async def open_summary(session: AsyncSession, today: date) -> OpenSummary:
    """Count and sum what is still due, and what of it is overdue."""
    late = Invoice.due_date < today
    query = (
        select(
            Invoice.currency,
            func.count(),
            func.sum(Invoice.open_cents),
            func.count().filter(late),
            func.coalesce(func.sum(Invoice.open_cents).filter(late), 0),
        )
        .where(Invoice.kind == InvoiceKind.INVOICE, Invoice.status.in_(STILL_DUE))
        .group_by(Invoice.currency)
    )
    rows = (await session.execute(query)).all()
    return OpenSummary(
        open_count=sum(row[1] for row in rows),
        open_cents={row[0]: int(row[2]) for row in rows},
        overdue_count=sum(row[3] for row in rows),
        overdue_cents={row[0]: int(row[4]) for row in rows if row[3]},
    )


async def overdue(session: AsyncSession, today: date, limit: int = 100) -> Sequence[Invoice]:
    """List invoices due before ``today`` and not paid, longest overdue first."""
    query = (
        select(Invoice)
        .where(Invoice.kind == InvoiceKind.INVOICE, Invoice.status.in_(STILL_DUE), Invoice.due_date < today)
        .order_by(Invoice.due_date, Invoice.id)
        .limit(limit)
        .options(*whole_invoice())
    )
    return (await session.scalars(query)).all()


async def payments_of(session: AsyncSession, invoice_id: int) -> list[InvoicePayment]:
    """List what settles an invoice now, oldest first, with the decision behind each."""
    rows = await allocations_to_invoices(session, [invoice_id])
    ids = {row.transaction_id for row in rows}
    found = await session.scalars(select(Transaction).where(Transaction.id.in_(ids)))
    transactions = {transaction.id: transaction for transaction in found}
    return [InvoicePayment(transactions[row.transaction_id], row) for row in rows]
