from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.bank.access import BankAccess
from bot.context import Context
from bot.settings import FixedSettings
from bot.web import oauth, rest
from bot.web.middleware import middlewares
from qonto import Retries
from sandbox.bank import BankState, build_bank
from sandbox.faults import Faults
from store.db.engine import Database, open_database
from store.errors import DatabaseUnavailable
from tests.bot.web.support import Api, Clock

TOKEN = "jeton-d-api-invente"
FAST = Retries(attempts=2, total=5, first_wait=0.001, longest_wait=0.01)


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    opened = open_database(sqlite_url)
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bank_state(clock: Clock) -> BankState:
    return BankState(now=clock)


@pytest.fixture
async def bank_url(bank_state: BankState) -> AsyncIterator[str]:
    async with TestServer(build_bank(bank_state, Faults())) as server:
        yield str(server.make_url("")).rstrip("/")


@pytest.fixture
def settings(bank_state: BankState, bank_url: str, tmp_path: Path) -> FixedSettings:
    return FixedSettings(
        api_token=TOKEN,
        qonto_api_key=bank_state.api_key,
        qonto_client_id=bank_state.client_id,
        qonto_client_secret=bank_state.client_secret,
        qonto_api_url=bank_url,
        qonto_oauth_url=bank_url,
        public_url="http://localhost:8080",
        data_dir=tmp_path,
    )


@pytest.fixture
async def access(settings: FixedSettings, database: Database, clock: Clock) -> AsyncIterator[BankAccess]:
    async with httpx.AsyncClient() as http:
        yield BankAccess(settings, database, http, clock, FAST)


@pytest.fixture
def ctx(settings: FixedSettings, database: Database, access: BankAccess, clock: Clock) -> Context:
    return Context(settings, database, access.client, clock)


async def _stumble(request: web.Request) -> web.Response:
    raise ZeroDivisionError("secret détail")


async def _locked(request: web.Request) -> web.Response:
    raise DatabaseUnavailable("locked")


async def _elsewhere(request: web.Request) -> web.Response:
    raise web.HTTPFound("/ailleurs")


@pytest.fixture
async def api(ctx: Context) -> AsyncIterator[Api]:
    app = web.Application(middlewares=middlewares(ctx.settings))
    app.add_routes(rest.routes(ctx))
    app.add_routes(oauth.routes(ctx))
    app.router.add_get("/api/stumble", _stumble)
    app.router.add_get("/stumble", _stumble)
    app.router.add_get("/api/locked", _locked)
    app.router.add_get("/elsewhere", _elsewhere)
    async with TestServer(app) as server, httpx.AsyncClient(base_url=str(server.make_url(""))) as http:
        yield Api(http, TOKEN)
