"""What the database cannot do for a while is said as such, and goes on afterwards, on both engines."""

import asyncio

import pytest
from sqlalchemy import select, text

from store.db.engine import Database, open_database
from store.errors import CommitUnknown, DatabaseUnavailable, TransactionConflict
from store.messages import state
from store.models import ServiceState
from tests.store.support import get, put
from tests.support.databases import cut_all
from tests.support.store_rows import NOW


async def test_a_locked_database_is_unavailable_and_recovers(sqlite_url: str) -> None:
    """D2: with the wait shortened."""
    database, other = open_database(sqlite_url), open_database(sqlite_url)
    async with database.write() as session:
        await session.execute(text("PRAGMA busy_timeout=50"))
    async with other.write():
        with pytest.raises(DatabaseUnavailable, match="locked"):
            async with database.write():
                pass
        assert await get(database, "after") is None
    await put(database, "after", {})
    await database.close()
    await other.close()


async def test_a_full_disk_is_unavailable_and_recovers(sqlite_url: str) -> None:
    """D1: with the file's size capped in place of a full disk."""
    database = open_database(sqlite_url)
    async with database.write() as session:
        pages = await session.scalar(text("PRAGMA page_count"))
        await session.execute(text(f"PRAGMA max_page_count={pages}"))
    with pytest.raises(DatabaseUnavailable, match="disk full"):
        await put(database, "big", {"x": "y" * 100_000})
    assert await get(database, "big") is None
    async with database.write() as session:
        await session.execute(text("PRAGMA max_page_count=1000000"))
    await put(database, "big", {"x": "y" * 100_000})
    await database.close()


async def test_a_server_that_refuses_is_unavailable() -> None:
    database = open_database("postgresql+asyncpg://nobody:secret@127.0.0.1:1/none")
    for opened in (database.write, database.read):
        with pytest.raises(DatabaseUnavailable) as caught:
            async with opened():
                pass
        assert "secret" not in str(caught.value)
    await database.close()


async def test_connections_cut_by_the_server_are_replaced(postgres_url: str) -> None:
    """D14"""
    database = open_database(postgres_url)
    assert await get(database, "after") is None
    await cut_all(postgres_url)
    assert await get(database, "after") is None
    await put(database, "after", {})
    await database.close()


async def test_a_connection_cut_inside_a_transaction_is_unavailable(postgres_url: str) -> None:
    database = open_database(postgres_url)

    async def cut_between() -> None:
        async with database.write() as session:
            await state.put(session, "lost", {}, NOW)
            await cut_all(postgres_url)
            await state.put(session, "lost too", {}, NOW)

    with pytest.raises(DatabaseUnavailable):
        await cut_between()
    assert await get(database, "lost") is None
    await database.close()


async def test_a_connection_cut_at_commit_is_an_unknown_outcome(postgres_url: str) -> None:
    told: list[str] = []
    database = open_database(postgres_url, on_commit=lambda: told.append("now"))

    async def cut_at_the_end() -> None:
        async with database.write() as session:
            await state.put(session, "who knows", {}, NOW)
            await cut_all(postgres_url)

    with pytest.raises(CommitUnknown):
        await cut_at_the_end()
    assert told, "it may be there: whoever waits must look"
    await put(database, "after", {})
    await database.close()


async def test_a_deadlock_is_run_again(postgres_url: str) -> None:
    """D16"""
    database = open_database(postgres_url)
    await put(database, "a", {"n": 0})
    await put(database, "b", {"n": 0})
    both_hold_one = asyncio.Barrier(2)
    first_try = {"ab": True, "ba": True}

    async def add(order: str) -> None:
        async def work(session: object) -> None:
            for name in order:
                row = await session.scalar(  # type: ignore[attr-defined]  # an AsyncSession
                    select(ServiceState).where(ServiceState.name == name).with_for_update()
                )
                row.value = {"n": row.value["n"] + 1}
                if first_try[order]:
                    first_try[order] = False
                    await both_hold_one.wait()

        await database.run(work)

    await asyncio.gather(add("ab"), add("ba"))
    assert (await get(database, "a"), await get(database, "b")) == ({"n": 2}, {"n": 2})
    await database.close()


async def test_a_conflict_that_lasts_is_reported(database: Database) -> None:
    tried = []

    async def work(_session: object) -> None:
        tried.append(1)
        raise TransactionConflict("again")

    with pytest.raises(TransactionConflict):
        await database.run(work)
    assert len(tried) == 3


async def test_an_exhausted_pool_is_unavailable(sqlite_url: str) -> None:
    """D15: the wait is bounded; here it is shortened."""
    database = open_database(sqlite_url)
    pool = database.writer.sync_engine.pool
    pool._timeout = 0.05  # type: ignore[attr-defined]  # the pool's own setting, set at creation
    async with database.write():
        with pytest.raises(DatabaseUnavailable, match="busy"):
            async with database.write():
                pass
    await put(database, "after", {})
    await database.close()
