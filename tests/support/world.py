"""The world around the service: both stand-ins over real HTTP, the service inside or beside them."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.test_utils import TestServer

from bot.app import SERVICE, Service, build_app
from bot.cli.demo import load_example
from bot.cli.manifest import build_manifest
from bot.settings import FixedSettings
from sandbox import agency
from sandbox.app import Sandbox, example_bank, example_workspace
from sandbox.faults import Faults
from tests.support.templates import copy_example, copy_migrated

MAUD = agency.ADMIN
HUGO = "U0HUGO"
CAMILLE = "U0CAMILLE"
FINANCE = agency.FINANCE_CHANNEL
PATIENCE = 15.0

Json = dict[str, Any]


async def eventually(check: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """Wait until ``check`` gives something true, and return it; fail after ``seconds``."""
    deadline = time.monotonic() + seconds
    while True:
        found = check()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"never came true: {check}")
        await asyncio.sleep(0.02)


class People:
    """What a person does on the stand-in page, without the page."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self.url = url

    async def post(self, path: str, **body: Any) -> Json:
        async with self._http.post(f"{self.url}{path}", json=body) as answer:
            return dict(await answer.json())

    async def state(self, user: str) -> Json:
        async with self._http.get(f"{self.url}/ui/state", params={"user": user}) as answer:
            return dict(await answer.json())

    async def messages(self, user: str, channel: str) -> list[Json]:
        state = await self.state(user)
        found = [one for one in state["channels"] if one["id"] == channel]
        return list(found[0]["messages"]) if found else []

    async def direct_messages(self, user: str) -> list[Json]:
        state = await self.state(user)
        return [message for one in state["channels"] if one["is_im"] for message in one["messages"]]

    async def pay(self, scenario: str, *, deliver: bool = True) -> Json:
        """Let a client of the example agency pay."""
        return await self.post("/bank/sandbox/pay", **agency.scenario(scenario).payment(), deliver=deliver)

    async def click(self, user: str, message: Json, label: str, channel: str = FINANCE) -> Json:
        """Click the button with this text in a message."""
        block, element = button_in(message["blocks"], label)
        return await self.post(
            "/ui/click",
            user=user,
            container={"type": "message", "channel": channel, "ts": message["ts"]},
            block_id=block["block_id"],
            action_id=element["action_id"],
            value=element["value"],
        )

    async def command(self, user: str, text: str, channel: str = FINANCE) -> Json:
        return await self.post("/ui/command", user=user, channel=channel, text=text)


def buttons_in(blocks: list[Json]) -> list[tuple[Json, Json]]:
    """List every button with its block, in order."""
    found = []
    for block in blocks:
        elements = [*block.get("elements", []), *([block["accessory"]] if "accessory" in block else [])]
        found += [(block, element) for element in elements if element.get("type") == "button"]
    return found


def button_in(blocks: list[Json], label: str) -> tuple[Json, Json]:
    """Find a button by its text."""
    for block, element in buttons_in(blocks):
        if element["text"]["text"] == label:
            return block, element
    raise AssertionError(f"no button {label!r} in {[e['text']['text'] for _, e in buttons_in(blocks)]}")


def text_of(message: Json) -> str:
    """Give all the text of a message's blocks, as one string."""
    texts: list[str] = []

    def walk(item: Any) -> None:
        if isinstance(item, dict):
            texts.extend(value for key, value in item.items() if key == "text" and isinstance(value, str))
            for value in item.values():
                walk(value)
        elif isinstance(item, list):
            for value in item:
                walk(value)

    walk(message["blocks"])
    return "".join(texts)


class World:
    """Stand-ins, people and (when it runs in this process) the service."""

    def __init__(self, sandbox: Sandbox, people: People, http: aiohttp.ClientSession) -> None:
        self.sandbox = sandbox
        self.people = people
        self.http = http

    async def card(self, *words: str) -> Json:
        """Wait for the card in the finance channel that holds all these words."""

        async def look() -> Json | None:
            for message in await self.people.messages(MAUD, FINANCE):
                if not message.get("ephemeral") and all(word in text_of(message) for word in words):
                    return message
            return None

        return dict(await eventually(look))

    async def whispers(self, user: str) -> list[str]:
        """List what was said to one person only, in the finance channel."""
        return [one["text"] for one in await self.people.messages(user, FINANCE) if one.get("ephemeral")]

    async def told(self, user: str, *words: str) -> str:
        """Wait for an ephemeral message with these words."""

        async def look() -> str | None:
            return next(
                (text for text in await self.whispers(user) if all(word in text for word in words)), None
            )

        return str(await eventually(look))


@asynccontextmanager
async def stand_ins(bot_url: str, faults: Faults | None = None) -> AsyncIterator[tuple[World, str]]:
    """Run both stand-ins for a service at ``bot_url``; yields the world and its address."""
    manifest = build_manifest(bot_url, socket_mode=False)
    sandbox = Sandbox(example_workspace(manifest), example_bank(), faults or Faults())
    sandbox.connect(bot_url)
    async with TestServer(sandbox.application()) as server, aiohttp.ClientSession() as http:
        url = str(server.make_url("")).rstrip("/")
        yield World(sandbox, People(http, url), http), url


def settings_for(
    world: World, url: str, folder: Path, database_url: str | None = None, **changes: Any
) -> FixedSettings:
    """Give the settings of a service that lives with the stand-ins."""
    values: Json = {name.lower(): value for name, value in world.sandbox.environment(url).items()}
    values |= {"database_url": database_url or f"sqlite+aiosqlite:///{folder / 'bot.db'}", "data_dir": folder}
    return FixedSettings(**(values | changes))


@asynccontextmanager
async def inside(
    folder: Path, database_url: str | None = None, *, example: bool = True, **changes: Any
) -> AsyncIterator[tuple[World, Service]]:
    """Run the service in this process, on real HTTP, with the example agency's invoices.

    ``database_url`` is migrated already; without one it gets a SQLite file in ``folder``.
    """
    async with stand_ins("http://127.0.0.1:1") as (world, url):
        if database_url is None:
            database_url = copy_example(folder) if example else copy_migrated(folder)
            example = False
        app = await build_app(settings_for(world, url, folder, database_url, **changes))
        async with TestServer(app) as server:
            world.sandbox.connect(str(server.make_url("")))
            if example:
                await load_example(app[SERVICE], folder)
            yield world, app[SERVICE]
