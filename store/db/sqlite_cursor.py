"""SQLite statements that make one journey to the connection's thread, in place of four.

aiosqlite keeps a connection in a thread of its own; opening a cursor, running a statement, fetching its rows
and closing the cursor each wait for that thread. A decision runs twenty statements while somebody waits for
their click, so all four are done in one go here. Everything else is aiosqlite's and SQLAlchemy's.
"""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, Self

import aiosqlite

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
