"""Bring the tables up to date: reviewed migrations, in one transaction, one process at a time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from store.db import sqlite
from store.db.dialects import translated
from store.db.engine import Database, open_database
from store.errors import StoreError

# The newest revision this program knows; a test holds it against the migrations.
HEAD = "0106"
LOCK_SECONDS = 60.0
# Any constant of ours: PostgreSQL's advisory locks share one space of numbers per database.
MIGRATION_LOCK = 7_120_001


class SchemaMismatch(StoreError):
    """The tables are not those this program knows. ``current`` and ``expected`` are revisions."""

    def __init__(self, current: str | None, expected: str) -> None:
        super().__init__(f"the database is at revision {current or 'none'}, this program needs {expected}")
        self.current = current
        self.expected = expected


async def upgrade(url: str, revision: str = "head") -> None:
    """Create or upgrade the tables; waits while another process does, and changes nothing when up to date.

    Raises DatabaseCorrupt for a damaged SQLite file, DatabaseMissing, DatabaseUnavailable, and
    SchemaMismatch when a newer program made the tables.
    """
    async with _locked(url) as connection:
        current = await connection.run_sync(_current)
        if current == HEAD:
            return
        # Alembic takes a tenth of a second to load: not at each start.
        from store.db import migrating  # noqa: PLC0415

        if current is not None and current not in migrating.known_revisions():
            raise SchemaMismatch(current, HEAD)
        await connection.run_sync(migrating.upgrade, revision)


async def downgrade(url: str, revision: str) -> None:
    """Take the tables back to ``revision`` (``base`` removes them). Loses what only newer tables hold."""
    from store.db import migrating  # noqa: PLC0415  # as above

    async with _locked(url) as connection:
        await connection.run_sync(migrating.downgrade, revision)


async def check(url: str) -> None:
    """Raise SchemaMismatch unless the tables are those of this program; DatabaseCorrupt for damage."""
    database = open_database(url)
    try:
        if database.file:
            sqlite.check_file(database.file)
        with translated():
            async with database.writer.connect() as connection:
                current = await connection.run_sync(_current)
    finally:
        await database.close()
    if current != HEAD:
        raise SchemaMismatch(current, HEAD)


@asynccontextmanager
async def _locked(url: str) -> AsyncIterator[AsyncConnection]:
    """A transaction that holds the right to change the tables, committed at the end."""
    database = open_database(url, patience=LOCK_SECONDS)
    try:
        if database.file:
            sqlite.check_file(database.file)
        with translated():
            async with database.writer.begin() as connection:
                await _take_lock(database, connection)
                yield connection
        if database.file:
            sqlite.mark_created(database.file)
    finally:
        await database.close()


async def _take_lock(database: Database, connection: AsyncConnection) -> None:
    """On SQLite, BEGIN IMMEDIATE is the lock already."""
    if not database.is_sqlite:
        await connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS:.0f}s'"))
        await connection.execute(text("SET LOCAL statement_timeout = 0"))
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision
