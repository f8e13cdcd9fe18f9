"""Two people, two processes, one decision: someone wins, and nothing is booked twice."""

import asyncio
from collections.abc import Awaitable, Callable

from sqlalchemy import func, select

from store.books.arithmetic import LedgerError
from store.db.engine import Database, open_database
from store.models import Decision
from tests.store.support import one_of_each, read
from tests.support.store_rows import add_invoice, add_payment, associate, undo


async def together(database_url: str, *acts: Callable[[Database], Awaitable[object]]) -> list[object]:
    """Run each act from a process's worth of connections of its own, at the same moment."""
    databases = [open_database(database_url) for _ in acts]
    try:
        started = [act(database) for act, database in zip(acts, databases, strict=True)]
        return list(await asyncio.gather(*started, return_exceptions=True))
    finally:
        for database in databases:
            await database.close()


def associating(payment_id: int, *parts: tuple[int, int]) -> Callable[[Database], Awaitable[object]]:
    async def act(database: Database) -> object:
        async with database.write() as session:
            return (await associate(session, payment_id, *parts)).id

    return act


async def test_a_double_click_from_two_processes_associates_once(
    database_url: str, database: Database
) -> None:
    """S7, S8"""
    payment_id, invoice_id = await one_of_each(database)
    act = associating(payment_id, (invoice_id, 150_000))
    results = await together(database_url, act, act, act)
    assert sum(isinstance(result, int) for result in results) == 1
    assert sum(isinstance(result, LedgerError) for result in results) == 2
    async with database.read() as session:
        assert await session.scalar(select(func.count()).select_from(Decision)) == 1
    await read(database, payment_id, invoice_id)


async def test_two_admins_with_different_invoices_have_one_winner(
    database_url: str, database: Database
) -> None:
    """S9"""
    payment_id, invoice_id = await one_of_each(database)
    async with database.write() as session:
        other = (await add_invoice(session, "F-2")).id
    results = await together(
        database_url,
        associating(payment_id, (invoice_id, 150_000)),
        associating(payment_id, (other, 150_000)),
    )
    assert sorted(type(result).__name__ for result in results) == ["OverAllocated", "int"]
    await read(database, payment_id, invoice_id)


async def test_two_payments_of_one_invoice_have_one_winner(database_url: str, database: Database) -> None:
    payment_id, invoice_id = await one_of_each(database)
    async with database.write() as session:
        other = (await add_payment(session, "t-2")).id
    results = await together(
        database_url,
        associating(payment_id, (invoice_id, 150_000)),
        associating(other, (invoice_id, 150_000)),
    )
    assert sorted(type(result).__name__ for result in results) == ["InvoiceNotOpen", "int"]
    await read(database, payment_id, invoice_id)


async def test_crossing_groups_of_invoices_do_not_deadlock(database_url: str, database: Database) -> None:
    async with database.write() as session:
        ids = [(await add_invoice(session, f"F-{n}", total_cents=1_000)).id for n in range(6)]
        paying = [(await add_payment(session, f"t-{n}", amount_cents=600)).id for n in range(4)]
    acts = [
        associating(payment_id, *((one, 100) for one in (ids if n % 2 else ids[::-1])))
        for n, payment_id in enumerate(paying)
    ]
    results = await together(database_url, *acts)
    assert all(isinstance(result, int) for result in results), results
    await read(database, paying[0], ids[0])


async def test_an_undo_from_two_processes_happens_once(database_url: str, database: Database) -> None:
    payment_id, invoice_id = await one_of_each(database)
    async with database.write() as session:
        decision_id = (await associate(session, payment_id, (invoice_id, 150_000))).id

    async def act(own: Database) -> object:
        async with own.write() as session:
            return (await undo(session, decision_id)).id

    results = await together(database_url, act, act)
    assert sorted(type(result).__name__ for result in results) == ["AlreadyReversed", "int"]
    await read(database, payment_id, invoice_id)


async def test_the_last_two_invoices_of_a_collaboration_paid_at_once_pay_it(
    database_url: str, database: Database
) -> None:
    payment_id, invoice_id = await one_of_each(database)
    async with database.write() as session:
        other = (await add_invoice(session, "F-2", total_cents=150_000)).id
        second = (await add_payment(session, "t-2")).id
    results = await together(
        database_url,
        associating(payment_id, (invoice_id, 150_000)),
        associating(second, (other, 150_000)),
    )
    assert all(isinstance(result, int) for result in results)
    _, _, collaboration = await read(database, payment_id, invoice_id)
    assert collaboration.status == "paid"
