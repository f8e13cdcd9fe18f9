"""Open the database: one writer connection on SQLite, an ordinary pool on PostgreSQL, one way to use both."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from store.db import sqlite
from store.db.dialects import is_connection_loss, translated
from store.db.sqlite import OneTripConnection, Turns
from store.errors import CommitUnknown, TransactionConflict, UnsupportedDatabase

Result = TypeVar("Result")

# A pool that is exhausted answers "unavailable" after this long instead of queueing for ever.
POOL_WAIT_SECONDS = 5.0
CONNECT_SECONDS = 5.0
POSTGRES_POOL = 8
READERS = 4
ATTEMPTS = 3

_POSTGRES_SETTINGS = {
    "application_name": "qonto-bot",
    "timezone": "UTC",
    "lock_timeout": "5s",
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "60s",
}

# ``hide_parameters`` below: an error's text must not quote bodies, names or IBANs (reliability.md A7).
# NaN is no JSON: PostgreSQL refuses it, so SQLite must too.
_to_json = partial(json.dumps, allow_nan=False)
_WRITES = ("INSERT", "UPDATE", "DELETE")
_WROTE = "wrote"


class Database:
    """Both databases behind two context managers. Built by ``open_database``; ``close`` when done.

    ``on_commit`` is called in the loop after each commit that changed a row, or may have.
    """

    def __init__(
        self, url: URL, writer: AsyncEngine, reader: AsyncEngine, on_commit: Callable[[], None] = lambda: None
    ) -> None:
        self.url = url
        self.writer = writer
        self._reader = reader
        self._writes = async_sessionmaker(writer, expire_on_commit=False)
        self._reads = async_sessionmaker(reader, expire_on_commit=False, autoflush=False)
        self._turns = Turns(POOL_WAIT_SECONDS)
        self._on_commit = on_commit
        _note_writes(writer.sync_engine)

    @property
    def is_sqlite(self) -> bool:
        """True on SQLite."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def file(self) -> Path | None:
        """The database file, on SQLite."""
        return sqlite.file_of(self.url) if self.is_sqlite else None

    @asynccontextmanager
    async def write(self, *, urgent: bool = False) -> AsyncIterator[AsyncSession]:
        """One transaction: committed when the block ends, rolled back on any error.

        Never await the network inside (design D5). ``urgent`` is the inbox's: on SQLite it goes before
        whoever else waits. Raises DatabaseUnavailable, and its child CommitUnknown when the connection
        died during COMMIT.
        """
        turn = self._turns.mine(urgent=urgent) if self.is_sqlite else nullcontext()
        with translated():
            async with turn, self._writes() as session:
                facts = (await session.connection()).info
                facts.pop(_WROTE, None)
                yield session
                try:
                    await _commit(session)
                except CommitUnknown:
                    self._on_commit()
                    raise
                if facts.pop(_WROTE, False):
                    self._on_commit()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A read-only snapshot: every query inside sees the same instant. Raises DatabaseUnavailable."""
        with translated():
            async with self._reads() as session:
                await session.connection()
                yield session

    async def run(self, work: Callable[[AsyncSession], Awaitable[Result]]) -> Result:
        """Do ``work`` in a write transaction, again (at most 3 times) when PostgreSQL breaks a deadlock.

        ``work`` must be safe to start again from nothing: it was rolled back. CommitUnknown is not retried
        here, since only the caller can read whether the work is there.
        """
        for _ in range(ATTEMPTS - 1):
            try:
                async with self.write() as session:
                    return await work(session)
            except TransactionConflict:
                continue
        async with self.write() as session:
            return await work(session)

    async def tidy(self) -> None:
        """After a bulk write: do at once what PostgreSQL does by itself within minutes; nothing on SQLite.

        Until then its covering indexes read the table too, and a search takes three times as long. Raises
        DatabaseUnavailable.
        """
        await self._alone("VACUUM (ANALYZE) invoices")

    async def count_again(self) -> None:
        """While payments come in by the thousand: let PostgreSQL's planner see that their table has grown.

        It keeps a statement's plan, and one made for an empty table reads the whole of it each time. Raises
        DatabaseUnavailable.
        """
        await self._alone("ANALYZE transactions")

    async def _alone(self, statement: str) -> None:
        if self.is_sqlite:
            return
        with translated():
            async with self.writer.connect() as connection:
                alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
                await alone.execute(text(statement))

    async def version(self) -> str:
        """Name the database and its version, for the start-up line."""
        if self.is_sqlite:
            return sqlite.version()
        async with self.read() as session:
            return f"PostgreSQL {await session.scalar(text('SHOW server_version'))}"

    async def close(self) -> None:
        """Close every connection; on SQLite the last one folds the WAL back into the file."""
        await self._reader.dispose()
        await self.writer.dispose()


def _note_writes(engine: Engine) -> None:
    """Note on a connection that a statement changed rows, or does not say how many."""

    @event.listens_for(engine, "after_cursor_execute")
    def after(connection: Connection, cursor: Any, statement: str, *_rest: object) -> None:
        if statement.startswith(_WRITES) and cursor.rowcount:
            connection.info[_WROTE] = True


async def _commit(session: AsyncSession) -> None:
    await session.flush()
    try:
        await session.commit()
    except Exception as error:
        if is_connection_loss(error):
            raise CommitUnknown("the connection was lost during COMMIT") from error
        raise


def open_database(
    url: str, *, patience: float = sqlite.BUSY_SECONDS, on_commit: Callable[[], None] = lambda: None
) -> Database:
    """Prepare the engines for ``url``; connects at first use, creates the parent folder of a SQLite file.

    ``patience``: how many seconds a SQLite writer waits for another process to let it write;
    ``on_commit``: whom to tell that the tables changed.
    Raises UnsupportedDatabase for another kind of address, DatabaseMissing when a SQLite file that
    existed is gone, DatabaseUnavailable when its folder cannot be made.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        sqlite.prepare_file(parsed)
        writer = _sqlite_engine(parsed, patience, writing=True)
        return Database(parsed, writer, _sqlite_engine(parsed, patience, writing=False), on_commit)
    engine = _postgres_engine(parsed)
    reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return Database(parsed, engine, reader, on_commit)


def parse_url(url: str) -> URL:
    """Read a database address. Raises UnsupportedDatabase, never quoting what may hold a password."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise UnsupportedDatabase("the database address cannot be read") from error
    if parsed.drivername not in {"sqlite+aiosqlite", "postgresql+asyncpg"}:
        raise UnsupportedDatabase(f"sqlite+aiosqlite or postgresql+asyncpg expected, not {parsed.drivername}")
    if parsed.get_backend_name() == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise UnsupportedDatabase("a SQLite database needs a file")
    return parsed


def _sqlite_engine(url: URL, patience: float, *, writing: bool) -> AsyncEngine:
    (file,), options = url.get_dialect()().create_connect_args(url)
    options = {**options, **sqlite.CONNECT_ARGS, "timeout": patience}
    connect = partial(sqlite.connect, file, options, writing=writing)
    engine = create_async_engine(
        url,
        pool_size=1 if writing else READERS,
        max_overflow=0,
        pool_timeout=POOL_WAIT_SECONDS,
        async_creator=lambda: OneTripConnection(connect),
        json_serializer=_to_json,
        hide_parameters=True,
    )
    sqlite.begin_as_it_suits(engine.sync_engine, writing=writing)
    return engine


def _postgres_engine(url: URL) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=POSTGRES_POOL,
        max_overflow=0,
        pool_timeout=POOL_WAIT_SECONDS,
        pool_pre_ping=True,
        connect_args={
            "timeout": CONNECT_SECONDS,
            "command_timeout": 60,
            "server_settings": _POSTGRES_SETTINGS,
        },
        json_serializer=_to_json,
        hide_parameters=True,
    )
