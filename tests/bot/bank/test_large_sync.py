"""A first synchronisation fills an empty table: PostgreSQL must not keep the plans it made for that."""

from pathlib import Path

import httpx
from sqlalchemy import text

from bot.bank.sync import GROWN, sync_recent
from bot.context import Context
from qonto import ApiKey, QontoClient
from store.db.engine import open_database
from tests.support.world import settings_for, stand_ins


async def test_the_planner_counts_again_while_thousands_come_in(postgres_url: str, tmp_path: Path) -> None:
    async with stand_ins("http://127.0.0.1:1") as (world, url), httpx.AsyncClient(timeout=60) as http:
        world.sandbox.bank.load(GROWN[0] + 200)
        settings = settings_for(world, url, tmp_path)
        bank = QontoClient(http, ApiKey(world.sandbox.bank.api_key), base_url=str(settings.qonto_api_url))
        database = open_database(postgres_url)
        report = await sync_recent(Context(settings, database, bank), days=3650)
        async with database.read() as session:
            counted = await session.scalar(
                text("SELECT reltuples FROM pg_class WHERE relname = 'transactions'")
            )
        await database.close()
    assert report.new >= GROWN[0]
    assert counted is not None
    assert counted >= GROWN[0]
