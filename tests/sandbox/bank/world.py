"""A stand-in bank on loopback, somebody listening to its webhooks, and a clock that moves when told."""

from datetime import UTC, datetime, timedelta

import httpx
from aiohttp import web
from aiohttp.test_utils import TestServer
from aiohttp.typedefs import Handler

from qonto import ApiKey, Auth, QontoClient, Retries
from sandbox.bank import BankState, build_bank
from sandbox.faults import Faults

SECRET = "0123456789abcdef0123456789abcdef"
FAST = Retries(attempts=4, total=10, first_wait=0.001, longest_wait=2)


class Clock:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.at = datetime(2026, 9, 10, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **amount: float) -> None:
        self.at += timedelta(**amount)


class Listener:
    """Somebody who receives webhooks, answers with `status`, and keeps what came."""

    def __init__(self) -> None:
        self.status = 200
        self.refuse_first = 0
        self.bodies: list[bytes] = []
        self.signatures: list[str] = []
        app = web.Application()
        app.router.add_post("/hook", self._hook)
        self.server = TestServer(app)

    @property
    def url(self) -> str:
        return str(self.server.make_url("/hook"))

    async def _hook(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.read())
        self.signatures.append(request.headers["X-Qonto-Signature"])
        if self.refuse_first:
            self.refuse_first -= 1
            return web.Response(status=503)
        return web.Response(status=self.status)


class Bank:
    """The stand-in, mounted under `/bank` as in the demo."""

    def __init__(self, state: BankState) -> None:
        self.state = state
        self.faults = Faults()
        self.calls: list[web.Request] = []
        app = web.Application(middlewares=[self._count])
        app.add_subapp("/bank", build_bank(state, self.faults))
        self.server = TestServer(app)

    @property
    def url(self) -> str:
        return str(self.server.make_url("/bank"))

    @web.middleware
    async def _count(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.calls.append(request)
        return await handler(request)

    def client(self, http: httpx.AsyncClient, auth: Auth | None = None) -> QontoClient:
        return QontoClient(
            http,
            auth or ApiKey(self.state.api_key),
            base_url=self.url,
            staging_token=self.state.staging_token,
            retries=FAST,
        )
