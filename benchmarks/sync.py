"""A synchronisation of 100 000 movements, against reading the same pages without storing them."""

import time
from pathlib import Path

import httpx

from benchmarks.report import Row
from bot.context import Context
from bot.sync import sync_recent
from qonto import ApiKey, QontoClient, TransactionQuery
from store.engine import open_database
from store.schema import upgrade
from tests.world import settings_for, stand_ins

MOVEMENTS = 100_000


async def measure(folder: Path) -> list[Row]:
    """Read only, then read and store, from one stand-in bank in this process."""
    async with stand_ins("http://127.0.0.1:1") as (world, url), httpx.AsyncClient(timeout=60) as http:
        world.sandbox.bank.load(MOVEMENTS)
        settings = settings_for(world, url, folder)
        bank = QontoClient(http, ApiKey(world.sandbox.bank.api_key), base_url=str(settings.qonto_api_url))
        started = time.perf_counter()
        accounts = [account async for account in bank.accounts()]
        read = 0
        for account in accounts:
            async for page in bank.transactions(TransactionQuery(account_id=account.id)):
                read += len(page.rows)
        reading = time.perf_counter() - started
        await upgrade(settings.database_url)
        database = open_database(settings.database_url)
        ctx = Context(settings, database, bank)
        report = await sync_recent(ctx, days=3650)
        again = await sync_recent(ctx, days=3650)
        await database.close()
    return [
        Row(f"Synchronisation de {report.new} opérations", report.seconds, "≤ 30", "s"),
        Row(f"… lecture seule de {read} opérations", reading, "", "s"),
        Row("… synchronisation / lecture seule", report.seconds / reading, "", "ratio"),
        Row(f"… une seconde fois ({again.unchanged} inchangées)", again.seconds, "", "s"),
    ]
