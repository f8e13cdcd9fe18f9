"""Webhook latency of the real service: alone, during a first synchronisation, and during an import.

One process serves all three in turn, so that each figure stands beside the one without the work. The worker
handles what arrives meanwhile. Memory is the peak of the process that did the work.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from benchmarks.imports import write_file
from benchmarks.load import Result, open_loop
from benchmarks.payloads import webhooks
from benchmarks.processes import peak_mb, running
from benchmarks.report import Row
from bot.bank.subscriptions import WEBHOOK_PATH
from sandbox.agency import API_TOKEN, QONTO_WEBHOOK_SECRET
from tests.support.processes import free_port
from tests.support.world import stand_ins

MOVEMENTS = 100_000
INVOICES = 20_000
RATES = (50, 200, 1000)
SECONDS = 5.0
DAYS = 3650


async def measure(
    folder: Path,
    movements: int = MOVEMENTS,
    invoices: int = INVOICES,
    rates: Sequence[int] = RATES,
    seconds: float = SECONDS,
) -> list[Row]:
    """Take the three turns; each row says whether the work lasted as long as the webhooks came."""
    port = free_port()
    async with stand_ins(f"http://127.0.0.1:{port}") as (world, url):
        world.sandbox.bank.load(movements)
        file = f"sqlite+aiosqlite:///{folder / 'bench.db'}"
        environment = os.environ | world.sandbox.environment(url) | {
            "DATABASE_URL": file, "SYNC_EVERY_MINUTES": "0", "LOG_LEVEL": "error"
        }  # fmt: skip
        async with running("bot", "serve", port=port, environment=environment) as (pid, _):
            alone = await _at_each(port, rates, seconds)
            async with _syncing(port) as working:
                busy = await _at_each(port, rates, seconds, working)
            synced = peak_mb(pid)
            write_file(folder / "factures.csv", invoices)
            async with _importing(folder, environment) as (peak, working):
                importing = await _at_each(port, rates, seconds, working)
    return [
        *_rows("seul", rates, alone, alone),
        *_rows(f"pendant une synchronisation de {movements}", rates, busy, alone),
        Row(f"Mémoire, maximum après une synchronisation de {movements}", synced, "≤ 256", "Mo"),
        *_rows(f"pendant un import de {invoices}", rates, importing, alone),
        Row(f"Mémoire, maximum de l’import de {invoices}", max(peak), "≤ 256", "Mo"),
    ]


Turn = tuple[Result, bool]


async def _at_each(
    port: int, rates: Sequence[int], seconds: float, work: asyncio.Task[None] | None = None
) -> list[Turn]:
    turns = []
    for rate in rates:
        requests = webhooks(int(rate * seconds), WEBHOOK_PATH, QONTO_WEBHOOK_SECRET)
        result = await open_loop(port, requests, rate)
        turns.append((result, work is None or not work.done()))
    return turns


@asynccontextmanager
async def _syncing(port: int) -> AsyncIterator[asyncio.Task[None]]:
    """Order a first synchronisation, and wait for its end after the block."""

    async def order() -> None:
        headers = {"Authorization": f"Bearer {API_TOKEN}"}
        timeout = aiohttp.ClientTimeout(total=600)
        async with aiohttp.ClientSession(headers=headers, timeout=timeout) as http:
            url = f"http://127.0.0.1:{port}/api/qonto/sync"
            async with http.post(url, json={"days": DAYS}) as answer:
                answer.raise_for_status()

    task = asyncio.create_task(order())
    yield task
    await task


@asynccontextmanager
async def _importing(
    folder: Path, environment: Mapping[str, str]
) -> AsyncIterator[tuple[list[float], asyncio.Task[None]]]:
    """Import with the command line beside the server; the list gets the memory of that process."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "import", str(folder / "factures.csv"),
        env=dict(environment), stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    peaks = [0.0]

    async def watch() -> None:
        while process.returncode is None:
            with contextlib.suppress(OSError):
                peaks.append(peak_mb(process.pid))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), 0.2)
        assert process.returncode == 0

    task = asyncio.create_task(watch())
    yield peaks, task
    await task


def _rows(when: str, rates: Sequence[int], turns: Sequence[Turn], alone: Sequence[Turn]) -> list[Row]:
    rows = []
    for rate, (result, lasted), (reference, _) in zip(rates, turns, alone, strict=True):
        refused = sum(count for status, count in result.statuses.items() if status != 200)
        notes = f" ({refused} refusés)" if refused else ""
        notes += "" if lasted else " (le travail a fini avant)"
        p99 = result.percentile(0.99)
        rows.append(Row(f"Accusé à {rate}/s {when}, p99{notes}", p99, "≤ 100" if rate == 200 else "", "ms"))
        rows.append(Row("… maximum", result.percentile(1.0), "≤ 700", "ms"))
        if turns is not alone:
            rows.append(Row("… p99 / seul", p99 / reference.percentile(0.99), "", "ratio"))
    return rows
