"""Counts that only set a scale: exact while small, remembered for ten minutes once counting them is work."""

import time
from collections.abc import MutableMapping
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from matching import InvoiceKind
from store.models import Client, Invoice

EXACT_UP_TO = 2_000
REMEMBER_SECONDS = 600.0

# One memory per database connection pool; gone with it.
_remembered: MutableMapping[Any, dict[str, tuple[float, int]]] = WeakKeyDictionary()


async def approximate_open_invoices(session: AsyncSession, currency: str) -> int:
    """About how many invoices of a currency are open; exact up to 2 000."""
    query = select(Invoice.id).where(
        Invoice.currency == currency, Invoice.kind == InvoiceKind.INVOICE, Invoice.open_cents > 0
    )
    return await _count(session, f"open:{currency}", query)


async def approximate_clients(session: AsyncSession) -> int:
    """About how many clients there are; exact up to 2 000."""
    return await _count(session, "clients", select(Client.id))


async def _count(session: AsyncSession, name: str, query: Select[Any]) -> int:
    bounded = select(func.count()).select_from(query.limit(EXACT_UP_TO).subquery())
    small = await session.scalar(bounded) or 0
    if small < EXACT_UP_TO:
        return small
    counts = _remembered.setdefault(session.get_bind().engine, {})
    counted_at, count = counts.get(name, (0.0, 0))
    if count and time.monotonic() - counted_at < REMEMBER_SECONDS:
        return count
    count = await session.scalar(select(func.count()).select_from(query.subquery())) or 0
    counts[name] = (time.monotonic(), count)
    return count
