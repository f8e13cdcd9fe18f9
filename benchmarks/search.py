"""Looking for an invoice while typing: what Slack's option list waits for, at 100 000 open invoices."""

import time
import uuid
from itertools import chain
from pathlib import Path

from benchmarks.agency_rows import agency, fill_postgres, fill_sqlite
from benchmarks.lookups import bundled
from benchmarks.quiet import quieten
from benchmarks.report import Row
from bot.suggestions.backtest.measures import percentile
from store.db import schema
from store.db.engine import open_database
from store.invoices.search import search_open
from tests.support.databases import execute
from tests.support.templates import sqlite_url_of

SIZE = 100_000
ROUNDS = 150
TYPED = ("99999", "fact 12345", "client 299 5", "1500,00", "rien de tel", "maison", "")


async def measure(folder: Path) -> list[Row]:
    """Measure both engines; PostgreSQL is left out where there is none."""
    url = sqlite_url_of(folder / "search.db")
    await schema.upgrade(url)
    fill_sqlite(url, agency(SIZE))
    rows = await _rows("SQLite", url)
    with bundled() as server:
        if server is not None:
            name = f"bench_{uuid.uuid4().hex[:12]}"
            await execute(server, f"CREATE DATABASE {name}")
            url = server.set(database=name).render_as_string(hide_password=False)
            await schema.upgrade(url)
            await fill_postgres(url, agency(SIZE))
            rows += await _rows("PostgreSQL", url)
    return rows


async def _rows(engine: str, url: str) -> list[Row]:
    """Give the figures of the slowest of the texts, each typed many times."""
    database = open_database(url)
    quieten()
    try:
        times: dict[str, list[float]] = {typed: [] for typed in TYPED}
        for _ in range(ROUNDS):
            for typed, taken in times.items():
                started = time.perf_counter()
                async with database.read() as session:
                    await search_open(session, typed, currency="EUR")
                taken.append(1000 * (time.perf_counter() - started))
    finally:
        await database.close()
    slowest = max(times.values(), key=lambda taken: percentile(taken, 0.5))
    return [
        Row(
            f"Chercher une facture parmi 100 000, {engine}, p50 du pire texte",
            percentile(slowest, 0.5),
            "",
            "ms",
        ),
        Row("… p99", percentile(slowest, 0.99), "≤ 50", "ms"),
        Row("… la plus longue de toutes", max(chain.from_iterable(times.values())), "", "ms"),
    ]
