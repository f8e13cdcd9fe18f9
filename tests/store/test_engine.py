import asyncio

import pytest
from sqlalchemy import text

from store.engine import Database, open_database


async def test_both_databases_answer_and_name_their_version(database: Database) -> None:
    await database.ping()
    assert (await database.version()).split()[0] in {"SQLite", "PostgreSQL"}
