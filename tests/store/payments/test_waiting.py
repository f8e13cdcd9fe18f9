import asyncio

import pytest

from store.db.engine import Database
from store.paging import CursorRefused, read_day_cursor, read_instant_cursor, write_cursor
from store.payments.accounts import (
    NewAccount,
    get_cursor,
    list_accounts,
    own_ibans,
    save_accounts,
    set_cursor,
)
from store.payments.waiting import (
    cursor_of,
    get_transaction,
    list_payments,
    lock_transaction,
    needing_reread,
    waiting_payments,
    waiting_summary,
)
from store.types import PaymentState
from tests.support.store_rows import IBAN, NOW, add_payment, later


async def fill(database: Database, count: int = 5) -> list[int]:
    async with database.write() as session:
        rows = [
            await add_payment(session, f"t-{n}", settled_at=later(n // 2), amount_cents=100 + n)
            for n in range(count)
        ]
        return [row.id for row in rows]


async def test_waiting_payments_come_oldest_first_and_page(database: Database) -> None:
    ids = await fill(database)
    async with database.read() as session:
        first = await waiting_payments(session, limit=2)
        assert [row.id for row in first] == ids[:2]
        rest = await waiting_payments(session, limit=9, after=cursor_of(first[-1]))
        assert [row.id for row in rest] == ids[2:]


async def test_the_summary_counts_what_waits_by_currency(database: Database) -> None:
    await fill(database, 3)
    async with database.write() as session:
        await add_payment(session, "usd", currency="USD", amount_cents=7)
        (await add_payment(session, "aside")).state = PaymentState.IGNORED
    async with database.read() as session:
        count, cents = await waiting_summary(session)
        assert (count, cents) == (4, {"EUR": 303, "USD": 7})


async def test_pages_go_from_newest_to_oldest_without_hole_or_repeat(database: Database) -> None:
    ids = await fill(database, 7)
    seen: list[int] = []
    after = None
    async with database.read() as session:
        while True:
            page = await list_payments(session, after=after, limit=3)
            seen += [row.id for row in page.payments]
            after = page.next_cursor
            if after is None:
                break
    assert seen == ids[::-1]


async def test_only_payments_are_listed_and_the_state_filters(database: Database) -> None:
    ids = await fill(database, 3)
    async with database.write() as session:
        (await add_payment(session, "no payment")).state = None
        row = await get_transaction(session, ids[0])
        assert row is not None
        row.state = PaymentState.IGNORED
    async with database.read() as session:
        everything = await list_payments(session)
        ignored = await list_payments(session, state=PaymentState.IGNORED)
    assert [row.id for row in everything.payments] == ids[::-1]
    assert [row.id for row in ignored.payments] == ids[:1]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("elodie", ["e"]),
        ("ÉLODIE  b", ["e"]),
        ("100%", ["p"]),
        ("100_", []),
        ("%", ["p"]),
        ("_", []),
        ("\\", ["s"]),
        ("12,34", ["e"]),
        ("12.34 €", ["e"]),
        ("1 234,00", ["p"]),
        ("'; --", []),
        ("😀" * 5000, []),
        ("   ", ["s", "p", "e"]),
        ("99999999999999999999", []),
    ],
)
async def test_a_search_is_literal_and_ignores_accents(
    database: Database, typed: str, found: list[str]
) -> None:
    """S26, X5"""
    async with database.write() as session:
        plain = {"reference": None, "counterparty_name": None}
        await add_payment(session, "e", label="Élodie   B", amount_cents=1234, **plain)
        await add_payment(session, "p", label="remise 100% ", amount_cents=123_400, **plain)
        await add_payment(session, "s", label="a\\b", amount_cents=5, **plain)
    async with database.read() as session:
        page = await list_payments(session, q=typed)
    assert [row.qonto_id for row in page.payments] == found


@pytest.mark.parametrize("cursor", ["", "x", "é", "bm90IGpzb24", "W10", "WzEsMl0", "WyJ4IiwxXQ", "A" * 5000])
async def test_a_cursor_of_somebody_else_is_refused(database: Database, cursor: str) -> None:
    async with database.read() as session:
        with pytest.raises(CursorRefused):
            await list_payments(session, after=cursor)
    with pytest.raises(CursorRefused):
        read_day_cursor(cursor)


def test_a_cursor_without_zone_or_of_a_huge_row_is_refused() -> None:
    with pytest.raises(CursorRefused):
        read_day_cursor(write_cursor(NOW, 2**70))
    with pytest.raises(CursorRefused):
        read_instant_cursor(write_cursor(NOW.replace(tzinfo=None), 1))


async def test_what_must_be_read_again_is_listed(database: Database) -> None:
    ids = await fill(database, 2)
    async with database.write() as session:
        first = await get_transaction(session, ids[0])
        assert first is not None
        first.needs_reread = True
    async with database.read() as session:
        assert [row.id for row in await needing_reread(session, 10)] == ids[:1]


async def test_a_lock_reads_fresh_and_makes_the_other_wait(database_url: str, database: Database) -> None:
    (payment_id,) = await fill(database, 1)
    order = []

    async def first() -> None:
        async with database.write() as session:
            row = await lock_transaction(session, payment_id)
            assert row is not None
            await asyncio.sleep(0.2)
            row.version = 50
            order.append("first")

    async def second() -> None:
        await asyncio.sleep(0.05)
        async with database.write() as session:
            row = await lock_transaction(session, payment_id)
            order.append("second")
            assert row is not None
            assert row.version == 50

    await asyncio.gather(first(), second())
    assert order == ["first", "second"]
    async with database.write() as session:
        assert await lock_transaction(session, 999) is None


async def test_accounts_are_kept_and_tell_our_own_ibans(database: Database) -> None:
    def account(qonto_id: str, **changes: object) -> NewAccount:
        values = {"name": "Compte", "iban": IBAN, "currency": "EUR", "status": "active", "is_main": False}
        return NewAccount(qonto_id=qonto_id, **(values | changes))  # type: ignore[arg-type]  # as each test says

    async with database.write() as session:
        await save_accounts(session, [account("b", iban=None), account("a", is_main=True)], NOW)
        await save_accounts(session, [account("b", status="closed", iban=None)], NOW)
        assert [(row.qonto_id, row.status) for row in await list_accounts(session)] == [
            ("a", "active"),
            ("b", "closed"),
        ]
        assert await own_ibans(session) == {IBAN}


async def test_a_cursor_remembers_how_far_an_account_was_read(database: Database) -> None:
    async with database.write() as session:
        new = NewAccount(qonto_id="a", name="C", iban=None, currency="EUR", status="active", is_main=True)
        await save_accounts(session, [new], NOW)
        assert await get_cursor(session, "a", "completed") is None
    for error in ("HTTP 403", None):
        async with database.write() as session:
            await set_cursor(
                session, "a", "completed", watermark_at=NOW, synced_at=later(1), last_error=error
            )
    async with database.read() as session:
        cursor = await get_cursor(session, "a", "completed")
        assert cursor is not None
        assert (cursor.watermark_at, cursor.synced_at, cursor.last_error) == (NOW, later(1), None)
