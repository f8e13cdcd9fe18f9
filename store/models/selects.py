"""What many selects share: which allocations still stand, and how an invoice is loaded whole.

An allocation stands when it is no undo (which is the opposite row) and not undone. Only this module reads
``allocations.reverses_id``; its unique index answers each question in one step. Relationships raise unless a
query loads them.
"""

from collections.abc import Callable, Collection
from types import SimpleNamespace
from typing import Any

from sqlalchemy import ColumnElement, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, joinedload, selectinload
from sqlalchemy.orm.interfaces import LoaderOption

from store.models import Allocation, Collaboration, Invoice


def applied(allocation: Any = Allocation) -> ColumnElement[bool]:
    """True for what was applied to an invoice, whether it still stands or was taken back since.

    Not ``IS NULL``: SQLite takes that for a search that the unique index answers with one row, and reads
    every allocation there is. PostgreSQL reads both alike.
    """
    reverses: ColumnElement[int] = allocation.reverses_id
    return reverses.is_not(None).is_(False)


def standing(allocation: Any = Allocation) -> ColumnElement[bool]:
    """True for what was applied and still stands. ``allocation`` is the table or an alias of it."""
    undo = aliased(Allocation)
    return applied(allocation) & ~select(undo.id).where(undo.reverses_id == allocation.id).exists()


def as_text(condition: Callable[[Any], ColumnElement[bool]], alias: str) -> str:
    """Write one of the two for a statement of ours that calls the table ``alias``."""
    columns: dict[str, Any] = {name: literal_column(f"{alias}.{name}") for name in ("id", "reverses_id")}
    return str(condition(SimpleNamespace(**columns)))


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
