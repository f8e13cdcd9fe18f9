"""What the two databases say in different words: INSERT that leaves a row alone, LIKE, and errors.

An error is either "the database cannot now" or "this statement is wrong"; it is told apart here, once.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ColumnElement, Integer
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from store.errors import DatabaseCorrupt, DatabaseUnavailable, TransactionConflict
from store.models import Base

# Both dialects' inserts know the same ON CONFLICT; their common ancestor does not.
Insert = postgresql.Insert | sqlite.Insert


def insert(session: AsyncSession, model: type[Base]) -> Any:
    """The INSERT of this session's database, which knows ``on_conflict_do_nothing`` and ``..._do_update``."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(model)
    return postgresql.insert(model)


class _Position(FunctionElement[int]):
    """Where a text begins inside another, from 1; 0 when it is not there."""

    type = Integer()
    name = "position_of"
    inherit_cache = True


@compiles(_Position)
def _strpos(element: _Position, compiler: SQLCompiler, **options: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **options)})"


@compiles(_Position, "sqlite")
def _instr(element: _Position, compiler: SQLCompiler, **options: Any) -> str:
    return f"instr({compiler.process(element.clauses, **options)})"


def contains(column: Any, text: str) -> ColumnElement[bool]:
    """True where the column holds ``text`` literally; case counts, so fold both sides."""
    return _Position(column, text) > 0


# sqlite.org/rescode.html: primary codes, the low byte of the extended one.
_SQLITE_LATER = {
    sqlite3.SQLITE_BUSY: "locked",
    sqlite3.SQLITE_LOCKED: "locked",
    sqlite3.SQLITE_FULL: "disk full",
    sqlite3.SQLITE_IOERR: "disk error",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened",
    sqlite3.SQLITE_READONLY: "read-only",
    sqlite3.SQLITE_NOMEM: "out of memory",
    sqlite3.SQLITE_PROTOCOL: "locked",
}
_SQLITE_CORRUPT = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

# postgresql.org/docs/current/errcodes-appendix.html: whole classes, then single codes.
_POSTGRES_LATER_CLASSES = {"08", "53", "57", "58"}
_POSTGRES_LATER = {"55P03", "25006", "25P03", "3D000"}
_POSTGRES_CONFLICT = {"40001", "40P01"}


@contextmanager
def translated() -> Iterator[None]:
    """Raise DatabaseUnavailable (or a child) or DatabaseCorrupt for what the driver said; the rest passes."""
    try:
        yield
    except PoolTimeoutError as error:
        raise DatabaseUnavailable("every connection is busy") from error
    except DBAPIError as error:
        meaning = _meaning(error)
        if meaning is None:
            raise
        raise meaning from error
    except (OSError, TimeoutError) as error:
        if _from_driver(error):
            raise DatabaseUnavailable(f"cannot reach the database: {type(error).__name__}") from error
        raise


def is_connection_loss(error: BaseException) -> bool:
    """True when nobody can know whether the server received what was being sent."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or _sqlstate(error)[:2] in {"08", "57"} or _is_closed(error)
    return isinstance(error, OSError | TimeoutError)


def _meaning(error: DBAPIError) -> Exception | None:
    code = getattr(error.orig, "sqlite_errorcode", None)
    if isinstance(code, int):
        primary = code & 0xFF
        if primary in _SQLITE_CORRUPT:
            return DatabaseCorrupt("the database file is damaged")
        return DatabaseUnavailable(_SQLITE_LATER[primary]) if primary in _SQLITE_LATER else None
    state = _sqlstate(error)
    if state in _POSTGRES_CONFLICT:
        return TransactionConflict(f"the database chose another transaction ({state})")
    if state[:2] in _POSTGRES_LATER_CLASSES or state in _POSTGRES_LATER:
        return DatabaseUnavailable(f"the database answers {state}")
    if error.connection_invalidated or _is_closed(error):
        return DatabaseUnavailable("the connection to the database is lost")
    return None


def _sqlstate(error: DBAPIError) -> str:
    state = getattr(error.orig, "sqlstate", None)
    return state if isinstance(state, str) else ""


def _is_closed(error: DBAPIError) -> bool:
    text = str(error.orig).lower()
    return "connection is closed" in text or "connection was closed" in text or "no active connection" in text


def _from_driver(error: BaseException) -> bool:
    """A refused or cut connection reaches us bare from asyncpg: look whose frame raised it."""
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__", "").startswith(("asyncpg.", "aiosqlite.")):
            return True
        trace = trace.tb_next
    return False
