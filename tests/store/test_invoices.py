import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import date
from functools import partial
from typing import Any

import pytest
from sqlalchemy import bindparam, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from matching import name_tokens
from store import invoices
from store.contains import contains
from store.engine import Database, open_database
from store.invoices import InvoiceConflict, Saved
from store.models import Client, ClientToken, Collaboration, Invoice, InvoiceReference, Talent
from store.types import InvoiceKind, InvoiceStatus, UtcDateTime
from tests.store_rows import NOW, add_invoice, add_payment, an_invoice, associate


async def save(database: Database, number: str = "FACT-2026-042", **changes: Any) -> Saved:
    async with database.write() as session:
        return await invoices.save_invoice(session, an_invoice(number, **changes), NOW)


async def count(database: Database, model: type[Any]) -> int:
    async with database.read() as session:
        return await session.scalar(select(func.count()).select_from(model)) or 0


async def test_an_invoice_brings_client_talent_and_collaboration(database: Database) -> None:
    saved = await save(database)
    assert saved.kind == "created"
    invoice = saved.invoice
    assert (invoice.status, invoice.open_cents, invoice.total_cents) == ("open", 150_000, 150_000)
    assert (invoice.client.name, invoice.client.email) == ("NIKE", "compta@nike.example")
    assert invoice.collaboration is not None
    assert invoice.collaboration.talent is not None
    assert (invoice.collaboration.title, invoice.collaboration.talent.name) == (
        "Campagne printemps",
        "Camille Dupré",
    )
    async with database.read() as session:
        keys = dict((await session.execute(select(InvoiceReference.key, InvoiceReference.kind))).all())
        assert keys["FACT2026042"] == "full"
        assert keys["2026/42"] == "year"
        assert list(await session.scalars(select(ClientToken.token))) == list(name_tokens("NIKE"))


async def test_the_same_again_changes_nothing(database: Database) -> None:
    """F8"""
    await save(database)
    again = await save(
        database, client="  nike ", talent="CAMILLE DUPRE", talent_email="Camille@Agence.example "
    )
    assert (again.kind, again.invoice.version) == ("unchanged", 1)
    for model in (Client, Talent, Collaboration, Invoice):
        assert await count(database, model) == 1


async def test_a_number_is_one_however_case_and_spaces_are_written(database: Database) -> None:
    await save(database, "fact  2026 42")
    async with database.read() as session:
        found = await invoices.get_by_number(session, " FACT 2026 42")
        assert found is not None
        assert (found.number, found.client.name) == ("fact  2026 42", "NIKE")
        assert await invoices.get_by_number(session, "FACT-2026-42") is None
    assert (await save(database, "FACT 2026 42")).kind == "changed"
    assert await count(database, Invoice) == 1


async def test_a_change_before_any_payment_is_taken(database: Database) -> None:
    await save(database)
    saved = await save(
        database,
        total_cents=99,
        client="Autre",
        client_email=None,
        collaboration="Été",
        due_date=date(2026, 3, 1),
    )
    assert (saved.kind, saved.invoice.version, saved.invoice.open_cents) == ("changed", 2, 99)
    assert saved.invoice.client.name == "Autre"
    assert saved.invoice.collaboration is not None
    assert saved.invoice.collaboration.title == "Été"
    assert saved.invoice.search_text.startswith("fact-2026-042 fact2026042 autre camille dupre ete")


async def test_other_references_are_kept_as_keys_and_replaced(database: Database) -> None:
    await save(database, other_references=("PO-7781",))
    saved = await save(database, other_references=("PO-7782",))
    assert saved.kind == "changed"
    async with database.read() as session:
        keys = set(await session.scalars(select(InvoiceReference.key)))
        assert "PO7782" in keys
        assert "PO7781" not in keys


@pytest.mark.parametrize(
    "change",
    [
        {"total_cents": 1},
        {"client": "Autre", "client_email": None},
        {"currency": "USD"},
        {"kind": InvoiceKind.CREDIT_NOTE},
    ],
)
async def test_a_change_that_contradicts_a_payment_is_refused(
    database: Database, change: dict[str, Any]
) -> None:
    """F7"""
    async with database.write() as session:
        payment = await add_payment(session)
        invoice = await add_invoice(session)
        await associate(session, payment.id, (invoice.id, 100))
    with pytest.raises(InvoiceConflict) as caught:
        await save(database, **change)
    assert caught.value.code == "has_payments"
    with pytest.raises(InvoiceConflict):
        await cancel(database, invoice.id)
    assert (await save(database)).kind == "unchanged"
    assert (await save(database, due_date=date(2026, 5, 1))).kind == "changed"


async def test_a_cancelled_invoice_stays_cancelled(database: Database) -> None:
    saved = await save(database)
    await cancel(database, saved.invoice.id)
    again = await save(database, total_cents=7)
    assert (again.kind, again.invoice.status, again.invoice.open_cents) == ("changed", "cancelled", 0)


async def test_a_client_is_found_by_an_address_only_one_has(database: Database) -> None:
    await save(database, "F-1", client="NIKE", client_email=None)
    first = await save(database, "F-2", client="NIKE", client_email="A@x.example")
    assert first.invoice.client.email == "a@x.example"
    by_address = await save(database, "F-3", client="Nike Europe", client_email="a@x.example")
    assert by_address.invoice.client_id == first.invoice.client_id
    await save(database, "F-4", client="Adès", client_email="b@x.example")
    kept = await save(database, "F-5", client="ades", client_email="c@x.example")
    assert (kept.invoice.client.name, kept.invoice.client.email) == ("Adès", "b@x.example")


async def test_talents_are_told_apart_by_address_and_never_guessed(database: Database) -> None:
    """S18"""
    first = await save(database, "F-1", talent="Jo", talent_email=None)
    completed = await save(database, "F-2", talent="JO", talent_email="jo@x.example")
    namesake = await save(database, "F-3", talent="Jo", talent_email="other@x.example")
    by_address = await save(database, "F-4", talent=None, talent_email="jo@x.example")
    ids = [
        saved.invoice.collaboration.talent_id
        for saved in (first, completed, namesake, by_address)
        if saved.invoice.collaboration
    ]
    assert ids[0] == ids[1] == ids[3]
    assert ids[2] != ids[0]
    for talent, email, code in (
        ("Jo", None, "talent_ambiguous"),
        ("Al", "jo@x.example", "talent_email_taken"),
    ):
        with pytest.raises(InvoiceConflict) as caught:
            await save(database, "F-5", talent=talent, talent_email=email)
        assert caught.value.code == code
    nameless = await save(database, "F-6", talent=None, talent_email="new@x.example")
    assert nameless.invoice.collaboration is not None
    assert nameless.invoice.collaboration.talent is not None
    assert nameless.invoice.collaboration.talent.name == "new@x.example"


async def test_an_invoice_without_talent_or_title_has_no_collaboration(database: Database) -> None:
    alone = await save(database, "F-1", talent=None, talent_email=None, collaboration=None)
    assert alone.invoice.collaboration is None
    titled = await save(database, "F-2", talent=None, talent_email=None, collaboration="Salon")
    again = await save(database, "F-3", talent=None, talent_email=None, collaboration="salon")
    assert titled.invoice.collaboration_id == again.invoice.collaboration_id
    untitled = await save(database, "F-4", collaboration=" ")
    assert untitled.invoice.collaboration is not None
    assert untitled.invoice.collaboration.title == "F-4"


async def cancel(database: Database, invoice_id: int) -> None:
    async with database.write() as session:
        (locked,) = await invoices.lock_invoices(session, [invoice_id])
        await invoices.cancel_invoice(session, locked, NOW)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"number": "  "}, "number_empty"),
        ({"client": " "}, "client_name_empty"),
        ({"total_cents": 0}, "total_not_positive"),
        ({"total_cents": -5}, "total_not_positive"),
    ],
)
async def test_an_invoice_that_makes_no_sense_is_refused(
    database: Database, changes: dict[str, object], code: str
) -> None:
    with pytest.raises(InvoiceConflict) as caught:
        await save(database, **{"number": "F-1", **changes})  # type: ignore[arg-type]  # as the row says
    assert caught.value.code == code


async def test_the_same_invoice_from_several_sessions_is_one(database_url: str) -> None:
    databases = [open_database(database_url) for _ in range(3)]

    async def import_all(own: Database) -> list[str]:
        kinds = []
        for n in range(10):
            save_it = partial(invoices.save_invoice, new=an_invoice(f"F-{n}"), now=NOW)
            kinds.append((await own.run(save_it)).kind)
        return list(kinds)

    kinds = await asyncio.gather(*(import_all(own) for own in databases), return_exceptions=True)
    flat = [kind for result in kinds if isinstance(result, list) for kind in result]
    assert flat.count("created") == 10, kinds
    assert flat.count("unchanged") == 20
    for model, expected in ((Invoice, 10), (Client, 1), (Talent, 1), (Collaboration, 1)):
        assert await count(databases[0], model) == expected
    for own in databases:
        await own.close()


async def test_lists_page_from_the_latest_due_and_filter(database: Database) -> None:
    for n in range(5):
        await save(database, f"F-{n}", due_date=date(2026, 2, 1 + n // 2))
    async with database.read() as session:
        first = await invoices.list_invoices(session, limit=3)
        rest = await invoices.list_invoices(session, limit=3, after=first.next_cursor)
        assert [row.number for row in first.invoices] == ["F-4", "F-3", "F-2"]
        assert [row.number for row in rest.invoices] == ["F-1", "F-0"]
        assert rest.next_cursor is None
        assert first.invoices[0].client.name == "NIKE"
        paid = await invoices.list_invoices(session, state=InvoiceStatus.PAID)
        assert list(paid.invoices) == []
        named = await invoices.list_invoices(session, q="dupre f-3")
        assert [row.number for row in named.invoices] == ["F-3"]


async def test_summary_and_overdue_count_invoices_that_are_due(database: Database) -> None:
    today = date(2026, 2, 1)
    await save(database, "F-1", due_date=date(2026, 1, 31))
    await save(database, "F-2", due_date=today, total_cents=5)
    await save(database, "F-3", due_date=date(2026, 1, 1), currency="USD", total_cents=7)
    await save(database, "AV-1", due_date=date(2026, 1, 1), kind=InvoiceKind.CREDIT_NOTE)
    async with database.read() as session:
        summary = await invoices.open_summary(session, today)
        assert (summary.open_count, summary.open_cents) == (3, {"EUR": 150_005, "USD": 7})
        assert (summary.overdue_count, summary.overdue_cents) == (2, {"EUR": 150_000, "USD": 7})
        late = await invoices.overdue(session, today)
        assert [row.number for row in late] == ["F-3", "F-1"]
        assert len(await invoices.overdue(session, today, limit=1)) == 1


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
        rows = await invoices.search_open(session, typed)
        assert [row.number for row in rows] == found
        assert all(row.client.name for row in rows)


async def test_a_search_puts_the_exact_number_first_and_keeps_to_the_currency(database: Database) -> None:
    await save(database, "150", due_date=date(2026, 9, 9), total_cents=1)
    await save(database, "A-150", due_date=date(2026, 1, 1), total_cents=2)
    await save(database, "B", due_date=date(2026, 5, 1), total_cents=15_000)
    await save(database, "C-150", currency="USD", total_cents=3)
    async with database.read() as session:
        rows = await invoices.search_open(session, "150", limit=3)
        assert [row.number for row in rows] == ["150", "B", "A-150"]
        dollars = await invoices.search_open(session, "150", currency="USD")
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
        search = partial(invoices.search_open, typed=typed, limit=50, currency="EUR")
        seconds = await median_seconds(database, search)
        assert seconds < 6 * one_pass + 0.05, (typed, seconds, one_pass)


async def read_every_search_text(session: AsyncSession) -> None:
    found = select(func.count()).where(contains(Invoice.search_text, "no such text"))
    assert await session.scalar(found) == 0
