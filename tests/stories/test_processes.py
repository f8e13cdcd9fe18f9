"""Several processes: one active worker on PostgreSQL, fail-over, and a second one refused on SQLite."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
from yarl import URL

from sandbox.agency import ADMIN_GROUP, scenario, write_invoices_csv
from store.books.checks import check_all
from store.db.engine import open_database
from tests.support.processes import BotProcess, free_port
from tests.support.world import CAMILLE, FINANCE, MAUD, World, eventually, stand_ins, text_of

NORA = "U0NORA"


@asynccontextmanager
async def two_services(
    folder: Path, database_url: str, **changes: str
) -> AsyncIterator[tuple[World, list[BotProcess]]]:
    """Two whole services on one database; the stand-ins know the first."""
    ports = [free_port(), free_port()]
    async with stand_ins(f"http://127.0.0.1:{ports[0]}") as (world, url):
        bots = []
        for port in ports:
            own = folder / str(port)
            own.mkdir()
            environment = world.sandbox.environment(url) | {"DATABASE_URL": database_url, "PORT": str(port)}
            environment |= changes
            bots.append(BotProcess(environment, own))
        write_invoices_csv(bots[0].folder / "factures.csv", datetime.now(UTC).date())
        await bots[0].command("import", "factures.csv")
        try:
            yield world, bots
        finally:
            for bot in bots:
                await bot.close()


async def is_active(bot: BotProcess) -> bool:
    async with aiohttp.ClientSession() as http, http.get(f"{bot.url}/ready") as answer:
        return bool((await answer.json())["checks"]["worker"]["active"])


async def the_active_one(bots: list[BotProcess]) -> BotProcess:
    async def look() -> BotProcess | None:
        active = [bot for bot in bots if bot.alive and await is_active(bot)]
        assert len(active) <= 1, "two workers at once"
        return active[0] if active else None

    found = await eventually(look, 30)
    assert isinstance(found, BotProcess)
    return found


async def card(world: World, *words: str) -> dict[str, object]:
    async def look() -> object:
        cards = await world.people.messages(MAUD, FINANCE)
        return next((one for one in cards if all(word in text_of(one) for word in words)), None)

    return dict(await eventually(look, 30))


async def test_one_of_two_works_clicks_go_to_either_and_the_other_takes_over(
    tmp_path: Path, postgres_url: str
) -> None:
    async with two_services(tmp_path, postgres_url) as (world, bots):
        await asyncio.gather(*(bot.start() for bot in bots))
        first = await the_active_one(bots)
        [second] = [bot for bot in bots if bot is not first]
        world.sandbox.connect(second.url)

        await world.people.post("/bank/sandbox/pay", **scenario("numero-exact").payment())
        shown = await card(world, "NIKE FRANCE", "À rapprocher")
        assert await world.people.click(MAUD, shown, "Associer") == {"ok": True}
        await card(world, "✓ Associé", "talent prévenu")

        first.kill()
        await first.gone()
        assert await the_active_one([second]) is second
        await world.people.post("/bank/sandbox/pay", **scenario("montant-exact").payment())
        await card(world, "THE DES BRUMES")

        lasting = [one for one in await world.people.messages(MAUD, FINANCE) if not one["ephemeral"]]
        assert len(lasting) == 2
        assert len(await world.people.direct_messages(CAMILLE)) == 1
    database = open_database(postgres_url)
    async with database.read() as session:
        assert await check_all(session) == []
    await database.close()


async def test_a_right_withdrawn_at_one_process_counts_at_once_at_the_other(
    tmp_path: Path, postgres_url: str
) -> None:
    async with two_services(tmp_path, postgres_url, SLACK_ADMINS=ADMIN_GROUP) as (world, bots):
        await asyncio.gather(*(bot.start() for bot in bots))
        await world.people.post("/bank/sandbox/pay", **scenario("numero-exact").payment())
        shown = await card(world, "NIKE FRANCE", "À rapprocher")
        world.sandbox.connect(bots[1].url)
        assert await world.people.click(NORA, shown, "Autre facture…") == {"ok": True}
        assert (await world.people.state(NORA))["modals"]

        world.sandbox.connect(bots[0].url)
        await world.people.post("/sandbox/slack/group", group=ADMIN_GROUP, users=[MAUD])
        world.sandbox.connect(bots[1].url)
        await world.people.click(NORA, shown, "Associer")
        await world.told(NORA, "Seuls les administrateurs")
        await world.people.click(MAUD, shown, "Associer")
        await card(world, "✓ Associé")


async def test_a_worker_that_stands_still_loses_its_place(tmp_path: Path, postgres_url: str) -> None:
    """Meanwhile somebody connects to the other one and says nothing: the served process closes that (W16)."""
    async with two_services(tmp_path, postgres_url) as (world, bots):
        await asyncio.gather(*(bot.start() for bot in bots))
        first = await the_active_one(bots)
        [second] = [bot for bot in bots if bot is not first]
        world.sandbox.connect(second.url)
        silent, writer = await asyncio.open_connection("127.0.0.1", URL(second.url).port)
        first.stop()
        assert await the_active_one([second]) is second
        await world.people.post("/bank/sandbox/pay", **scenario("numero-exact").payment())
        await card(world, "NIKE FRANCE")
        first.resume()

        async def stepped_down() -> bool:
            return not await is_active(first)

        await eventually(stepped_down, 20)
        assert await asyncio.wait_for(silent.read(), 15) == b""
        writer.close()


async def test_d19_a_second_service_on_one_sqlite_file_is_refused(tmp_path: Path, sqlite_url: str) -> None:
    async with two_services(tmp_path, sqlite_url) as (_, (first, second)):
        await first.start()
        code, said = await second.refused()
        assert code != 0
        assert "tourne déjà sur cette base" in said
        assert "Traceback" not in said
        assert await is_active(first)
