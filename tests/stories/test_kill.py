"""``kill -9`` at every exchange of the main story, before and after its effect: same end, no double."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.agency import scenario, write_invoices_csv
from sandbox.faults import Fault, Faults
from store.books.checks import check_all
from store.db.engine import open_database
from tests.support.processes import BotProcess, free_port
from tests.support.templates import copy_example, import_example
from tests.support.world import CAMILLE, FINANCE, MAUD, World, eventually, stand_ins, text_of

LAST_EXCHANGE = 15
DEAD = ("dispatch_failed", "operation_timeout")  # what a click on a dead service is told


class Killer(Faults):
    """Kills the service at the nth call it makes to a stand-in, before or after the call took effect."""

    def __init__(self, nth: int, *, after: bool) -> None:
        super().__init__()
        self.bot: BotProcess | None = None
        self.seen: list[str] = []
        self.killed_at: str | None = None
        self._nth, self._after = nth, after

    def take(self, name: str) -> Fault | None:
        if self.bot is None or not self.bot.alive:
            return None
        self.seen.append(name)
        if len(self.seen) != self._nth:
            return None
        self.killed_at = name
        if self._after:
            self.bot.kill()
            return Fault(name, "reset_after")
        self.bot.kill()
        return Fault(name, "reset")


class Story:
    """Somebody patient: does each step until it has worked, and starts the service again when it is dead."""

    def __init__(self, world: World, bot: BotProcess) -> None:
        self.world, self.bot = world, bot

    async def revive(self) -> None:
        if not self.bot.alive:
            await self.bot.gone()
            await self.bot.start()

    async def card(self, *words: str) -> dict[str, object]:
        async def look() -> object:
            await self.revive()
            cards = await self.world.people.messages(MAUD, FINANCE)
            return next((one for one in cards if all(word in text_of(one) for word in words)), None)

        return dict(await eventually(look, 30))

    async def click(self, label: str, before: str, after: str) -> None:
        """Click until the card says that it counted; the click may fail, or its answer may be lost."""

        async def attempt() -> object:
            await self.revive()
            cards = await self.world.people.messages(MAUD, FINANCE)
            if any(after in text_of(one) for one in cards):
                return True
            card = next((one for one in cards if before in text_of(one)), None)
            if card is not None:
                await self.world.people.click(MAUD, card, label)
            return False

        await eventually(attempt, 30)


@pytest.mark.slow
@pytest.mark.parametrize("nth", range(1, LAST_EXCHANGE + 1))
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_killed_at_any_exchange_the_story_ends_the_same(
    tmp_path: Path, nth: int, *, after: bool
) -> None:
    await killed_at(nth, tmp_path, copy_example(tmp_path), after=after)


@pytest.mark.slow
@pytest.mark.parametrize(("nth", "after"), [(4, True), (9, False)])
async def test_killed_at_a_sending_the_story_ends_the_same_on_postgresql(
    tmp_path: Path, postgres_url: str, nth: int, *, after: bool
) -> None:
    write_invoices_csv(tmp_path / "factures.csv", datetime.now(UTC).date())
    await import_example(postgres_url, tmp_path / "factures.csv")
    await killed_at(nth, tmp_path, postgres_url, after=after)


async def killed_at(nth: int, folder: Path, database_url: str, *, after: bool) -> None:
    killer = Killer(nth, after=after)
    async with stand_ins(f"http://127.0.0.1:{free_port()}", faults=killer) as (world, url):
        environment = world.sandbox.environment(url)
        bot = BotProcess(environment | {"DATABASE_URL": database_url, "LOG_LEVEL": "warning"}, folder)
        await bot.start()
        killer.bot = bot
        story = Story(world, bot)
        try:
            await world.people.post("/bank/sandbox/pay", **scenario("numero-exact").payment())
            await story.card("NIKE FRANCE", "À rapprocher")
            await story.click("Associer", "À rapprocher", "✓ Associé")
            await story.card("✓ Associé", "talent prévenu")
            await story.click("Annuler l’association", "✓ Associé", "À rapprocher")
            await eventually(lambda: _told_twice(story), 30)
            await story.card("À rapprocher")
            assert killer.killed_at is not None, f"only {len(killer.seen)} exchanges: {killer.seen}"
            await story.revive()
            assert bot.starts == 2
            await story.card("À rapprocher")
            await check_the_end(world, database_url)
        finally:
            await bot.close()


async def _told_twice(story: Story) -> bool:
    await story.revive()
    return len(await story.world.people.direct_messages(CAMILLE)) == 2


async def check_the_end(world: World, database_url: str) -> None:
    """One card, one announcement, one correction; sums equal to rows; nothing Slack had to refuse."""
    lasting = [one for one in await world.people.messages(MAUD, FINANCE) if not one["ephemeral"]]
    assert len(lasting) == 1
    first, second = (message["text"] for message in await world.people.direct_messages(CAMILLE))
    assert first.startswith("Payé")
    assert second.startswith("Une erreur s’est glissée")
    refused = [one.text for one in world.sandbox.workspace.problems if not one.text.startswith(DEAD)]
    assert refused == []
    database = open_database(database_url)
    try:
        async with database.read() as session:
            assert await check_all(session) == []
    finally:
        await database.close()
