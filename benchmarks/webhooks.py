"""Webhook throughput and latency, with durable storage and without, in turns of one run."""

import statistics
from pathlib import Path

from benchmarks.load import closed_loop, open_loop
from benchmarks.payloads import webhooks
from benchmarks.processes import running
from benchmarks.report import Row
from tests.support.processes import free_port

ROUNDS = 5
REQUESTS = 3000
CONNECTIONS = 100
RATES = (50, 200, 1000)
RATE_SECONDS = 5


async def measure(folder: Path) -> list[Row]:
    """Compare both servers round by round; then the stored one at fixed rates."""
    ports = {"bare": free_port(), "stored": free_port()}
    for kind in ports:
        (folder / kind).mkdir()
    async with (
        running(*_server("bare", ports, folder), port=ports["bare"]),
        running(*_server("stored", ports, folder), port=ports["stored"]),
    ):
        rates: dict[str, list[float]] = {"bare": [], "stored": []}
        for _ in range(ROUNDS):
            for kind, port in ports.items():
                result = await closed_loop(port, webhooks(REQUESTS), CONNECTIONS)
                rates[kind].append(result.per_second)
        ratios = [stored / bare for stored, bare in zip(rates["stored"], rates["bare"], strict=True)]
        rows = [
            Row(
                "Débit des webhooks, stockage durable / sans stockage",
                statistics.median(ratios),
                "≥ 0,5",
                "ratio",
            ),
            Row("… sans stockage", statistics.median(rates["bare"]), "", "/s"),
            Row("… avec stockage durable", statistics.median(rates["stored"]), "", "/s"),
        ]
        for rate in RATES:
            rows += await _at(ports["stored"], rate)
    return rows


def _server(kind: str, ports: dict[str, int], folder: Path) -> tuple[str, str, str, str]:
    return ("benchmarks.servers", kind, str(ports[kind]), str(folder / kind))


async def _at(port: int, rate: int) -> list[Row]:
    result = await open_loop(port, webhooks(rate * RATE_SECONDS), rate)
    late = sum(count for status, count in result.statuses.items() if status != 200)
    return [
        Row(f"Accusé à {rate}/s, p50", result.percentile(0.5), "", "ms"),
        Row(f"Accusé à {rate}/s, p99", result.percentile(0.99), "≤ 100" if rate == 200 else "", "ms"),
        Row(f"Accusé à {rate}/s, maximum ({late} refusés)", result.percentile(1.0), "≤ 700", "ms"),
    ]
