"""Page, Slack and bank on one address, as a bot and as a person meet them."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from sandbox import agency
from sandbox.app import SANDBOX, Sandbox, build_sandbox

Client = TestClient[web.Request, web.Application]
TOKEN = {"Authorization": f"Bearer {agency.SLACK_BOT_TOKEN}"}


@pytest.fixture
async def bot() -> AsyncIterator[tuple[str, list[tuple[str, bytes]]]]:
    """A bot that answers 200 and remembers what it was sent."""
    heard: list[tuple[str, bytes]] = []

    async def hear(request: web.Request) -> web.Response:
        heard.append((request.path, await request.read()))
        return web.Response()

    app = web.Application()
    app.router.add_post("/{path:.*}", hear)
    async with TestServer(app) as server:
        yield str(server.make_url("/")), heard


@pytest.fixture
async def client(bot: tuple[str, list[tuple[str, bytes]]]) -> AsyncIterator[Client]:
    async with TestClient(TestServer(build_sandbox(bot_url=bot[0]))) as client:
        yield client


async def get(client: Client, path: str, **options: Any) -> Any:
    async with client.get(path, **options) as response:
        return await response.json()


async def test_the_page_its_files_and_its_start_are_served(client: Client) -> None:
    async with client.get("/") as response:
        assert "ce n’est pas Slack" in await response.text()
        assert "default-src 'self'" in response.headers["Content-Security-Policy"]
    async with client.get("/page/main.js") as response:
        assert response.content_type in {"text/javascript", "application/javascript"}
    start = await get(client, "/sandbox/start")
    assert (start["user"], start["place"]) == (agency.ADMIN, agency.FINANCE_CHANNEL)
    assert len(start["scenarios"]) == 11


async def test_everyone_sees_their_channels(client: Client) -> None:
    names = {}
    for user in ("U0MAUD", "U0CAMILLE"):
        state = await get(client, "/ui/state", params={"user": user})
        names[user] = {channel["name"] for channel in state["channels"] if not channel["is_im"]}
    assert names == {"U0MAUD": {"paiements", "general"}, "U0CAMILLE": {"general"}}
    assert state["team"]["name"] == "Atelier Talents"
    assert [command["command"] for command in state["commands"]] == ["/qonto"]


async def test_a_scenario_reaches_the_bot_and_the_bank_keeps_it(
    client: Client, bot: tuple[str, list[tuple[str, bytes]]]
) -> None:
    payment = agency.scenario("numero-exact").payment()
    async with client.post("/bank/sandbox/pay", json=payment) as response:
        assert response.status == 201
    async with client.post("/bank/sandbox/pay", json=payment | {"deliver": False}) as response:
        assert response.status == 201
    await client.app[SANDBOX].bank.courier.settle()
    assert [path for path, _ in bot[1]] == ["/api/webhooks/qonto"]
    assert json.loads(bot[1][0][1])["type"] == "v1/transactions"
    organization = await get(client, "/bank/v2/organization", headers={"Authorization": agency.QONTO_API_KEY})
    account = organization["organization"]["bank_accounts"][0]
    assert account["balance_cents"] == 300000


async def test_a_command_reaches_the_bot(client: Client, bot: tuple[str, list[tuple[str, bytes]]]) -> None:
    body = {"user": "U0MAUD", "channel": agency.FINANCE_CHANNEL, "text": "/qonto sync"}
    async with client.post("/ui/command", json=body) as response:
        assert await response.json() == {"ok": True}
    assert bot[1][0][0] == "/slack/events"
    assert b"command=%2Fqonto" in bot[1][0][1]


async def test_the_environment_opens_both_doors(client: Client) -> None:
    sandbox = client.app[SANDBOX]
    env = sandbox.environment(str(client.make_url("/")))
    assert env["SLACK_ADMINS"] == "U0MAUD,S0FINANCE"
    assert env["PUBLIC_URL"] == sandbox.bot_url
    assert len(env["QONTO_WEBHOOK_SECRET"]) >= 32
    token = {"Authorization": f"Bearer {env['SLACK_BOT_TOKEN']}"}
    async with client.session.post(f"{env['SLACK_API_URL']}auth.test", headers=token) as response:
        assert (await response.json())["ok"] is True
    async with client.session.get(
        f"{env['QONTO_API_URL']}/v2/organization", headers={"Authorization": env["QONTO_API_KEY"]}
    ) as response:
        assert response.status == 200


async def test_faults_are_planned_for_both_at_one_place(client: Client) -> None:
    for target in ("slack:auth.test", "bank:GET /v2/organization"):
        async with client.post(
            "/sandbox/faults", json={"target": target, "kind": "status", "status": 503}
        ) as response:
            assert response.status == 200
    async with client.post("/api/auth.test", headers=TOKEN) as response:
        assert response.status == 503
    async with client.get(
        "/bank/v2/organization", headers={"Authorization": agency.QONTO_API_KEY}
    ) as response:
        assert response.status == 503
    assert await get(client, "/sandbox/faults") == {"faults": []}
    await client.post("/sandbox/faults", json={"target": "*", "kind": "reset"})
    await client.delete("/sandbox/faults")
    assert await get(client, "/sandbox/faults") == {"faults": []}


def test_the_manifest_decides_what_the_app_may_do() -> None:
    manifest = {
        "features": {
            "app_home": {"home_tab_enabled": True, "messages_tab_enabled": False},
            "slash_commands": [{"command": "/banque", "description": "Essai"}],
        },
        "oauth_config": {"scopes": {"bot": ["commands"]}},
        "settings": {"event_subscriptions": {"bot_events": ["app_home_opened"]}},
    }
    app = build_sandbox(bot_url="http://127.0.0.1:1", manifest=manifest)[SANDBOX].workspace.app
    assert app.scopes == ("commands",)
    assert app.events == ("app_home_opened",)
    assert not app.messages_enabled
    assert [command.command for command in app.commands] == ["/banque"]


def test_a_sandbox_without_a_bot_names_no_address() -> None:
    assert "PUBLIC_URL" not in Sandbox().environment("http://127.0.0.1:2")


def test_the_command_says_where_to_look() -> None:
    root = Path(__file__).parents[3]
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--port", "0", "--bot-url", "http://127.0.0.1:9"],
        cwd=root,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(4)]
    process.terminate()
    process.communicate(timeout=10)
    assert lines[0].startswith("Aperçu de démonstration : http://127.0.0.1:")
    assert lines[3].startswith("SLACK_BOT_TOKEN=")
