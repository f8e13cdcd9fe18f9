"""Lists, figures and the search of invoices, on both databases."""

import time
from collections.abc import Awaitable, Callable
from datetime import date
from functools import partial

import pytest
from sqlalchemy import bindparam, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from store.db.dialects import contains
from store.db.engine import Database
from store.invoices.read import list_invoices, open_summary, overdue
from store.invoices.search import search_open
from store.models import Invoice
from store.types import InvoiceKind, InvoiceStatus, UtcDateTime
from tests.store.support import cancel, save
from tests.support.store_rows import NOW


async def test_lists_page_from_the_latest_due_and_filter(database: Database) -> None:
    for n in range(5):
        await save(database, f"F-{n}", due_date=date(2026, 2, 1 + n // 2))
    async with database.read() as session:
        first = await list_invoices(session, limit=3)
        rest = await list_invoices(session, limit=3, after=first.next_cursor)
        assert [row.number for row in first.invoices] == ["F-4", "F-3", "F-2"]
        assert [row.number for row in rest.invoices] == ["F-1", "F-0"]
        assert rest.next_cursor is None
        assert first.invoices[0].client.name == "NIKE"
        paid = await list_invoices(session, state=InvoiceStatus.PAID)
        assert list(paid.invoices) == []
        named = await list_invoices(session, q="dupre f-3")
        assert [row.number for row in named.invoices] == ["F-3"]


async def test_summary_and_overdue_count_invoices_that_are_due(database: Database) -> None:
    today = date(2026, 2, 1)
    await save(database, "F-1", due_date=date(2026, 1, 31))
    await save(database, "F-2", due_date=today, total_cents=5)
    await save(database, "F-3", due_date=date(2026, 1, 1), currency="USD", total_cents=7)
    await save(database, "AV-1", due_date=date(2026, 1, 1), kind=InvoiceKind.CREDIT_NOTE)
    async with database.read() as session:
        summary = await open_summary(session, today)
        assert (summary.open_count, summary.open_cents) == (3, {"EUR": 150_005, "USD": 7})
        assert (summary.overdue_count, summary.overdue_cents) == (2, {"EUR": 150_000, "USD": 7})
        late = await overdue(session, today)
        assert [row.number for row in late] == ["F-3", "F-1"]
        assert len(await overdue(session, today, limit=1)) == 1


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", ["F-2026-007", "F-2026-042", "X-1"]),
        ("2026-042", ["F-2026-042"]),
        ("f2026042", ["F-2026-042"]),
        ("hélène", ["F-2026-007"]),
        ("HELENE nike", ["F-2026-007"]),
        ("nike adès", []),
        ("ADES", ["X-1"]),
        ("1 234,56", ["X-1"]),
        ("1234.56 €", ["X-1"]),
        ("x-1", ["X-1"]),
        ("%", []),
        ("_", []),
        ("'", []),
        ("😀", []),
        ("a" * 10_000, []),
        ("99999999999999", []),
    ],
)
async def test_open_invoices_are_found_by_what_a_person_types(
    database: Database, typed: str, found: list[str]
) -> None:
    await save(database, "F-2026-042", due_date=date(2026, 2, 2))
    await save(database, "F-2026-007", talent="Hélène", talent_email=None)
    await save(
        database, "X-1", client="Adès", client_email=None, total_cents=123_456, due_date=date(2026, 3, 1)
    )
    hidden = await save(database, "F-2026-0421", client="Nike")
    await cancel(database, hidden.invoice.id)
    async with database.read() as session:
        rows = await search_open(session, typed)
        assert [row.number for row in rows] == found
        assert all(row.client.name for row in rows)


async def test_a_search_puts_the_exact_number_first_and_keeps_to_the_currency(database: Database) -> None:
    await save(database, "150", due_date=date(2026, 9, 9), total_cents=1)
    await save(database, "A-150", due_date=date(2026, 1, 1), total_cents=2)
    await save(database, "B", due_date=date(2026, 5, 1), total_cents=15_000)
    await save(database, "C-150", currency="USD", total_cents=3)
    async with database.read() as session:
        rows = await search_open(session, "150", limit=3)
        assert [row.number for row in rows] == ["150", "B", "A-150"]
        dollars = await search_open(session, "150", currency="USD")
        assert [row.number for row in dollars] == ["C-150"]


async def fill(database: Database, count_of_invoices: int) -> None:
    """Many open invoices of a few hundred clients, written by the database itself: as quick as can be."""
    numbers = "SELECT 1 AS n UNION ALL SELECT n + 1 FROM numbers WHERE n < :most"
    day = "date('2026-01-01', (n % 365) || ' days')" if database.is_sqlite else "DATE '2026-01-01' + n % 365"
    number = "printf('%06d', n)" if database.is_sqlite else "lpad(n::text, 6, '0')"
    columns = "number, number_key, client_id, kind, status, currency, total_cents, settled_cents, open_cents"
    now = bindparam("now", NOW, UtcDateTime())
    async with database.write() as session:
        await session.execute(
            text(
                "INSERT INTO clients (id, name, name_key, created_at)"
                f" WITH RECURSIVE numbers AS ({numbers}) SELECT n, 'Client ' || n, 'client ' || n, :now FROM numbers"
            ).bindparams(now, most=300)
        )
        await session.execute(
            text(
                f"INSERT INTO invoices ({columns}, due_date, language, search_text, version, created_at, updated_at)"
                f" WITH RECURSIVE numbers AS ({numbers}) SELECT 'FACT-2026-' || {number}, 'fact-2026-' || {number},"
                " 1 + n % 300, 'invoice', 'open', 'EUR', 1000 * (1 + n % 900), 0, 1000 * (1 + n % 900),"
                f" {day}, 'fr', 'fact-2026-' || {number} || ' fact2026' || {number} || ' client ' || (1 + n % 300)"
                " || ' talent ' || (n % 77) || ' campagne ' || (n % 13), 1, :now, :now FROM numbers"
            ).bindparams(now, most=count_of_invoices)
        )
    await database.tidy()


async def median_seconds(database: Database, work: Callable[[AsyncSession], Awaitable[object]]) -> float:
    times = []
    for _ in range(7):
        async with database.read() as session:
            started = time.perf_counter()
            await work(session)
            times.append(time.perf_counter() - started)
    return sorted(times)[3]


@pytest.mark.slow
async def test_a_search_among_a_hundred_thousand_open_invoices_is_quick(database: Database) -> None:
    """About 20 ms on a machine of its own: no more than a few passes over what is searched."""
    await fill(database, 100_000)
    one_pass = await median_seconds(database, read_every_search_text)
    for typed in (
        "099999",
        "fact-2026-012345",
        "client 299 talent 5",
        "12,00",
        "nothing like it",
        "campagne",
        "",
    ):
        search = partial(search_open, typed=typed, limit=50, currency="EUR")
        seconds = await median_seconds(database, search)
        assert seconds < 6 * one_pass + 0.05, (typed, seconds, one_pass)


async def read_every_search_text(session: AsyncSession) -> None:
    found = select(func.count()).where(contains(Invoice.search_text, "no such text"))
    assert await session.scalar(found) == 0
