from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from bot.context import Context
from bot.settings import FixedSettings
from qonto import ApiKey, QontoClient
from store.db.engine import Database, open_database
from tests.bot.invoices.support import NOW


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    """What a file says is read alike whatever the database; PostgreSQL has its own test."""
    opened = open_database(sqlite_url)
    yield opened
    await opened.close()


@pytest.fixture
def ctx(database: Database) -> Context:
    bank = QontoClient(httpx.AsyncClient(), ApiKey("agence:cle"))
    return Context(FixedSettings(), database, bank, clock=lambda: NOW)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "factures.csv"
