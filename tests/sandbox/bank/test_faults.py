"""Faults on command, over a real loopback connection."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sandbox.faults import Fault, Faults, Kind, fault_middleware


class Shop:
    """A tiny server whose sales counter shows which calls took effect."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.sold = 0
        app = web.Application(middlewares=[fault_middleware(self.faults, self._name)])
        app.router.add_post("/sell", self._sell)
        app.router.add_get("/stream", self._stream)
        app.router.add_post("/control", self._sell)
        self.server = TestServer(app)

    def _name(self, request: web.Request) -> str | None:
        return None if request.path == "/control" else f"shop:{request.method} {request.path}"

    async def _sell(self, _request: web.Request) -> web.Response:
        self.sold += 1
        return web.json_response({"sold": self.sold})

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"streamed")
        return response

    async def post(self, path: str = "/sell") -> tuple[int, str, str | None]:
        async with (
            aiohttp.ClientSession() as session,
            session.post(self.server.make_url(path)) as response,
        ):
            return response.status, await response.text(), response.headers.get("Retry-After")


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    shop = Shop()
    async with shop.server:
        yield shop


async def test_without_faults_calls_pass(shop: Shop) -> None:
    assert await shop.post() == (200, '{"sold": 1}', None)


async def test_a_status_fault_answers_it_with_retry_after_and_has_no_effect(shop: Shop) -> None:
    shop.faults.add(Fault("shop:POST /sell", "status", status=429, retry_after=30))
    assert await shop.post() == (429, "{}", "30")
    assert shop.sold == 0


async def test_an_error_fault_answers_like_slack(shop: Shop) -> None:
    shop.faults.add(Fault("shop:*", "error", error="is_archived"))
    assert await shop.post() == (200, '{"ok": false, "error": "is_archived"}', None)


async def test_a_delay_waits_and_then_goes_on(shop: Shop) -> None:
    shop.faults.add(Fault("shop:*", "delay", delay_ms=60))
    start = asyncio.get_running_loop().time()
    assert (await shop.post())[0] == 200
    assert asyncio.get_running_loop().time() - start >= 0.06
    assert shop.sold == 1


@pytest.mark.parametrize(("kind", "sold"), [("reset", 0), ("reset_after", 1)])
async def test_a_reset_cuts_the_connection_before_or_after_the_effect(
    shop: Shop, kind: Kind, sold: int
) -> None:
    shop.faults.add(Fault("shop:*", kind))
    with pytest.raises(aiohttp.ClientConnectionError):
        await shop.post()
    assert shop.sold == sold


async def test_an_html_fault_answers_a_page_with_200(shop: Shop) -> None:
    shop.faults.add(Fault("shop:*", "html"))
    status, text, _ = await shop.post()
    assert (status, text[:15]) == (200, "<!doctype html>")


async def test_a_truncated_answer_is_half_of_the_real_one(shop: Shop) -> None:
    shop.faults.add(Fault("shop:*", "truncate"))
    assert (await shop.post())[1] == '{"sol'
    assert shop.sold == 1


async def test_a_streamed_answer_is_not_truncated(shop: Shop) -> None:
    shop.faults.add(Fault("shop:*", "truncate"))
    async with aiohttp.ClientSession() as session, session.get(shop.server.make_url("/stream")) as response:
        assert await response.read() == b"streamed"


async def test_calls_without_a_name_are_never_hit(shop: Shop) -> None:
    shop.faults.add(Fault("*", "status", times=None))
    assert (await shop.post("/control"))[0] == 200


def test_skip_and_times_count_down_and_the_list_shows_what_is_left() -> None:
    faults = Faults()
    faults.add(Fault("a*", "html", times=2, skip=1))
    assert [faults.take("ab") is not None for _ in range(4)] == [False, True, True, False]
    faults.add(Fault("a*", "html", times=3))
    faults.take("ab")
    assert [fault.times for fault in faults.list()] == [2]
    faults.clear()
    assert faults.list() == ()


def test_a_fault_without_a_count_stays_and_other_names_pass() -> None:
    faults = Faults()
    faults.add(Fault("bank:GET /v2/transactions*", "html", times=None))
    assert all(faults.take("bank:GET /v2/transactions/7") for _ in range(5))
    assert faults.take("bank:GET /v2/organization") is None


@given(
    st.builds(
        Fault,
        target=st.text(),
        kind=st.sampled_from(["status", "error", "delay", "reset"]),
        times=st.none() | st.integers(1, 9),
        skip=st.integers(0, 9),
        retry_after=st.none() | st.integers(0, 99),
    )
)
def test_a_fault_survives_its_json(fault: Fault) -> None:
    assert Fault.from_json(fault.to_json()) == fault


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "explode"}, {"times": 0}, {"skip": -1}, {"status": 42}, {"unknown": 1}, {"times": "3"}],
)
def test_a_wrong_fault_is_refused_by_the_name_of_the_field(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        Fault.from_json({"target": "*", "kind": "html"} | wrong)
