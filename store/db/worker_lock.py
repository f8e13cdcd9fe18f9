"""One active worker: an advisory lock that dies with its connection, or a locked file beside SQLite."""

import asyncio
import fcntl
import os
from pathlib import Path
from typing import IO

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from store.db.dialects import translated
from store.db.engine import Database
from store.errors import AlreadyRunning, DatabaseUnavailable

WORKER_LOCK = 7_120_002
RETRY_SECONDS = 1.0
PING_SECONDS = 5.0
# A process that stands still keeps its connection alive: the server ends it, and the lock with it.
# Longer than a Slack call may last (10 s), so that none is under way when another process takes over.
IDLE_SECONDS = 15

# A server that no longer hears from us gives the lock to another after about half a minute.
_KEEPALIVES = {"tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "4"}


class WorkerLock:
    """The right to be the one worker. On PostgreSQL others wait; on SQLite a second process is refused."""

    def __init__(self, database: Database) -> None:
        file = database.file
        self._lock: _FileLock | _AdvisoryLock = _FileLock(file) if file else _AdvisoryLock(database)

    async def try_acquire(self) -> bool:
        """Take the lock if it is free. Raises DatabaseUnavailable."""
        return await self._lock.try_acquire()

    async def acquire(self) -> None:
        """Take the lock. Waits for it on PostgreSQL, also while the server is away.

        Raises AlreadyRunning at once on SQLite when another process holds it.
        """
        await self._lock.acquire()

    @property
    def held(self) -> bool:
        """What was known last; ``verify`` asks."""
        return self._lock.held

    async def verify(self) -> bool:
        """Ask whether the lock is still ours; False when its connection died, or does not answer in 5 s."""
        return await self._lock.verify()

    async def release(self) -> None:
        """Give the lock back; nothing happens when it is not held."""
        await self._lock.release()


class _FileLock:
    """``flock`` on a file beside the database: the system drops it with the process, however it ends."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(f"{database.name}.lock")
        self._file: IO[str] | None = None

    @property
    def held(self) -> bool:
        return self._file is not None

    async def try_acquire(self) -> bool:
        if self._file is not None:
            return True
        try:
            file = self._path.open("a+", encoding="ascii")
        except OSError as error:
            raise DatabaseUnavailable(f"{self._path} cannot be opened") from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._file = file
        return True

    async def acquire(self) -> None:
        if not await self.try_acquire():
            raise AlreadyRunning(self._owner())

    def _owner(self) -> int | None:
        try:
            return int(self._path.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None

    async def verify(self) -> bool:
        return self.held

    async def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


class _AdvisoryLock:
    """A session lock on a connection of its own, outside any pool."""

    def __init__(self, database: Database) -> None:
        self._engine = create_async_engine(
            database.url,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
            connect_args={
                "timeout": PING_SECONDS,
                "command_timeout": PING_SECONDS,
                "server_settings": {
                    "application_name": "qonto-bot worker",
                    "idle_session_timeout": f"{IDLE_SECONDS}s",
                    **_KEEPALIVES,
                },
            },
        )
        self._connection: AsyncConnection | None = None

    @property
    def held(self) -> bool:
        return self._connection is not None

    async def try_acquire(self) -> bool:
        if self._connection is not None and await self.verify():
            return True
        with translated():
            connection = await self._engine.connect()
            try:
                query = text("SELECT pg_try_advisory_lock(:key)")
                taken = bool(await connection.scalar(query, {"key": WORKER_LOCK}))
            except BaseException:
                await connection.invalidate()
                raise
            if not taken:
                await connection.close()
                return False
        self._connection = connection
        return True

    async def acquire(self) -> None:
        while True:
            try:
                if await self.try_acquire():
                    return
            except DatabaseUnavailable:
                self._connection = None
            await asyncio.sleep(RETRY_SECONDS)

    async def verify(self) -> bool:
        if self._connection is None:
            return False
        try:
            async with asyncio.timeout(PING_SECONDS):
                await self._connection.execute(text("SELECT 1"))
        except (DBAPIError, OSError, TimeoutError):
            await self._drop()
            return False
        return True

    async def release(self) -> None:
        if self._connection is not None:
            await self._drop()
        await self._engine.dispose()

    async def _drop(self) -> None:
        """End the connection: the server frees the lock with it."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.invalidate()
            await connection.close()
