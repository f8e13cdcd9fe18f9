"""Does the steps of a plan to the real process, and records what it saw."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import aiohttp

from sandbox.agency import API_TOKEN, scenario
from tests.faults.plan import MAUD, NORA, Plan, Step
from tests.faults.record import Click, Record
from tests.support.fault_points import KILLED, VARIABLE
from tests.support.modals import Modal
from tests.support.processes import BotProcess
from tests.support.world import FINANCE, World, buttons_in

Json = dict[str, Any]


class Driver:
    """Does the plan's steps; a dead process is started again before the next one."""

    def __init__(self, plan: Plan, world: World, bot: BotProcess) -> None:
        self.plan, self.world, self.bot = plan, world, bot
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
        while True:
            self.bot.set(VARIABLE, self.points.pop(0) if self.points else "")
            with contextlib.suppress(AssertionError):
                await self.bot.start()
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
            card = cards[step.how["card"] % len(cards)]
            await self.click_on(card, step.how["button"], step.how["who"], step.how["rank"])

    async def click_on(self, card: Json, label: str, who: str, rank: int = 0) -> None:
        """Click a button with this text, the next one for another rank, or any that there is."""
        pairs = buttons_in(card["blocks"])
        named = [(block, one) for block, one in pairs if one["text"]["text"] == label]
        usable = [(block, one) for block, one in named or pairs if not one["action_id"].endswith("choose")]
        if usable:
            block, button = usable[rank % len(usable)]
            await self._press(who, card["ts"], block["block_id"], button["action_id"], button["value"])
            if button["action_id"] == "payment.ignore":
                await self._give_reason(who)

    async def _give_reason(self, who: str) -> None:
        """Fill the form that asks why a payment is none of a client, when it opens."""
        modal, deadline = Modal(self.world, who), time.monotonic() + 1
        while not (reasons := _reasons(view := await modal.top())):
            if not self.bot.alive or time.monotonic() > deadline:
                return
            await asyncio.sleep(0.05)
        element = reasons[0]["element"]
        answer = {"type": element["type"], "selected_option": element["options"][0]}
        state = {"reason": {element["action_id"]: answer}}
        await self.world.people.post("/ui/submit", user=who, view_id=(view or {}).get("id"), state=state)

    async def _press(self, who: str, ts: str, block_id: str, action_id: str, value: str) -> None:
        with self.clicking(who, action_id, value) as answer:
            where = {"type": "message", "channel": FINANCE, "ts": ts}
            button = {"block_id": block_id, "action_id": action_id, "value": value}
            answer.update(await self.world.people.post("/ui/click", user=who, container=where, **button))

    @contextlib.contextmanager
    def clicking(self, who: str, action_id: str, value: str) -> Iterator[Json]:
        """Record a click with what Slack was answered, whatever became of it."""
        answer: Json = {}
        try:
            yield answer
        finally:
            self.record.clicks.append(Click(who, action_id, value, bool(answer.get("ok"))))

    async def two_admins(self, step: Step) -> None:
        cards = await self.cards()
        if not cards:
            return
        card = cards[step.how["card"] % len(cards)]

        first, second = step.how["buttons"]

        async def nora() -> None:
            await asyncio.sleep(step.how["gap"])
            await self.click_on(card, second, NORA, step.how["rank"])

        await asyncio.gather(self.click_on(card, first, MAUD), nora())

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
        await self.order_sync()

    async def order_sync(self) -> int:
        """Order a synchronisation; gives the status answered, 409 while another one runs."""
        headers = {"Authorization": f"Bearer {API_TOKEN}"}
        url = f"{self.bot.url}/api/qonto/sync"
        timeout = aiohttp.ClientTimeout(total=20)
        async with self.world.http.post(url, json={"days": 30}, headers=headers, timeout=timeout) as answer:
            self.record.counts[f"sync answered {answer.status}"] += 1
            return answer.status

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
        """Somebody clicks what an old screen still shows: an earlier click of theirs arrives again."""
        earlier = [one.payload for one in self.world.sandbox.workspace.deliveries if one.kind == "action"]
        if earlier:
            payload = earlier[step.how["click"] % len(earlier)]
            who, button = payload["user"]["id"], payload["actions"][0]
            with self.clicking(who, button["action_id"], button["value"]) as answer:
                answer.update(
                    await self.world.people.post("/sandbox/slack/replay", kind="action", payload=payload)
                )

    async def pause(self, step: Step) -> None:
        await asyncio.sleep(step.how["seconds"])


def _reasons(view: Json | None) -> list[Json]:
    return [block for block in (view or {"blocks": []})["blocks"] if block.get("block_id") == "reason"]


_DO: dict[str, Callable[[Driver, Step], Awaitable[None]]] = {
    "pay": Driver.pay, "click": Driver.click, "outsider": Driver.click, "two_admins": Driver.two_admins,
    "change": Driver.change, "redeliver": Driver.redeliver, "sync": Driver.sync, "import": Driver.import_file,
    "slack_fault": Driver.fault, "bank_fault": Driver.fault, "kill": Driver.kill,
    "terminate": Driver.terminate, "kick": Driver.kick, "delete_card": Driver.delete_card,
    "old_button": Driver.old_button, "pause": Driver.pause,
}  # fmt: skip
