from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.faults import Faults
from sandbox.slack import Channel, Command, SlackApp, User, UserGroup, Workspace, build_slack
from sandbox.slack.person import Person
from tests.sandbox.slack.here import Slack


@pytest.fixture
def workspace() -> Workspace:
    return Workspace.of(
        users=[
            User("U1", "maud", "Maud Perrin", "maud@agence.example"),
            User("U2", "camille", "Camille Durand", "camille@agence.example"),
            User("U3", "invite", "Invité", "invite@agence.example", is_restricted=True),
        ],
        channels=[
            Channel("C1", "finance", ["U1", "UBOT"]),
            Channel("C2", "general", ["U1", "U2"]),
            Channel("C3", "secret", ["U1"], is_private=True),
        ],
        usergroups=[UserGroup("S1", "finance", "Finance", ["U1"])],
        app=SlackApp(commands=(Command("/qonto", "Rapprocher", "[aide]", should_escape=True),)),
    )


@pytest.fixture
async def slack(workspace: Workspace) -> AsyncIterator[Slack]:
    faults = Faults()
    server = TestServer(build_slack(workspace, faults))
    await server.start_server()
    address = str(server.make_url("")).rstrip("/")
    token = workspace.app.bot_token
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(token=token, base_url=f"{address}/api/", session=session, retry_handlers=[])
        yield Slack(workspace, faults, address, session, client)
    await server.close()


@pytest.fixture
def maud(slack: Slack) -> Person:
    return slack.person("U1")


@pytest.fixture
async def bolt(slack: Slack) -> AsyncIterator[AsyncApp]:
    """A real Bolt app, served on loopback, to which the workspace delivers."""
    app = AsyncApp(client=slack.client, signing_secret=slack.workspace.app.signing_secret)

    async def receive(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    site = web.Application()
    site.router.add_post("/slack/events", receive)
    server = TestServer(site)
    await server.start_server()
    slack.workspace.app.request_url = str(server.make_url("/slack/events"))
    yield app
    await server.close()
