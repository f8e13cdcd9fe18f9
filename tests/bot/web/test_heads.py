"""W16: a connection that never finishes its first request head is closed, whatever it sends meanwhile."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from bot.web.heads import ServingLoop, in_time

HEAD = b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n"
SECONDS = 0.4

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def answer(request: web.Request) -> web.Response:
    return web.Response(body=await request.read() or b"ok")


@asynccontextmanager
async def server(keepalive: float = 75.0) -> AsyncIterator[int]:
    app = web.Application()
    app.router.add_route("*", "/x", answer)
    runner = web.AppRunner(app, access_log=None, keepalive_timeout=keepalive)
    await runner.setup()
    assert runner.server is not None
    loop = asyncio.get_running_loop()
    factory = runner.server if isinstance(loop, ServingLoop) else in_time(runner.server, SECONDS)
    listening = await loop.create_server(factory, "127.0.0.1", 0)
    yield listening.sockets[0].getsockname()[1]
    listening.close()
    await runner.cleanup()


async def closed(connection: Connection, drops: bytes = b"") -> float:
    """Send byte after byte until the other side hangs up; returns the seconds it took, 3 at most."""
    reader, writer = connection
    started = time.monotonic()
    end = asyncio.create_task(reader.read())
    for drop in drops:
        if end.done():
            break
        writer.write(bytes([drop]))
        await asyncio.wait({end}, timeout=0.03)
    await asyncio.wait({end}, timeout=max(0.0, started + 3 - time.monotonic()))
    writer.close()
    assert end.done(), "still open"
    return time.monotonic() - started


@pytest.mark.parametrize(
    ("first", "drops"),
    [
        (b"", b""),
        (b"GET /x HTTP/1.1\r\nHost: x\r\n", b""),
        (b"GET /x HTTP/1.1\r\n", b"X-Slow: " + b"a" * 200),
        (b"\r\n\r\n\r\n\r\n", b""),
        (b"\r\n", b"\r\n\r\n" * 50),
    ],
    ids=["silent", "stuck", "dribbling", "empty lines first", "empty lines only"],
)
async def test_w16_a_connection_without_a_full_head_is_closed_in_time(first: bytes, drops: bytes) -> None:
    async with server() as port:
        connection = await asyncio.open_connection("127.0.0.1", port)
        connection[1].write(first)
        assert SECONDS - 0.1 < await closed(connection, drops) < 2


async def test_a_head_in_time_is_served_and_the_connection_outlives_the_deadline() -> None:
    async with server() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for half in (b"\r\n" + HEAD[:-2], HEAD[-2:]):
            writer.write(half)
            await asyncio.sleep(SECONDS / 4)
        assert b"200" in (await reader.readuntil(b"ok")).splitlines()[0]
        await asyncio.sleep(SECONDS * 1.5)
        post = b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n"
        writer.write(post)
        await asyncio.sleep(0.05)
        writer.write(b"ab" + post + b"cd")
        assert b"200" in (await reader.readuntil(b"\r\n\r\nab")).splitlines()[0]
        assert b"200" in (await reader.readuntil(b"\r\n\r\ncd")).splitlines()[0]
        writer.close()


async def test_a_later_head_that_dribbles_is_closed_by_the_keep_alive_timer() -> None:
    async with server(keepalive=0.6) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEAD)
        await reader.readuntil(b"ok")
        assert await closed((reader, writer), b"GET /x HTTP/1.1\r\nX-Slow: " + b"a" * 200) < 2


def test_every_server_of_the_serving_loop_has_the_deadline() -> None:
    async def stuck() -> float:
        async with server() as port:
            return await closed(await asyncio.open_connection("127.0.0.1", port))

    with asyncio.Runner(loop_factory=lambda: ServingLoop(SECONDS)) as runner:
        assert runner.run(stuck()) < 2
