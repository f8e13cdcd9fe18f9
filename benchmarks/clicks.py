"""From a click to its acknowledgement: « Associer », decision committed, against an empty Bolt listener."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from sqlalchemy import select

from benchmarks.load import Result, closed_loop, open_loop
from benchmarks.payloads import click
from benchmarks.processes import peak_mb, resident_mb, running
from benchmarks.report import Row
from benchmarks.servers import SIGNING_SECRET
from sandbox.agency import ADMIN, API_TOKEN
from store.db.engine import open_database
from store.db.schema import upgrade
from store.models import Suggestion
from tests.support.processes import free_port
from tests.support.world import World, stand_ins

CLICKS = 180
BATCH = 30
PEOPLE_PER_SECOND = 4.0  # more than an agency's whole team clicks


async def measure(folder: Path) -> list[Row]:
    """Click on as many payments as there are, one at a time, in turns with the empty listener."""
    port, bolt_port = free_port(), free_port()
    bot_url = f"http://127.0.0.1:{port}"
    async with stand_ins(bot_url) as (world, url):
        database_url = f"sqlite+aiosqlite:///{folder / 'clicks.db'}"
        await upgrade(database_url)
        environment = os.environ | world.sandbox.environment(url) | {
            "DATABASE_URL": database_url, "LOG_LEVEL": "warning", "SYNC_EVERY_MINUTES": "0"
        }  # fmt: skip
        async with (
            running("bot", "serve", port=port, environment=environment) as (
                pid,
                start_seconds,
            ),
            running("benchmarks.servers", "bolt", str(bolt_port), str(folder), port=bolt_port),
        ):
            idle = resident_mb(pid)
            proposals = await _payments_to_click(world, bot_url, database_url)
            secret, team = world.sandbox.workspace.app.signing_secret, world.sandbox.workspace.team_id
            calm, busy = Pair(), Pair()
            for at in range(0, CLICKS, BATCH):
                pair, send = (calm, _as_people) if at % (2 * BATCH) else (busy, _as_fast_as_possible)
                batch = proposals[at : at + BATCH]
                ours = [click(f"v1:{one}", ADMIN, team, secret) for one in batch]
                pair.ours.latencies += (await send(port, ours)).latencies
                plain = [click(f"v1:{one}", ADMIN, team, SIGNING_SECRET) for one in batch]
                pair.floor.latencies += (await send(bolt_port, plain)).latencies
            peak = peak_mb(pid)
    return [
        *calm.rows("Clic « Associer »", "≤ 2"),
        *busy.rows("Clics l’un après l’autre sans pause", ""),
        Row("Démarrage, base à jour → première réponse", start_seconds, "≤ 1,5", "s"),
        Row("Mémoire au repos", idle, "≤ 120", "Mo"),
        Row("Mémoire, pointe de ce passage", peak, "≤ 256", "Mo"),
    ]


@dataclass
class Pair:
    """The same load on the service and on an empty Bolt listener."""

    ours: Result = field(default_factory=Result)
    floor: Result = field(default_factory=Result)

    def rows(self, title: str, target: str) -> list[Row]:
        """Both medians, and what ours adds."""
        ours, floor = self.ours.percentile, self.floor.percentile
        return [
            Row(f"{title} → accusé, p50", ours(0.5), "", "ms"),
            Row(f"{title} : écouteur Bolt vide, p50", floor(0.5), "", "ms"),
            Row(f"{title} : au-dessus du plancher, p50", ours(0.5) - floor(0.5), target, "ms"),
            Row(f"{title} : au-dessus du plancher, p95", ours(0.95) - floor(0.95), "", "ms"),
        ]


async def _as_people(port: int, requests: Sequence[bytes]) -> Result:
    return await open_loop(port, requests, PEOPLE_PER_SECOND, connections=1)


async def _as_fast_as_possible(port: int, requests: Sequence[bytes]) -> Result:
    return await closed_loop(port, requests, 1)


async def _payments_to_click(world: World, bot_url: str, database_url: str) -> list[int]:
    """Make one invoice and one payment a click; wait until each has its suggestion."""
    headers = {"Authorization": f"Bearer {API_TOKEN}"}
    async with aiohttp.ClientSession(headers=headers) as http:
        for place in range(CLICKS):
            body = {"client": f"Client {place}", "total": f"{1000 + place}.00", "due_date": "2026-12-31"}
            async with http.put(f"{bot_url}/api/invoices/MES-2026-{place:04}", json=body) as answer:
                answer.raise_for_status()
        for place in range(CLICKS):
            await world.people.post(
                "/bank/sandbox/pay",
                amount_cents=(1000 + place) * 100,
                payer_name=f"CLIENT {place}",
                payer_iban="FR7630004000010000123456789",
                reference=f"MES-2026-{place:04}",
            )
    return await _proposals(database_url)


async def _proposals(database_url: str) -> list[int]:
    database = open_database(database_url)
    try:
        for _ in range(600):
            async with database.read() as session:
                rows = (
                    await session.execute(
                        select(Suggestion.transaction_id, Suggestion.id).where(Suggestion.rank == 1)
                    )
                ).all()
            latest = dict(sorted(rows))
            if len(latest) >= CLICKS:
                return sorted(latest.values())
            await asyncio.sleep(0.1)
    finally:
        await database.close()
    raise RuntimeError("not every payment got a suggestion")
