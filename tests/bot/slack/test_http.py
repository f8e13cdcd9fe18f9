"""No call follows a redirect or swallows an answer without end; what the answer leaves open is looked up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_sdk.web.async_client import AsyncWebClient

from bot.runtime.metrics import Metrics
from bot.slack.app import CountingClient, open_session
from bot.slack.call_errors import AnswerTooLargeError, Fate, RedirectedError, classify
from sandbox.faults import Fault
from tests.catalogue.slack_support import caught_up, decisions, lasting, ledger, paid
from tests.support.world import MAUD, eventually, inside


@asynccontextmanager
async def elsewhere() -> AsyncIterator[tuple[str, list[str]]]:
    """Run a server that no call of ours may reach; yields its address and the paths that were asked for."""
    visits: list[str] = []

    async def visited(request: web.Request) -> web.Response:
        visits.append(request.path)
        return web.json_response({"ok": True, "channel": "C1", "ts": "1.1"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", visited)
    async with TestServer(app) as server:
        yield str(server.make_url("/ailleurs")), visits


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirected_post_is_tried_again_later_where_it_belongs(tmp_path: Path, status: int) -> None:
    async with elsewhere() as (address, visits), inside(tmp_path) as (world, service):
        world.sandbox.faults.add(Fault("slack:chat.postMessage", "status", status=status, location=address))
        await world.people.pay("numero-exact")

        async def put_off() -> bool:
            return any(error == "redirected" for _, _, error in await ledger(service))

        await eventually(put_off)
        await world.card("NIKE FRANCE")
        await caught_up(service)
        assert visits == []
        assert len(lasting(world)) == 1
        assert not world.sandbox.workspace.calls_of("conversations.history"), "it surely did nothing"


async def test_a_redirected_answer_to_a_click_is_said_the_other_way(tmp_path: Path) -> None:
    async with elsewhere() as (address, visits), inside(tmp_path) as (world, _):
        world.sandbox.faults.add(Fault("slack:response_url", "status", status=307, location=address))
        await world.people.command(MAUD, "/qonto aide")
        await world.told(MAUD, "Rapprocher les virements")
        assert len(world.sandbox.workspace.calls_of("chat.postEphemeral")) == 1
        assert visits == []


@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update"])
async def test_an_endless_answer_is_no_answer(tmp_path: Path, method: str) -> None:
    async with inside(tmp_path) as (world, service):
        world.sandbox.faults.add(Fault(f"slack:{method}", "huge"))
        card = await paid(world)
        await world.people.click(MAUD, card, "Associer")
        await world.card("✓ Associé")
        await caught_up(service)
        assert await decisions(service) == ["associate"]
        assert len(lasting(world)) == 1


@pytest.mark.parametrize("missing", [("ts",), ("channel",), ("ts", "channel", "message")])
async def test_an_ok_that_does_not_say_where_is_looked_up(tmp_path: Path, missing: tuple[str, ...]) -> None:
    async with inside(tmp_path) as (world, service):
        world.sandbox.faults.add(Fault("slack:chat.postMessage", "without", fields=missing))
        await world.people.pay("numero-exact")

        async def unknown() -> bool:
            return any((state, error) == ("unknown", "no_ts") for _, state, error in await ledger(service))

        await eventually(unknown)
        await caught_up(service)
        assert len(lasting(world)) == 1
        assert len(world.sandbox.workspace.calls_of("chat.postMessage")) == 1
        card = await world.card("NIKE FRANCE")
        await world.people.click(MAUD, card, "Associer")
        await world.card("✓ Associé")


async def call(handler: Any, client_of: Any = AsyncWebClient, **options: Any) -> Exception:
    """Call a Slack of one method; returns how it failed."""
    app = web.Application()
    app.router.add_post("/api/auth.test", handler)
    async with TestServer(app) as server, open_session() as session:
        client = client_of(base_url=str(server.make_url("/api/")), session=session, **options)
        with pytest.raises((aiohttp.ClientError, TimeoutError)) as caught:
            await client.auth_test()
    return caught.value


async def test_an_answer_is_read_no_further_than_its_limit() -> None:
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        answer = web.StreamResponse(headers={"Content-Type": "application/json"})
        await answer.prepare(request)
        while True:
            await answer.write(b" " * 1024 * 1024)
            sent += 1

    error = await call(endless)
    assert isinstance(error, AnswerTooLargeError)
    assert classify(error).fate is Fate.UNKNOWN
    assert sent < 64


async def test_a_bomb_is_measured_unpacked() -> None:
    async def bomb(_: web.Request) -> web.StreamResponse:
        answer = web.Response(body=b" " * 64 * 1024 * 1024, content_type="application/json")
        answer.enable_compression()
        return answer

    assert isinstance(await call(bomb), AnswerTooLargeError)


async def test_an_answer_under_the_limit_is_whole() -> None:
    async def long(_: web.Request) -> web.StreamResponse:
        return web.json_response({"ok": True, "team": "é" * 2_000_000})

    app = web.Application()
    app.router.add_post("/api/auth.test", long)
    async with TestServer(app) as server, open_session() as session:
        client = AsyncWebClient(base_url=str(server.make_url("/api/")), session=session)
        answer = await client.auth_test()
    assert len(answer["team"]) == 2_000_000


async def test_an_error_says_no_address() -> None:
    async def moved(_: web.Request) -> web.StreamResponse:
        return web.Response(status=307, headers={"Location": "https://elsewhere.example/secret"})

    error = await call(moved)
    assert isinstance(error, RedirectedError)
    assert (classify(error).fate, classify(error).error) == (Fate.LATER, "redirected")
    assert "http" not in f"{error!r}{error}"


async def test_a_call_ends_after_its_seconds_though_the_session_has_none() -> None:
    async def slow(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(5)
        return web.json_response({"ok": True})

    error = await call(slow, CountingClient, metrics=Metrics(), timeout=1)
    assert isinstance(error, TimeoutError)
    assert classify(error).fate is Fate.UNKNOWN
