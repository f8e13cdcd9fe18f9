"""Run one seed: the real process beside both stand-ins, its plan, then a healthy world, then the checks."""

import asyncio
import time
from http import HTTPStatus
from pathlib import Path

from sqlalchemy import func, select

from store.db.engine import Database, open_database
from store.models import InboxEvent, Message, Transaction
from store.suggestions import rematching
from store.types import InboxState, MessageState
from tests.faults.checks import check
from tests.faults.driver import Driver
from tests.faults.plan import Plan
from tests.faults.record import CountedFaults, Outcome
from tests.support.processes import BotProcess, free_port
from tests.support.world import FINANCE, stand_ins

SETTLE_SECONDS = 60.0
MOST_NAMED = 1_000


async def run_seed(plan: Plan, folder: Path, database_url: str) -> Outcome:
    """Run one plan to its end, on a database that holds the example agency, and check everything."""
    started = time.monotonic()
    faults = CountedFaults()
    async with stand_ins(f"http://127.0.0.1:{free_port()}", faults=faults) as (world, url):
        world.sandbox.bank.courier._backoff = (0.3, 0.7, 1.5)  # a bank in a hurry
        environment = world.sandbox.environment(url) | {"DATABASE_URL": database_url, "LOG_LEVEL": "info"}
        bot = BotProcess(environment, folder)
        database = open_database(database_url)
        driver = Driver(plan, world, bot)
        try:
            await driver.run()
            driver.record.sometimes |= await _unfinished(database)
            problems = await settle(driver, database)
            problems += await check(world, database, driver.record, bot.log.read_text(errors="replace"))
            _count(driver, faults)
        finally:
            await bot.close()
            await database.close()
    seconds = time.monotonic() - started
    return Outcome(plan.seed, problems, driver.record.counts, driver.record.sometimes, seconds)


def _count(driver: Driver, faults: CountedFaults) -> None:
    counts = driver.record.counts
    counts.update({f"fault {name}": number for name, number in faults.happened.items()})
    counts["starts"] += driver.bot.starts
    counts["deliveries"] += len(driver.world.sandbox.bank.deliveries)
    counts["clicks"] += len(driver.record.clicks)


async def settle(driver: Driver, database: Database, seconds: float = SETTLE_SECONDS) -> list[str]:
    """Heal the world, restart the process without fault points, sync, and wait: everything must end."""
    workspace = driver.world.sandbox.workspace
    driver.world.sandbox.faults.clear()
    workspace.invite_bot(FINANCE)
    driver.points.clear()
    if driver.plan.seed % 2:
        driver.bot.kill()
    else:
        await driver.bot.terminate()
    await driver.bot.gone()
    await driver.world.sandbox.bank.courier.settle()
    await driver.start()
    deadline = time.monotonic() + seconds
    for _ in range(200):
        if await driver.order_sync() == HTTPStatus.OK:
            break
        await asyncio.sleep(0.2)
    left: list[str] = ["never looked"]
    calm = 0
    while time.monotonic() < deadline:
        await asyncio.sleep(0.25)
        left = await pending(database)
        calm = 0 if left else calm + 1
        if calm > 1:
            return []
    return [f"liveness: after {seconds:.0f} s still {left}"]


async def pending(database: Database) -> list[str]:
    """List the work that is left; what waits for a person is not work of ours."""
    async with database.read() as session:
        events = await session.scalar(
            select(func.count()).where(InboxEvent.state.in_([InboxState.PENDING, InboxState.DEAD]))
        )
        asked = await rematching.is_asked(session)
        matching = len(await rematching.due(session, MOST_NAMED)) + asked
        reread = await session.scalar(select(func.count()).where(Transaction.needs_reread.is_(True)))
        lag = select(Message.key, Message.state, Message.last_error).where(
            Message.shown_version < Message.wanted_version,
            Message.state != MessageState.CANCELLED,
            func.coalesce(Message.last_error, "") != "talent_not_linked",
        )
        late = [f"{row.key} {row.state} {row.last_error}" for row in await session.execute(lag)]
    named = {"events": events, "payments to match": matching, "to read again": reread}
    return [f"{count} {name}" for name, count in named.items() if count] + late


async def _unfinished(database: Database) -> set[str]:
    return {"a restart found unfinished work"} if await pending(database) else set()
