from collections.abc import AsyncIterator

import pytest

from store.engine import Database, open_database


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    """What a file says is read alike whatever the database; PostgreSQL has its own test."""
    opened = open_database(sqlite_url)
    yield opened
    await opened.close()
