"""The rows P1-P10, X1-X4 and D1, D5, D14 of docs/catalogue.md, on the real process where it matters."""

import asyncio
import json
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest
from sqlalchemy.engine import make_url

from bot.runtime.worker import Job, Wake, Watchdog, Worker
from bot.settings import FixedSettings
from bot.web.middleware import HEADERS
from sandbox import agency
from sandbox.agency import scenario
from sandbox.bank.signing import sign_body
from tests.catalogue.support import door
from tests.support.fault_points import VARIABLE
from tests.support.processes import BotProcess, free_port
from tests.support.world import FINANCE, MAUD, World, eventually, stand_ins, text_of


@asynccontextmanager
async def process(
    folder: Path, database_url: str, *, plain: bool = False, **environment: str
) -> AsyncIterator[tuple[World, BotProcess]]:
    async with stand_ins(f"http://127.0.0.1:{free_port()}") as (world, url):
        settings = world.sandbox.environment(url) | {"DATABASE_URL": database_url} | environment
        bot = BotProcess(settings, folder, plain=plain)
        try:
            yield world, bot
        finally:
            await bot.close()


async def card_arrives(world: World, words: str) -> bool:
    async def look() -> bool:
        return any(words in text_of(one) for one in await world.people.messages(MAUD, FINANCE))

    return bool(await eventually(look, 30))


async def test_p1_p2_sigterm_loses_nothing_and_exits_0(tmp_path: Path, database_url: str) -> None:
    async with process(tmp_path, database_url) as (world, bot):
        await bot.start()
        world.sandbox.bank.courier._backoff = ()
        burst = [
            world.people.post("/bank/sandbox/pay", **scenario("payeur-inconnu").payment()) for _ in range(30)
        ]
        waiting = asyncio.gather(*burst)
        await asyncio.sleep(0.15)
        assert await bot.terminate() == 0
        await waiting
        await world.sandbox.bank.courier.settle()
        acked = {
            each.event_id
            for each in world.sandbox.bank.deliveries
            if any(t.startswith("2") for t in each.tries)
        }
        await bot.start()
        for each in world.sandbox.bank.deliveries:
            if each.event_id in acked:
                assert await _known(world, bot, each.body)


async def _known(world: World, bot: BotProcess, body: bytes) -> bool:
    """An acknowledged movement is listed by the service, without the bank sending it again."""
    wanted = json.loads(body)["data"]["id"]

    async def look() -> bool:
        headers = {"Authorization": f"Bearer {agency.API_TOKEN}"}
        async with world.http.get(f"{bot.url}/api/qonto/transactions?limit=200", headers=headers) as answer:
            return wanted in await answer.text()

    return bool(await eventually(look, 20))


async def test_p3_a_second_signal_ends_at_once(tmp_path: Path, sqlite_url: str) -> None:
    async with process(tmp_path, sqlite_url, plain=True) as (_, bot):
        await bot.start()
        bot.signal(signal.SIGTERM)
        bot.signal(signal.SIGINT)
        async with asyncio.timeout(15):
            await bot.gone()


async def test_p4_a_stalled_loop_is_counted_and_its_stack_logged(caplog: pytest.LogCaptureFixture) -> None:
    stalls: list[float] = []
    watchdog = Watchdog(stalls.append)
    watchdog.start()
    await asyncio.sleep(0.2)
    time.sleep(0.5)  # noqa: ASYNC251  # the stall itself
    await asyncio.sleep(0.2)
    await watchdog.stop()
    assert max(stalls) > 0.3
    stacks = [vars(each).get("stack", "") for each in caplog.records if each.message == "event loop stalled"]
    assert any("test_p4" in stack for stack in stacks)


async def test_p6_a_failing_step_is_tried_again_and_a_dead_worker_stops_the_process() -> None:
    tries: list[int] = []

    async def step() -> int:
        tries.append(1)
        if len(tries) < 3:
            raise RuntimeError("broken")
        return 0

    worker = Worker([Job("fragile", step, 0.05)], Wake())
    task = asyncio.create_task(worker.run())
    await eventually(lambda: len(tries) >= 3)
    assert worker.health["fragile"].failures == 0
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_p6_the_process_fails_when_its_worker_dies(tmp_path: Path, sqlite_url: str) -> None:
    async with process(tmp_path, sqlite_url) as (_, bot):
        bot.set(VARIABLE, "wait.before:supervisor@1=raise")
        code, said = await bot.refused()
        assert code not in {0, None}
        assert "the worker died" in said


async def test_p8_without_network_it_serves_stores_and_catches_up(tmp_path: Path, sqlite_url: str) -> None:
    async with process(tmp_path, sqlite_url) as (world, bot):
        nowhere = f"http://127.0.0.1:{free_port()}"
        bot.set("SLACK_API_URL", f"{nowhere}/api/")
        bot.set("QONTO_API_URL", nowhere)
        await bot.start()
        movement = world.sandbox.bank.pay(73520, "SCI LES GLYCINES", reference="VIREMENT")
        await world.sandbox.bank.courier.settle()
        assert world.sandbox.bank.deliveries[0].outcome == "delivered"
        async with world.http.get(f"{bot.url}/ready") as answer:
            assert answer.status == 200
        await bot.terminate()
        url = str(world.people.url)
        bot.set("SLACK_API_URL", f"{url}/api/")
        bot.set("QONTO_API_URL", f"{url}/bank")
        await bot.start()
        assert await card_arrives(world, "SCI LES GLYCINES")
        assert movement.id


async def test_p10_x1_x2_x4_no_answer_says_more_than_it_must(tmp_path: Path) -> None:
    async with door(tmp_path) as at:
        await at.world.people.pay("numero-exact")
        await at.world.card("NIKE")
        texts = []
        for path in ("/health", "/ready", "/metrics", "/nowhere", "/api/invoices", "/api/nowhere"):
            async with at.http.get(at.url + path) as answer:
                texts.append(await answer.text())
                assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        said = " ".join(texts)
        for secret in (
            "NIKE",
            "1500",
            "150000",
            "FR76",
            agency.SLACK_BOT_TOKEN,
            agency.API_TOKEN,
            "Traceback",
        ):
            assert secret not in said, secret


async def test_metrics_count_events_calls_and_webhooks(tmp_path: Path) -> None:
    async with door(tmp_path) as at:
        await at.world.people.pay("numero-exact")
        await at.world.card("NIKE")

        async def read() -> str:
            async with at.http.get(at.url + "/metrics") as answer:
                assert answer.headers["Content-Type"].startswith("text/plain")
                return await answer.text()

        async def quiet() -> bool:
            return "qonto_bot_messages_lagging 0.0" in await read()

        await eventually(quiet)
        text = await read()
        for line in (
            'qonto_bot_events{state="handled"} 1.0', 'qonto_bot_webhooks_total{status="200"} 1.0',
            'qonto_bot_slack_calls_total{method="chat.postMessage",outcome="ok"} 1.0',
            'qonto_bot_bank_calls_total{outcome="200"}', "qonto_bot_oldest_event_seconds 0.0",
            "qonto_bot_messages_lagging 0.0", "qonto_bot_database_up 1.0",
        ):  # fmt: skip
            assert line in text, line


def test_x3_no_secret_shows_in_any_form_of_the_settings() -> None:
    values: dict[str, Any] = {
        "qonto_api_key": "identifiant:CLE-TRES-SECRETE", "qonto_webhook_secret": "SECRET-" * 8,
        "slack_bot_token": "xoxb-TRES-SECRET", "slack_signing_secret": "SIGNATURE-SECRETE",
        "api_token": "JETON-SECRET", "qonto_client_secret": "CLIENT-SECRET", "slack_app_token": "xapp-SECRET",
    }  # fmt: skip
    settings = FixedSettings(**values)
    forms = [
        repr(settings),
        str(settings),
        str(settings.model_dump()),
        settings.model_dump_json(),
        f"{settings}",
    ]
    for form in forms:
        for value in values.values():
            assert value not in form
            assert "SECRET" not in form.upper().replace("WEBHOOK_SECRET", "").replace("CLIENT_SECRET", "").replace(
                "SIGNING_SECRET", "").replace("SECRETSTR", "")  # fmt: skip


async def test_d14_a_postgresql_that_drops_every_connection_is_503_and_recovers(
    tmp_path: Path, postgres_url: str
) -> None:
    async with process(tmp_path, postgres_url) as (world, bot):
        await bot.start()
        dsn = make_url(postgres_url).set(drivername="postgresql").render_as_string(hide_password=False)
        connection = await asyncpg.connect(dsn)  # type: ignore[no-untyped-call]  # asyncpg leaves it so
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        statuses = []
        for number in range(60):
            if number % 20 == 5:
                await connection.execute(cut)
            body = json.dumps({"id": f"e{number}", "type": "v1/other", "data": {}}).encode()
            headers = {"X-Qonto-Signature": sign_body(body, agency.QONTO_WEBHOOK_SECRET, int(time.time()))}
            async with world.http.post(f"{bot.url}/api/webhooks/qonto", data=body, headers=headers) as answer:
                statuses.append((f"e{number}", answer.status))
        assert {status for _, status in statuses} <= {200, 503}
        stored = {row["event_id"] for row in await connection.fetch("SELECT event_id FROM inbox")}
        assert {event for event, status in statuses if status == 200} <= stored
        await world.people.post("/bank/sandbox/pay", **scenario("payeur-inconnu").payment())
        assert await card_arrives(world, "SCI LES GLYCINES")
        await connection.close()
        async with aiohttp.ClientSession() as http, http.get(f"{bot.url}/ready") as answer:
            assert answer.status == 200
