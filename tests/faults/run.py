"""Run one seed: the real process beside both stand-ins, its plan, then a healthy world, then the checks."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import func, select

from sandbox.agency import API_TOKEN, scenario, write_invoices_csv
from sandbox.faults import Fault, Faults
from store.engine import Database, open_database
from store.fault_points import KILLED, VARIABLE
from store.models import InboxEvent, Message, Transaction
from store.types import InboxState, MessageState
from tests.faults.checks import check
from tests.faults.plan import ADMINS, HUGO, MAUD, NORA, Plan, Step
from tests.processes import BotProcess, free_port
from tests.world import FINANCE, World, buttons_in, stand_ins

SETTLE_SECONDS = 60.0
Json = dict[str, Any]


class CountedFaults(Faults):
    """The planned faults, and how many of each kind really happened."""

    def __init__(self) -> None:
        super().__init__()
        self.happened: Counter[str] = Counter()

    def take(self, name: str) -> Fault | None:
        fault = super().take(name)
        if fault is not None:
            self.happened[f"{name.partition(':')[0]} {fault.kind}"] += 1
        return fault


@dataclass(frozen=True)
class Click:
    """What somebody clicked, and what Slack was answered."""

    who: str
    action_id: str
    value: str
    acknowledged: bool


@dataclass
class Record:
    """What the driver saw: the small model is made of this, never of our own database."""

    clicks: list[Click] = field(default_factory=list)
    deleted: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    sometimes: set[str] = field(default_factory=set)


@dataclass
class Outcome:
    """What became of one seed."""

    seed: int
    problems: list[str]
    counts: Counter[str]
    sometimes: set[str]
    seconds: float


class Driver:
    """Does the plan's steps; a dead process is started again before the next one."""

    def __init__(self, plan: Plan, world: World, bot: BotProcess, folder: Path) -> None:
        self.plan, self.world, self.bot, self.folder = plan, world, bot, folder
        self.record = Record()
        self.points = list(plan.points)

    async def run(self) -> None:
        """Do every step of the plan."""
        await self.start()
        for step in self.plan.steps:
            await self.revive()
            self.record.counts[step.what] += 1
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                await _DO[step.what](self, step)
            await asyncio.sleep(0.02)

    async def start(self) -> None:
        """Start the process, with the next fault point of the plan; a start that dies is done again."""
        begun = time.monotonic()
        while True:
            self.bot.set(VARIABLE, self.points.pop(0) if self.points else "")
            with contextlib.suppress(AssertionError):
                await self.bot.start()
                self.record.counts["seconds of starting"] += round(time.monotonic() - begun)
                return
            await self._ended()

    async def revive(self) -> None:
        if not self.bot.alive:
            await self._ended()
            await self.start()

    async def _ended(self) -> None:
        code = await self.bot.gone()
        self.record.counts["crash at a fault point" if code == KILLED else f"exit {code}"] += 1

    async def cards(self) -> list[Json]:
        found = await self.world.people.messages(MAUD, FINANCE)
        return [one for one in found if not one.get("ephemeral") and buttons_in(one["blocks"])]

    async def pay(self, step: Step) -> None:
        self.world.sandbox.bank.courier.copies = step.how["copies"]
        body = scenario(step.how["scenario"]).payment()
        await self.world.people.post("/bank/sandbox/pay", **body, deliver=step.how["deliver"])
        if step.how["deliver"] and self.record.counts["pay"] < 3:
            await self._until_card()

    async def _until_card(self) -> None:
        before = len(await self.cards())
        deadline = time.monotonic() + 4
        while self.bot.alive and len(await self.cards()) <= before:
            await asyncio.sleep(0.05)
            if time.monotonic() > deadline:
                return

    async def click(self, step: Step) -> None:
        cards = await self.cards()
        if cards:
            await self.click_on(cards[step.how["card"] % len(cards)], step.how["button"], step.how["who"])

    async def click_on(self, card: Json, label: str, who: str) -> None:
        """Click the named button, or the first there is."""
        pairs = buttons_in(card["blocks"])
        named = [(block, one) for block, one in pairs if one["text"]["text"] == label]
        usable = [(block, one) for block, one in named or pairs if not one["action_id"].endswith("choose")]
        if usable:
            block, button = usable[0]
            await self._press(who, card["ts"], block["block_id"], button["action_id"], button["value"])

    async def _press(self, who: str, ts: str, block_id: str, action_id: str, value: str) -> None:
        answer: Json = {"ok": False}
        try:
            answer = await self.world.people.post(
                "/ui/click",
                user=who,
                container={"type": "message", "channel": FINANCE, "ts": ts},
                block_id=block_id,
                action_id=action_id,
                value=value,
            )
        finally:
            self.record.clicks.append(Click(who, action_id, value, bool(answer.get("ok"))))

    async def two_admins(self, step: Step) -> None:
        cards = await self.cards()
        if not cards:
            return
        card = cards[step.how["card"] % len(cards)]

        async def second() -> None:
            await asyncio.sleep(step.how["gap"])
            await self.click_on(card, step.how["button"], NORA)

        await asyncio.gather(self.click_on(card, step.how["button"], MAUD), second())

    async def change(self, step: Step) -> None:
        bank = self.world.sandbox.bank
        movements = sorted(bank.movements, key=lambda each: each.key)
        if movements:
            chosen = movements[step.how["movement"] % len(movements)]
            bank.change(chosen.id, deliver=step.how["deliver"], **step.how["fields"])

    async def redeliver(self, step: Step) -> None:
        bank = self.world.sandbox.bank
        if bank.deliveries:
            bank.courier.redeliver(step.how["delivery"] % len(bank.deliveries))

    async def sync(self, _step: Step) -> None:
        headers = {"Authorization": f"Bearer {API_TOKEN}"}
        url = f"{self.bot.url}/api/qonto/sync"
        timeout = aiohttp.ClientTimeout(total=20)
        async with self.world.http.post(url, json={"days": 30}, headers=headers, timeout=timeout) as answer:
            self.record.counts[f"sync answered {answer.status}"] += 1

    async def import_file(self, _step: Step) -> None:
        with contextlib.suppress(AssertionError):
            await self.bot.command("import", "factures.csv")

    async def fault(self, step: Step) -> None:
        self.world.sandbox.faults.add(step.how["fault"])

    async def kill(self, _step: Step) -> None:
        self.bot.kill()

    async def terminate(self, _step: Step) -> None:
        await self.bot.terminate()

    async def kick(self, _step: Step) -> None:
        self.world.sandbox.workspace.kick_bot(FINANCE)

    async def delete_card(self, step: Step) -> None:
        cards = await self.cards()
        if cards:
            card = cards[step.how["card"] % len(cards)]
            workspace = self.world.sandbox.workspace
            found = workspace.find_message(FINANCE, card["ts"])
            key = ((found.metadata or {}).get("event_payload") or {}).get("key", "") if found else ""
            self.record.deleted[key] += 1
            workspace.delete_message(FINANCE, card["ts"])

    async def old_button(self, step: Step) -> None:
        """Somebody clicks what an old screen still shows: the payload of an earlier click, replayed."""
        if self.record.clicks:
            old = self.record.clicks[step.how["click"] % len(self.record.clicks)]
            answer = await self.world.people.post("/sandbox/slack/replay", kind="action")
            self.record.counts["replayed"] += 1
            last = self.record.clicks[-1]
            self.record.clicks.append(Click(last.who, last.action_id, last.value, bool(answer.get("ok"))))
            del old

    async def pause(self, step: Step) -> None:
        await asyncio.sleep(step.how["seconds"])


_DO: dict[str, Callable[[Driver, Step], Awaitable[None]]] = {
    "pay": Driver.pay, "click": Driver.click, "outsider": Driver.click, "two_admins": Driver.two_admins,
    "change": Driver.change, "redeliver": Driver.redeliver, "sync": Driver.sync, "import": Driver.import_file,
    "slack_fault": Driver.fault, "bank_fault": Driver.fault, "kill": Driver.kill,
    "terminate": Driver.terminate, "kick": Driver.kick, "delete_card": Driver.delete_card,
    "old_button": Driver.old_button, "pause": Driver.pause,
}  # fmt: skip


async def run_seed(plan: Plan, folder: Path, database_url: str) -> Outcome:
    """Run one plan to its end and check everything."""
    started = time.monotonic()
    faults = CountedFaults()
    async with stand_ins(f"http://127.0.0.1:{free_port()}", faults=faults) as (world, url):
        world.sandbox.bank.courier._backoff = (0.3, 0.7, 1.5)  # a bank in a hurry
        environment = world.sandbox.environment(url) | {"DATABASE_URL": database_url, "LOG_LEVEL": "info"}
        bot = BotProcess(environment, folder)
        database = open_database(database_url)
        driver = Driver(plan, world, bot, folder)
        write_invoices_csv(folder / "factures.csv", datetime.now(UTC).date())
        try:
            await bot.command("import", "factures.csv")
            await driver.run()
            driver.record.counts["seconds of actions"] += round(time.monotonic() - started)
            driver.record.sometimes |= await _unfinished(database)
            problems = await settle(driver, database)
            problems += await check(world, database, driver.record, bot.log.read_text(errors="replace"))
            _count(driver, faults)
        finally:
            await bot.close()
            await database.close()
    return Outcome(
        plan.seed, problems, driver.record.counts, driver.record.sometimes, time.monotonic() - started
    )


def _count(driver: Driver, faults: CountedFaults) -> None:
    counts = driver.record.counts
    counts.update({f"fault {name}": number for name, number in faults.happened.items()})
    counts["starts"] += driver.bot.starts
    counts["deliveries"] += len(driver.world.sandbox.bank.deliveries)
    counts["clicks"] += len(driver.record.clicks)


async def settle(driver: Driver, database: Database) -> list[str]:
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
    await driver.sync(Step("sync"))
    healthy_at = time.monotonic()
    deadline = healthy_at + SETTLE_SECONDS
    left: list[str] = ["never looked"]
    calm = 0
    while time.monotonic() < deadline:
        await asyncio.sleep(0.25)
        left = await pending(database)
        calm = 0 if left else calm + 1
        if calm > 1:
            driver.record.counts["seconds to settle"] += round(time.monotonic() - healthy_at)
            return []
    return [f"liveness: after {SETTLE_SECONDS:.0f} s still {left}"]


async def pending(database: Database) -> list[str]:
    """List the work that is left; what waits for a person is not work of ours."""
    async with database.read() as session:
        events = await session.scalar(
            select(func.count()).where(InboxEvent.state.in_([InboxState.PENDING, InboxState.DEAD]))
        )
        matching = await session.scalar(select(func.count()).where(Transaction.needs_matching.is_(True)))
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


__all__ = ["ADMINS", "HUGO", "Click", "Outcome", "Record", "run_seed"]
