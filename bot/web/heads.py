"""A connection must deliver its first request head in time.

aiohttp gives the headers no deadline of their own: its keep-alive timer alone closes what waits, after 75 s.
Whoever opens connections and sends next to nothing would keep them all that time (reliability.md W16).
"""

import asyncio
from collections.abc import Callable
from typing import Any

HEAD_SECONDS = 10.0
_END_OF_HEAD = b"\r\n\r\n"
_LINE_ENDS = b"\r\n"

Factory = Callable[[], asyncio.Protocol]


class FirstHead(asyncio.Protocol):
    """Stands before the server's protocol until the first request head is complete, then gets out of the way.

    From then on the transport speaks to the server alone: no request pays for this. What comes later on the
    same connection is bounded by the server's keep-alive timer, which restarts with answers, not with bytes.
    """

    def __init__(self, server: asyncio.Protocol, seconds: float) -> None:
        self._server = server
        self._seconds = seconds
        self._tail = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the clock: bytes that trickle do not stop it."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  # what create_server gives
        self._transport = transport
        self._timer = asyncio.get_running_loop().call_later(self._seconds, transport.close)
        self._server.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Pass everything on; watch for the empty line that ends a head."""
        seen = self._tail + data
        if not self._tail:
            seen = seen.lstrip(_LINE_ENDS)  # empty lines before a request are allowed, and are no head
        if _END_OF_HEAD in seen:
            self._timer.cancel()
            self._transport.set_protocol(self._server)
        self._tail = seen[1 - len(_END_OF_HEAD) :]
        self._server.data_received(data)

    def eof_received(self) -> bool | None:
        """Pass it on."""
        return self._server.eof_received()

    def pause_writing(self) -> None:
        """Pass it on."""
        self._server.pause_writing()

    def resume_writing(self) -> None:
        """Pass it on."""
        self._server.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._timer.cancel()
        self._server.connection_lost(exc)


def in_time(factory: Factory, seconds: float = HEAD_SECONDS) -> Factory:
    """Make protocols that close a connection without a full request head ``seconds`` after it was opened."""
    return lambda: FirstHead(factory(), seconds)


class ServingLoop(asyncio.SelectorEventLoop):
    """The event loop of the service: every server started in it has the deadline.

    ``web.run_app`` makes its own sites, but takes the loop it is given.
    """

    def __init__(self, seconds: float = HEAD_SECONDS) -> None:
        super().__init__()
        self._seconds = seconds

    async def create_server(  # type: ignore[override]  # typeshed lists four ways to say where to listen
        self, protocol_factory: Factory, *args: Any, **options: Any
    ) -> asyncio.Server:
        """Start a server as asyncio does."""
        return await super().create_server(in_time(protocol_factory, self._seconds), *args, **options)
