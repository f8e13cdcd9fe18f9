"""What one payment costs the matcher, look-ups in the database included, as the open invoices multiply.

1 000 and 100 000 open invoices, and a million with ``BENCH_MILLION=1``; SQLite and PostgreSQL.
"""

import asyncio
import os
import statistics
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from benchmarks.agency_history import history
from benchmarks.agency_rows import Tables, agency, fill_postgres, fill_sqlite, payments
from benchmarks.quiet import quieten
from benchmarks.report import Row
from bot.suggestions.backtest.measures import percentile
from matching import Model, Payment, more, propose, wanted
from store.candidates.fetch import fetch
from store.db import schema
from store.db.engine import Database, open_database
from tests.support.databases import bundled_server, execute
from tests.support.templates import sqlite_url_of

SIZES = (1_000, 100_000)
MILLION = 1_000_000
PAYMENTS = 300
WARMING = 15


async def measure(folder: Path) -> list[Row]:
    """Measure both engines; PostgreSQL is left out where there is none."""
    sizes = (*SIZES, MILLION) if os.environ.get("BENCH_MILLION") == "1" else SIZES
    rows = _rows("SQLite", {size: await _sqlite(folder, size) for size in sizes})
    with bundled() as server:
        if server is not None:
            rows += _rows("PostgreSQL", {size: await _postgres(server, size) for size in sizes})
    return rows


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds per payment: on the clock, and of this process's own work (SQLite's included).

    On a machine that is busy with something else the two part.
    """

    wall: list[float]
    busy: list[float]


@contextmanager
def bundled() -> Iterator[URL | None]:
    """The bundled PostgreSQL, or None where its package is not installed."""
    servers = bundled_server()
    try:
        server = next(servers)
    except pytest.skip.Exception:
        yield None
        return
    try:
        yield server
    finally:
        servers.close()


async def _sqlite(folder: Path, size: int) -> Times:
    url = sqlite_url_of(folder / f"{size}.db")
    await schema.upgrade(url)
    await asyncio.to_thread(fill_sqlite, url, _tables(size))
    return await _times(url, size)


async def _postgres(server: URL, size: int) -> Times:
    name = f"bench_{uuid.uuid4().hex[:12]}"
    await execute(server, f"CREATE DATABASE {name}")
    url = server.set(database=name).render_as_string(hide_password=False)
    await schema.upgrade(url)
    await fill_postgres(url, _tables(size))
    try:
        return await _times(url, size)
    finally:
        await execute(server, f"DROP DATABASE {name} WITH (FORCE)")


def _tables(size: int) -> Tables:
    """An agency whose payers all paid before: what was learnt of them is read with every payment."""
    return chain(agency(size), history(payments(size, WARMING + PAYMENTS)))


async def _times(url: str, size: int) -> Times:
    """What each payment cost, once caches and remembered counts are warm."""
    database = open_database(url)
    try:
        asked = payments(size, WARMING + PAYMENTS)
        for payment in asked[:WARMING]:
            await _one(database, payment)
        quieten()
        costs = [await _one(database, payment) for payment in asked[WARMING:]]
        return Times([wall for wall, _ in costs], [busy for _, busy in costs])
    finally:
        await database.close()


async def _one(database: Database, payment: Payment) -> tuple[float, float]:
    started, busy = time.perf_counter(), time.process_time()
    async with database.read() as session:
        found = await fetch(session, wanted(payment))
        found |= await fetch(session, more(payment, found))
    propose(payment, found, Model())
    return 1000 * (time.perf_counter() - started), 1000 * (time.process_time() - busy)


def _rows(engine: str, times: dict[int, Times]) -> list[Row]:
    smallest, largest = min(times), max(times)
    rows = [
        Row(
            f"Proposer, {engine}, {_size(largest)} / {_size(smallest)} factures",
            statistics.median(times[largest].wall) / statistics.median(times[smallest].wall),
            "≤ 3",
            "ratio",
        )
    ]
    for size, each in times.items():
        name = f"… {_size(size)} factures ouvertes"
        rows.append(Row(f"{name}, p50", percentile(each.wall, 0.5), "", "ms"))
        rows.append(Row(f"{name}, p99", percentile(each.wall, 0.99), "≤ 20", "ms"))
        rows.append(Row(f"{name}, processeur du service, p50", percentile(each.busy, 0.5), "", "ms"))
        rows.append(Row(f"{name}, processeur du service, p99", percentile(each.busy, 0.99), "", "ms"))
    return rows


def _size(size: int) -> str:
    return f"{size:,}".replace(",", "\u202f")
