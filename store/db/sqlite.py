"""The rules of SQLite: durable WAL, foreign keys, BEGIN where we say, no file that comes from nowhere."""

import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import URL

from store.errors import DatabaseCorrupt, DatabaseMissing, DatabaseUnavailable

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
