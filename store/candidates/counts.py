"""Counts that only set a scale: exact while small, remembered for ten minutes once counting them is work."""

import time
from collections.abc import MutableMapping
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from matching import InvoiceKind
from store.models import Client, Invoice

EXACT_UP_TO = 2_000
REMEMBER_SECONDS = 600.0

# One memory per database connection pool; gone with it.
_remembered: MutableMapping[Any, dict[str, tuple[float, int]]] = WeakKeyDictionary()


def open_invoices(currency: str) -> tuple[str, Select[Any]]:
    """Name the count of a currency's open invoices, and what it counts."""
    is_open = (Invoice.currency == currency, Invoice.kind == InvoiceKind.INVOICE, Invoice.open_cents > 0)
    return f"open:{currency}", select(Invoice.id).where(*is_open)


def clients() -> tuple[str, Select[Any]]:
    """Name the count of clients, and what it counts."""
    return "clients", select(Client.id)


def remembered(connection: AsyncConnection, name: str) -> int | None:
    """Give a large count taken less than ten minutes ago, by this process; None when there is none."""
    counted_at, count = _remembered.get(_pool(connection), {}).get(name, (0.0, 0))
    return count if count and time.monotonic() - counted_at < REMEMBER_SECONDS else None


async def whole(connection: AsyncConnection, counted: tuple[str, Select[Any]], so_far: int) -> int:
    """Give ``so_far`` when counting stopped below ``EXACT_UP_TO``; else count everything, and remember it."""
    if so_far < EXACT_UP_TO:
        return so_far
    name, query = counted
    count = await connection.scalar(select(func.count()).select_from(query.subquery())) or 0
    _remembered.setdefault(_pool(connection), {})[name] = (time.monotonic(), count)
    return count


def _pool(connection: AsyncConnection) -> Any:
    return connection.sync_connection.engine if connection.sync_connection else connection.engine
