"""The rules of SQLite: durable WAL, foreign keys, BEGIN where we say, one writer at a time.

aiosqlite keeps a connection in a thread of its own; opening a cursor, running a statement, fetching its rows
and closing the cursor each wait for that thread. A decision runs twenty statements while somebody waits for
their click, so all four are done in one journey. A webhook's group writes before whoever else waits.
"""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import aiosqlite
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import URL

from store.errors import DatabaseCorrupt, DatabaseMissing, DatabaseUnavailable

Rows = list[Any]


class OneTripCursor:
    """The part of a cursor that SQLAlchemy uses; the rows of a statement are here once it has run."""

    def __init__(self, connection: "OneTripConnection") -> None:
        self._connection = connection
        self._rows: Rows = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        """Nothing to open: the cursor lives as long as its statement."""
        return self

    async def execute(self, operation: str, parameters: Sequence[Any] = ()) -> Self:
        """Run a statement and keep its rows. Raises what sqlite3 raises."""
        return await self._run(sqlite3.Cursor.execute, operation, parameters)

    async def executemany(self, operation: str, parameters: Sequence[Sequence[Any]]) -> Self:
        """Run a statement once for each set of parameters. Raises what sqlite3 raises."""
        return await self._run(sqlite3.Cursor.executemany, operation, parameters)

    async def _run(self, method: Any, operation: str, parameters: Sequence[Any]) -> Self:
        done = await self._connection.in_one_trip(method, operation, parameters)
        self.description, self._rows, self.rowcount, self.lastrowid = done
        return self

    async def fetchone(self) -> Any:
        """Give the next row, or None."""
        return self._rows.pop(0) if self._rows else None

    async def fetchall(self) -> Rows:
        """Give every row that is left."""
        given, self._rows = self._rows, []
        return given

    async def close(self) -> None:
        """Nothing to close: it was, in the same journey."""


class OneTripConnection(aiosqlite.Connection):
    """An aiosqlite connection with such cursors. Await it to connect."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connect, iter_chunk_size=64)
        # A process that stops does not wait for a connection nobody closed (SQLAlchemy does the same).
        self._thread.daemon = True

    def __del__(self) -> None:
        """End the thread; SQLAlchemy forgets a connection whose opening is cancelled half-way."""
        if self._connection is not None:
            self.stop()

    def cursor(self) -> Any:
        """Give a cursor; SQLAlchemy enters it."""
        return OneTripCursor(self)

    async def in_one_trip(
        self, method: Any, operation: str, parameters: Any
    ) -> tuple[Any, Rows, int, int | None]:
        """Open, run, fetch and close in the connection's thread; returns what is left to read."""

        def journey() -> tuple[Any, Rows, int, int | None]:
            cursor = self._conn.cursor()
            try:
                method(cursor, operation, parameters)
                rows = cursor.fetchall() if cursor.description else []
                return cursor.description, rows, cursor.rowcount, cursor.lastrowid
            finally:
                cursor.close()

        done: tuple[Any, Rows, int, int | None] = await self._execute(  # type: ignore[no-untyped-call]  # aiosqlite leaves it so
            journey
        )
        return done


BUSY_SECONDS = 5.0

# With None as isolation level the driver starts no transaction by itself. Left to it, a SELECT at the
# start of a unit of work runs before BEGIN, and "read, then write" is not atomic.
CONNECT_ARGS: dict[str, Any] = {"isolation_level": None}


def file_of(url: URL) -> Path:
    """The file a SQLite address names."""
    return Path(str(url.database))


def marker_of(file: Path) -> Path:
    """The file that remembers that a database was made here."""
    return file.with_name(f"{file.name}.created")


def version() -> str:
    """Name the SQLite library in use."""
    return f"SQLite {sqlite3.sqlite_version}"


def connect(file: str, options: dict[str, Any], *, writing: bool) -> sqlite3.Connection:
    """Open one connection as we want them: WAL, full sync, foreign keys. Raises DatabaseUnavailable."""
    connection: sqlite3.Connection = sqlite3.connect(file, **options)
    _use_wal(connection)
    # In WAL, NORMAL may lose the last commits on power loss (sqlite.org, PRAGMA synchronous).
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    if connection.execute("PRAGMA foreign_keys").fetchone()[0] != 1:
        connection.close()
        raise DatabaseUnavailable("this SQLite library cannot enforce foreign keys")
    connection.execute("PRAGMA cache_size=-16000")
    connection.execute(f"PRAGMA query_only={'OFF' if writing else 'ON'}")
    return connection


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch a new file to WAL; SQLite refuses at once, whatever the timeout, while another does the same."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                connection.close()
                raise
            time.sleep(0.01)
        else:
            return


def begin_as_it_suits(engine: Engine, *, writing: bool) -> None:
    """Begin each transaction where we say, and as its role wants."""

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def prepare_file(url: URL) -> None:
    """Make the parent folder. Raises DatabaseMissing when a database was here and is gone."""
    file = file_of(url)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseUnavailable(f"the folder {file.parent} cannot be created") from error
    if not file.exists() and marker_of(file).exists():
        raise DatabaseMissing(
            f"{file} existed and is gone: restore it from a backup,"
            f" or remove {marker_of(file).name} to start from nothing"
        )


def mark_created(file: Path) -> None:
    """Remember that a database exists here, so that its disappearance is noticed."""
    marker_of(file).write_text(f"{file.name} was created here; if it is gone, restore a backup.\n")


def check_file(file: Path) -> None:
    """Refuse a damaged file before anything uses it. Raises DatabaseCorrupt; a missing file is fine."""
    if not file.exists() or file.stat().st_size == 0:
        return
    try:
        connection = sqlite3.connect(file, timeout=BUSY_SECONDS)
        try:
            found = connection.execute("PRAGMA quick_check(3)").fetchall()
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
            raise DatabaseCorrupt(f"{file} is damaged ({error}): restore a backup") from error
        raise DatabaseUnavailable(f"{file} cannot be read: {error}") from error
    if found != [("ok",)]:
        raise DatabaseCorrupt(f"{file} is damaged ({found[0][0]}): restore a backup")


class Turns:
    """An urgent writer waits for the one who writes now, and for nobody behind it.

    The bank gives a webhook a second; a synchronisation, the matcher and the senders may wait for one commit.
    """

    def __init__(self, seconds: float) -> None:
        """Wait ``seconds`` at most for an ordinary turn."""
        self._seconds = seconds
        self._ordinary = asyncio.Lock()
        self._nobody_urgent = asyncio.Event()
        self._nobody_urgent.set()

    @asynccontextmanager
    async def mine(self, *, urgent: bool) -> AsyncIterator[None]:
        """Hold a turn for one transaction. Raises DatabaseUnavailable when an ordinary one never comes.

        There is one urgent writer, and it asks for one turn at a time. Between two of its turns whoever
        waited goes first, so that no flood of webhooks stops the rest.
        """
        if urgent:
            self._nobody_urgent.clear()
            try:
                yield
            finally:
                self._nobody_urgent.set()
            return
        try:
            async with asyncio.timeout(self._seconds):
                await self._ordinary.acquire()
        except TimeoutError:
            raise DatabaseUnavailable("every connection is busy") from None
        try:
            await self._nobody_urgent.wait()
            yield
        finally:
            self._ordinary.release()
