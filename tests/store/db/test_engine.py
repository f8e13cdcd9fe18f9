import asyncio
import contextlib
import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, text
from sqlalchemy.exc import DBAPIError

from store.db import engine
from store.db.engine import Database, open_database
from store.errors import DatabaseUnavailable, UnsupportedDatabase
from store.messages import state
from store.models import ServiceState
from tests.store.support import get, put
from tests.support.store_rows import NOW


async def test_both_databases_answer_and_name_their_version(database: Database) -> None:
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


async def test_whoever_waits_is_told_of_each_commit_that_changed_something(database_url: str) -> None:
    told: list[str] = []
    database = open_database(database_url, on_commit=lambda: told.append("now"))
    await put(database, "kept", {"n": 1})
    assert len(told) == 1
    await get(database, "kept")
    async with database.write() as session:
        await session.get(ServiceState, "kept", with_for_update=True)
        await session.execute(delete(ServiceState).where(ServiceState.name == "nobody"))
    assert len(told) == 1, "nothing changed"
    with contextlib.suppress(RuntimeError):
        async with database.write() as session:
            await state.put(session, "lost", {}, NOW)
            raise RuntimeError("half-way")
    assert len(told) == 1, "nothing was committed"
    async with database.write() as session:
        assert len(told) == 1
        row = await session.get(ServiceState, "kept")
        assert row is not None
        row.value = {"n": 2}
    assert len(told) == 2
    await database.run(lambda session: state.forget(session, "kept"))
    assert len(told) == 3
    await database.close()


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
from store.db.engine import open_database
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


def test_the_package_imports_without_starting_anything() -> None:
    found = subprocess.run(
        [sys.executable, "-c", "import store.db.engine, store.db.schema, json; print(json.dumps('ok'))"],
        capture_output=True,
        check=True,
    )
    assert json.loads(found.stdout) == "ok"
    assert engine.POOL_WAIT_SECONDS > 0


async def test_a_command_waits_as_long_as_it_says_for_its_turn_to_write(sqlite_url: str) -> None:
    """Beside a busy service an import once gave up after five seconds of finding the lock taken."""
    hasty, patient = open_database(sqlite_url, patience=0.05), open_database(sqlite_url, patience=30)
    assert hasty.file is not None
    other_process = sqlite3.connect(hasty.file, isolation_level=None)
    other_process.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseUnavailable):
        await put(hasty, "hasty", {"n": 1})
    waiting = asyncio.create_task(put(patient, "patient", {"n": 1}))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    other_process.execute("ROLLBACK")
    await waiting
    assert await get(patient, "patient") == {"n": 1}
    other_process.close()
    await hasty.close()
    await patient.close()
