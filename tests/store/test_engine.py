import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError

from store import engine, payments, state
from store.engine import Database, open_database
from store.errors import (
    CommitUnknown,
    DatabaseUnavailable,
    TransactionConflict,
    UnsupportedDatabase,
    ValueRefused,
)
from store.models import Client, ServiceState, Transaction
from tests.databases import cut_all
from tests.store_rows import NOW, a_transaction, add_payment


async def put(database: Database, name: str, value: dict[str, object]) -> None:
    async with database.write() as session:
        await state.put(session, name, value, NOW)


async def get(database: Database, name: str) -> dict[str, object] | None:
    async with database.read() as session:
        return await state.get(session, name)


async def test_both_databases_answer_and_name_their_version(database: Database) -> None:
    await database.ping()
    assert (await database.version()).split()[0] in {"SQLite", "PostgreSQL"}


async def test_a_unit_of_work_is_whole_or_nothing(database: Database) -> None:
    await put(database, "kept", {"n": 1})

    async def half() -> None:
        async with database.write() as session:
            await state.put(session, "lost", {"n": 2}, NOW)
            raise RuntimeError("half-way")

    with pytest.raises(RuntimeError, match="half-way"):
        await half()
    assert await get(database, "kept") == {"n": 1}
    assert await get(database, "lost") is None


async def test_a_cancelled_unit_of_work_leaves_the_writer_usable(database: Database) -> None:
    async def never_ends() -> None:
        async with database.write() as session:
            await state.put(session, "lost", {}, NOW)
            await asyncio.sleep(60)

    task = asyncio.create_task(never_ends())
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await put(database, "next", {})
    assert await get(database, "lost") is None


async def test_a_read_first_is_inside_the_transaction(database: Database) -> None:
    """S8: read, then write, from many tasks at once; no increment may be lost."""
    await put(database, "counter", {"n": 0})

    async def increment() -> None:
        async with database.write() as session:
            row = await session.scalar(
                select(ServiceState).where(ServiceState.name == "counter").with_for_update()
            )
            assert row is not None
            await asyncio.sleep(0.001)
            row.value = {"n": row.value["n"] + 1}

    await asyncio.gather(*(increment() for _ in range(25)))
    assert await get(database, "counter") == {"n": 25}


async def test_two_processes_on_one_sqlite_file_lose_no_increment(sqlite_url: str) -> None:
    database = open_database(sqlite_url)
    await put(database, "counter", {"n": 0})
    script = """
import asyncio, sys
from store.engine import open_database
from store.models import ServiceState
async def main():
    database = open_database(sys.argv[1])
    for _ in range(50):
        async with database.write() as session:
            row = await session.get(ServiceState, "counter")
            row.value = {"n": row.value["n"] + 1}
    await database.close()
asyncio.run(main())
"""
    processes = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", script, sqlite_url) for _ in range(2)
    ]
    assert [await process.wait() for process in processes] == [0, 0]
    assert await get(database, "counter") == {"n": 100}
    await database.close()


async def test_a_reader_sees_one_instant_and_cannot_write(database: Database) -> None:
    await put(database, "fact", {"n": 1})
    async with database.read() as session:
        assert await state.get(session, "fact") == {"n": 1}
        await put(database, "fact", {"n": 2})
        assert await state.get(session, "fact") == {"n": 1}
    with pytest.raises((DBAPIError, DatabaseUnavailable)):
        async with database.read() as session:
            await session.execute(insert(ServiceState).values(name="x", value={}, updated_at=NOW))


async def test_sqlite_is_durable_strict_and_in_wal_mode(sqlite_url: str) -> None:
    """D4, D12"""
    database = open_database(sqlite_url)
    for opened in (database.write, database.read):
        async with opened() as session:
            asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            values = [await session.scalar(text(f"PRAGMA {name}")) for name in asked]
            assert values == ["wal", 2, 1, 5000]
    await database.close()


async def test_a_foreign_key_is_enforced(database: Database) -> None:
    with pytest.raises(DBAPIError, match=r"(?i)foreign key"):
        async with database.write() as session:
            await session.execute(text("INSERT INTO client_tokens (token, client_id) VALUES ('x', 99)"))


async def test_a_locked_database_is_unavailable_and_recovers(sqlite_url: str) -> None:
    """D2: with the wait shortened."""
    database, other = open_database(sqlite_url), open_database(sqlite_url)
    async with database.write() as session:
        await session.execute(text("PRAGMA busy_timeout=50"))
    async with other.write():
        with pytest.raises(DatabaseUnavailable, match="locked"):
            async with database.write():
                pass
        await database.ping()
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
    await database.ping()
    await cut_all(postgres_url)
    await database.ping()
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
    database = open_database(postgres_url)

    async def cut_at_the_end() -> None:
        async with database.write() as session:
            await state.put(session, "who knows", {}, NOW)
            await cut_all(postgres_url)

    with pytest.raises(CommitUnknown):
        await cut_at_the_end()
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


@pytest.mark.parametrize(
    "url",
    [
        "mysql+aiomysql://u:secret@h/d",
        "sqlite+aiosqlite://",
        "sqlite:///x.db",
        "no address",
        "postgresql://h/d",
    ],
)
def test_another_address_is_refused_without_quoting_it(url: str) -> None:
    with pytest.raises(UnsupportedDatabase) as caught:
        open_database(url)
    assert "secret" not in str(caught.value)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DatabaseUnavailable, match="cannot be created"):
        open_database(f"sqlite+aiosqlite:///{tmp_path}/file/data/bot.db")


async def test_text_that_one_database_refuses_is_stored_alike(database: Database) -> None:
    odd = "a\x00b\ud800c\U0001f600"
    async with database.write() as session:
        await add_payment(session, label=odd, payload={"odd": odd})
    async with database.read() as session:
        stored = await session.scalar(select(Transaction))
        assert stored is not None
        assert stored.label == "a\ufffdb\ufffdc\U0001f600"
        assert stored.payload == {"odd": odd}
        assert await session.scalar(select(Transaction.id).where(Transaction.label == odd)) == stored.id


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, "12,50", 1.5, True])
async def test_what_is_no_64_bit_integer_is_refused_alike(database: Database, value: object) -> None:
    """D13, W26"""
    with pytest.raises(ValueRefused):
        async with database.write() as session:
            await add_payment(session, amount_cents=value)
    with pytest.raises(ValueRefused):
        async with database.read() as session:
            await payments.get_transaction(session, value)  # type: ignore[arg-type]  # on purpose


async def test_the_largest_amount_is_stored(database: Database) -> None:
    async with database.write() as session:
        await add_payment(session, amount_cents=2**63 - 1)
    async with database.read() as session:
        assert await session.scalar(select(Transaction.amount_cents)) == 2**63 - 1


@pytest.mark.parametrize("field", [{"currency": "EURO"}, {"qonto_id": "x" * 256}, {"note": 12}])
async def test_text_that_does_not_fit_is_refused_alike(database: Database, field: dict[str, Any]) -> None:
    with pytest.raises(ValueRefused):
        async with database.write() as session:
            await payments.upsert_transaction(session, a_transaction(**field), NOW)


async def test_nan_in_a_payload_is_refused_alike(database: Database) -> None:
    with pytest.raises(Exception, match="JSON compliant"):
        await put(database, "nan", {"n": float("nan")})


async def test_an_instant_without_zone_is_refused(database: Database) -> None:
    with pytest.raises(ValueRefused, match="time zone"):
        async with database.write() as session:
            session.add(Client(name="A", name_key="a", created_at=NOW.replace(tzinfo=None)))


async def test_errors_do_not_quote_values(database: Database) -> None:
    """A7"""
    with pytest.raises(DBAPIError) as caught:
        async with database.write() as session:
            await session.execute(
                insert(Client).values(id=1, name="Nom Secret", name_key="n", email=None, created_at=None)
            )
    assert "Nom Secret" not in str(caught.value).replace(str(caught.value.orig), "")


def test_the_package_imports_without_starting_anything() -> None:
    found = subprocess.run(
        [sys.executable, "-c", "import store.engine, store.schema, json; print(json.dumps('ok'))"],
        capture_output=True,
        check=True,
    )
    assert json.loads(found.stdout) == "ok"
    assert engine.POOL_WAIT_SECONDS > 0
