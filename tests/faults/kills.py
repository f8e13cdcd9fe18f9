"""``python -m tests.faults.kills --kills 100 --database sqlite``: ``kill -9`` at random instants, under load.

The bank sends webhooks all the time, an administrator clicks whatever waits, and the process is killed and
started again. ``--two`` runs two processes behind one address instead, and kills the working one for good.
Afterwards the world is let settle and everything is checked as after a seed: nothing lost, nothing twice.
"""

import argparse
import asyncio
import contextlib
import random
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from store.db.engine import Database, open_database
from tests.faults.balancer import Balancer
from tests.faults.checks import check
from tests.faults.driver import Driver
from tests.faults.places import places
from tests.faults.plan import MAUD, NORA, Plan
from tests.faults.record import Outcome
from tests.faults.rows import rows
from tests.faults.run import settle
from tests.support.processes import BotProcess, free_port
from tests.support.world import World, buttons_in, stand_ins

# What piled up while the process was dead most of the time must be caught up with.
SETTLE_SECONDS = 300.0
SCENARIOS = ("numero-exact", "montant-exact", "groupe", "payeur-inconnu", "deja-payee")
LABELS = frozenset({"Associer", "Associer les 3", "Annuler l’association"})


@dataclass
class Scene:
    """The world, the processes of one database, and the hand that clicks."""

    world: World
    bots: list[BotProcess]
    driver: Driver
    database: Database
    dice: random.Random

    async def load(self) -> None:
        """Keep everybody busy until cancelled."""
        await asyncio.gather(self._suppliers(), self._clients(), self._clicks(MAUD), self._clicks(NORA))

    async def _suppliers(self) -> None:
        """What leaves the account: stored and shown nowhere, so it may come fast."""
        while True:
            self.world.sandbox.bank.pay(self.dice.randint(100, 99_999), "FOURNISSEUR", side="debit")
            await asyncio.sleep(0.25)

    async def _clients(self) -> None:
        while True:
            await self.world.people.pay(self.dice.choice(SCENARIOS))
            await asyncio.sleep(3)

    async def _clicks(self, who: str) -> None:
        while True:
            pairs = [
                (card, button["text"]["text"])
                for card in await self.driver.cards()
                for _, button in buttons_in(card["blocks"])
                if button["text"]["text"] in LABELS
            ]
            if pairs:
                with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                    await self.driver.click_on(*self.dice.choice(pairs), who)
            await asyncio.sleep(0.3)


@contextlib.asynccontextmanager
async def scene(folder: Path, database_url: str, seed: int, *, processes: int = 1) -> AsyncIterator[Scene]:
    """Start the processes, behind one address when there are several."""
    ports = [free_port() for _ in range(processes)]
    async with Balancer(ports) as balancer, stand_ins(balancer.url) as (world, url):
        world.sandbox.bank.courier._backoff = (0.3, 0.7, 1.5, 3.0)  # a bank in a hurry
        bots = []
        for port in ports:
            own = folder / str(port)
            own.mkdir()
            given = {"DATABASE_URL": database_url, "LOG_LEVEL": "info", "PORT": str(port)}
            bots.append(BotProcess(world.sandbox.environment(url) | given, own))
        database = open_database(database_url)
        driver = Driver(Plan(seed, (), ()), world, bots[0])
        try:
            await asyncio.gather(*(bot.start() for bot in bots))
            yield Scene(world, bots, driver, database, random.Random(seed))
        finally:
            for bot in bots:
                await bot.close()
            await database.close()


async def kill_again_and_again(at: Scene, kills: int) -> None:
    """Kill the process at a random instant of its life, start it again, and so on."""
    load = asyncio.create_task(at.load())
    [bot] = at.bots
    for _ in range(kills):
        await asyncio.sleep(at.dice.uniform(0.1, 2.5))
        bot.kill()
        await bot.gone()
        await bot.start()
    await _stop(load)


async def kill_the_worker_for_good(at: Scene, seconds: float) -> None:
    """Kill the process that works in the middle of the load; the other one must take everything over."""
    load = asyncio.create_task(at.load())
    await asyncio.sleep(seconds / 2)
    active = [bot for bot in at.bots if await _is_active(bot)]
    for bot in active:
        bot.kill()
        await bot.gone()
    [at.driver.bot] = [bot for bot in at.bots if bot not in active]
    await asyncio.sleep(seconds / 2)
    await _stop(load)


async def _is_active(bot: BotProcess) -> bool:
    async with aiohttp.ClientSession() as http, http.get(f"{bot.url}/ready") as answer:
        return bool((await answer.json())["checks"]["worker"]["active"])


async def _stop(load: asyncio.Task[None]) -> None:
    load.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await load


async def verdict(at: Scene, started: float) -> Outcome:
    """Let the world settle and check it; count what was at stake."""
    problems = await settle(at.driver, at.database, SETTLE_SECONDS)
    log = "".join(bot.log.read_text(errors="replace") for bot in at.bots)
    record = at.driver.record
    problems += await check(at.world, at.database, record, log)
    counts = record.counts
    counts["webhooks acknowledged"] = sum(
        any(result.startswith("2") for result in each.tries) for each in at.world.sandbox.bank.deliveries
    )
    counts["movements"] = len(at.world.sandbox.bank.movements)
    counts["clicks"] = len(record.clicks)
    counts["clicks acknowledged"] = sum(click.acknowledged for click in record.clicks)
    async with at.database.read() as session:
        for name in ("inbox", "transactions", "decisions", "messages"):
            [row] = await rows(session, f"SELECT COUNT(*) AS n FROM {name}")
            counts[f"rows in {name}"] = row["n"]
    counts["starts"] = sum(bot.starts for bot in at.bots)
    return Outcome(at.driver.plan.seed, problems, counts, record.sometimes, time.monotonic() - started)


async def run(options: argparse.Namespace) -> Outcome:
    """Run one loop on a database of its own."""
    started = time.monotonic()
    async with (
        places(options.database) as place,
        place.fresh() as (folder, url),
        scene(folder, url, options.seed, processes=2 if options.two else 1) as at,
    ):
        if options.two:
            await kill_the_worker_for_good(at, options.seconds)
        else:
            await kill_again_and_again(at, options.kills)
        return await verdict(at, started)


def main() -> int:
    """Print the figures; exit code 1 when something was lost or doubled."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--two", action="store_true", help="two processes, one killed for good (PostgreSQL)")
    parser.add_argument("--seconds", type=float, default=30, help="how long the load lasts with --two")
    parser.add_argument("--seed", type=int, default=1)
    outcome = asyncio.run(run(parser.parse_args()))
    lines = [f"{outcome.seconds:.0f} s: {'; '.join(outcome.problems[:20]) or 'nothing lost, nothing twice'}"]
    lines += [f"  {name}: {number}" for name, number in sorted(outcome.counts.items())]
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if outcome.problems else 0


if __name__ == "__main__":
    sys.exit(main())
