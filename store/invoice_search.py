"""Find an open invoice from what a person types: part of a number, a client, a talent, or an amount."""

from collections.abc import Sequence

from sqlalchemy import Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from store.contains import contains
from store.loading import whole_invoice
from store.models import IS_OPEN, Invoice
from store.money import cents_typed
from store.text import fold, number_key

SEARCH_LIMIT = 50
MOST_WORDS = 6
LONGEST_SEARCH = 100
LARGEST = 2**63


async def search_open(
    session: AsyncSession, typed: str, *, limit: int = SEARCH_LIMIT, currency: str | None = None
) -> Sequence[Invoice]:
    """List open invoices that fit what is ``typed``: its number first, then its amount, then every word.

    Literal, accents and case aside; an empty text lists the longest due. Whole invoices are returned.
    """
    found: dict[int, None] = {}
    for query in _questions(typed):
        if len(found) >= limit:
            break
        # A bare column would lead the planner away from the covering index, to a scan five times slower.
        asked = query if currency is None else query.where(Invoice.currency.concat("") == currency)
        found |= dict.fromkeys(await session.scalars(asked.limit(limit)))
    return await _whole(session, list(found)[:limit])


def _questions(typed: str) -> list[Select[int]]:
    typed = typed[:LONGEST_SEARCH]
    words = list(dict.fromkeys(fold(typed).split()))[:MOST_WORDS]
    if not words:
        return [_open("ix_invoices_search")]
    questions = [_open(None).where(Invoice.number_key == number_key(typed))]
    cents = cents_typed(typed)
    if cents is not None and 0 < cents < LARGEST:
        questions.append(_open("ix_invoices_open_cents").where(Invoice.open_cents == cents))
        questions.append(_open("ix_invoices_total_cents").where(Invoice.total_cents == cents))
    has_words = [contains(Invoice.search_text, word) for word in words]
    return [*questions, _open("ix_invoices_search").where(*has_words)]


def _open(index: str | None) -> Select[int]:
    """Open invoices by due date. SQLite is told the index: without statistics it prefers the currency's."""
    query = select(Invoice.id).where(text(IS_OPEN)).order_by(Invoice.due_date, Invoice.id)
    return query.with_hint(Invoice, f"INDEXED BY {index}", "sqlite") if index else query


async def _whole(session: AsyncSession, ids: Sequence[int]) -> Sequence[Invoice]:
    if not ids:
        return []
    query = select(Invoice).where(Invoice.id.in_(ids)).options(*whole_invoice())
    rows = {invoice.id: invoice for invoice in await session.scalars(query)}
    return [rows[invoice_id] for invoice_id in ids]
