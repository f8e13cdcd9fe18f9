"""How an invoice is loaded whole: relationships raise unless a query loads them."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.interfaces import LoaderOption

from store.models import Allocation, Collaboration, Invoice


def whole_invoice() -> tuple[LoaderOption, ...]:
    """Load an invoice with its client, collaboration and talent."""
    collaboration = selectinload(Invoice.collaboration)
    return (
        selectinload(Invoice.client),
        collaboration.selectinload(Collaboration.talent),
        collaboration.selectinload(Collaboration.client),
    )


def whole_invoice_at_once() -> tuple[LoaderOption, ...]:
    """The same in one statement, for the few rows of a decision: each statement is a journey of its own."""
    collaboration = joinedload(Invoice.collaboration)
    return (
        joinedload(Invoice.client),
        collaboration.joinedload(Collaboration.talent),
        collaboration.joinedload(Collaboration.client),
    )


def whole_allocation() -> tuple[LoaderOption, ...]:
    """Load an allocation with its decision and its whole invoice, in one statement."""
    invoice = joinedload(Allocation.invoice)
    collaboration = invoice.joinedload(Invoice.collaboration)
    return (
        joinedload(Allocation.decision),
        invoice.joinedload(Invoice.client),
        collaboration.joinedload(Collaboration.talent),
        collaboration.joinedload(Collaboration.client),
    )


async def whole_invoices(session: AsyncSession, ids: Collection[int]) -> dict[int, Invoice]:
    """Read invoices by our id, each whole."""
    if not ids:
        return {}
    query = select(Invoice).where(Invoice.id.in_(ids)).options(*whole_invoice_at_once())
    return {invoice.id: invoice for invoice in await session.scalars(query)}
