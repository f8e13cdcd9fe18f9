"""A synchronisation of 100 000 movements on each database, against reading the same pages without storing."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from benchmarks.report import Row
from bot.bank.sync import sync_recent
from bot.context import Context
from bot.settings import FixedSettings
from qonto import ApiKey, QontoClient, TransactionQuery
from store.db.engine import open_database
from store.db.schema import upgrade
from tests.support.databases import bundled_server
from tests.support.templates import sqlite_url_of
from tests.support.world import settings_for, stand_ins

MOVEMENTS = 100_000


async def measure(folder: Path, movements: int = MOVEMENTS) -> list[Row]:
    """Read only, then read and store on both databases, from one stand-in bank in this process."""
    async with stand_ins("http://127.0.0.1:1") as (world, url), httpx.AsyncClient(timeout=60) as http:
        world.sandbox.bank.load(movements)
        settings = settings_for(world, url, folder)
        bank = QontoClient(http, ApiKey(world.sandbox.bank.api_key), base_url=str(settings.qonto_api_url))
        reading = await _read(bank)
        rows = [Row(f"Lecture seule de {movements} opérations", reading, "", "s")]
        rows += await _store(settings, bank, "SQLite", sqlite_url_of(folder / "sync.db"), reading)
        with _server() as server:
            if server is not None:
                rows += await _store(settings, bank, "PostgreSQL", server, reading)
    return rows


async def _read(bank: QontoClient) -> float:
    started = time.perf_counter()
    for account in [account async for account in bank.accounts()]:
        async for _ in bank.transactions(TransactionQuery(account_id=account.id)):
            pass
    return time.perf_counter() - started


@contextmanager
def _server() -> Iterator[str | None]:
    """Run PostgreSQL for a while; nothing where no server is at hand."""
    running = bundled_server()
    try:
        address = next(running)
    except pytest.skip.Exception:
        yield None
        return
    try:
        yield address.render_as_string(hide_password=False)
    finally:
        running.close()


async def _store(
    settings: FixedSettings, bank: QontoClient, name: str, url: str, reading: float
) -> list[Row]:
    await upgrade(url)
    database = open_database(url)
    ctx = Context(settings, database, bank)
    report = await sync_recent(ctx, days=3650)
    again = await sync_recent(ctx, days=3650)
    await database.close()
    return [
        Row(f"{name} : synchronisation de {report.new} opérations", report.seconds, "≤ 30", "s"),
        Row("… / lecture seule", report.seconds / reading, "", "ratio"),
        Row(f"… une seconde fois ({again.unchanged} inchangées)", again.seconds, "", "s"),
    ]
