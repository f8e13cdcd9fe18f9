import asyncio
import signal
import sys
from pathlib import Path

import pytest

from store.db.engine import open_database
from store.db.worker_lock import WorkerLock
from store.errors import AlreadyRunning, DatabaseUnavailable
from tests.support.databases import cut_all

HOLD = """
import asyncio, sys
from store.db.engine import open_database
from store.db.worker_lock import WorkerLock
async def main():
    lock = WorkerLock(open_database(sys.argv[1]))
    await lock.acquire()
    print("held", flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""


async def hold_elsewhere(url: str) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLD, url, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"held\n"
    return process


async def test_one_holds_the_lock_and_hands_it_over(database_url: str) -> None:
    databases = [open_database(database_url) for _ in range(2)]
    first, second = (WorkerLock(database) for database in databases)
    assert not await first.verify()
    assert await first.try_acquire()
    assert await first.try_acquire()
    assert first.held
    assert await first.verify()
    assert not await second.try_acquire()
    assert not second.held
    await first.release()
    await first.release()
    assert not first.held
    await second.acquire()
    assert second.held
    await second.release()
    for database in databases:
        await database.close()


async def test_a_second_process_on_a_sqlite_file_is_refused_with_the_pid(sqlite_url: str) -> None:
    """D19"""
    holder = await hold_elsewhere(sqlite_url)
    database = open_database(sqlite_url)
    lock = WorkerLock(database)
    with pytest.raises(AlreadyRunning, match=str(holder.pid)) as caught:
        await lock.acquire()
    assert caught.value.pid == holder.pid
    holder.send_signal(signal.SIGKILL)
    await holder.wait()
    await lock.acquire()
    await lock.release()
    await database.close()


async def test_a_killed_worker_is_replaced_on_postgresql(postgres_url: str) -> None:
    holder = await hold_elsewhere(postgres_url)
    database = open_database(postgres_url)
    lock = WorkerLock(database)
    waiting = asyncio.create_task(lock.acquire())
    await asyncio.sleep(0.2)
    assert not waiting.done()
    holder.send_signal(signal.SIGKILL)
    await holder.wait()
    await asyncio.wait_for(waiting, 10)
    assert await lock.verify()
    await lock.release()
    await database.close()


async def test_a_lock_whose_connection_died_is_known_to_be_lost(postgres_url: str) -> None:
    database = open_database(postgres_url)
    lock = WorkerLock(database)
    await lock.acquire()
    await cut_all(postgres_url)
    assert lock.held
    assert not await lock.verify()
    assert not lock.held
    assert await lock.try_acquire()
    await lock.release()
    await database.close()


async def test_waiting_for_the_lock_outlives_an_absent_server() -> None:
    database = open_database("postgresql+asyncpg://nobody@127.0.0.1:1/none")
    lock = WorkerLock(database)
    with pytest.raises(DatabaseUnavailable):
        await lock.try_acquire()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(lock.acquire(), 0.2)
    await lock.release()
    await database.close()


async def test_a_lock_file_that_cannot_be_opened_or_read_is_said(tmp_path: Path) -> None:
    database = open_database(f"sqlite+aiosqlite:///{tmp_path}/bot.db")
    lock_file = tmp_path / "bot.db.lock"
    lock = WorkerLock(database)
    lock_file.mkdir()
    with pytest.raises(DatabaseUnavailable, match="cannot be opened"):
        await lock.acquire()
    lock_file.rmdir()
    await lock.acquire()
    lock_file.write_text("not a pid")
    other = WorkerLock(database)
    with pytest.raises(AlreadyRunning, match="unknown"):
        await other.acquire()
    await lock.release()
    await database.close()
