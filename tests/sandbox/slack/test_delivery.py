"""Signatures, deadlines, retries and planned faults of what is sent to the app."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from sandbox.faults import Fault
from sandbox.slack.person import Person
from tests.sandbox.slack.here import Json, Slack, actions, button, modal
from tests.sandbox.slack.here import field as typed_field


@dataclass
class Listener:
    """An app that notes what it receives and answers as told."""

    statuses: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    content_type: str = "text/plain"
    seen: list[web.Request] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)

    async def receive(self, request: web.Request) -> web.Response:
        self.seen.append(request)
        self.bodies.append(await request.text())
        status = self.statuses.pop(0) if self.statuses else 200
        return web.Response(
            status=status, headers=self.headers, text=self.body, content_type=self.content_type
        )


@pytest.fixture
async def listener(slack: Slack) -> AsyncIterator[Listener]:
    heard = Listener()
    app = web.Application()
    app.router.add_post("/", heard.receive)
    server = TestServer(app)
    await server.start_server()
    slack.workspace.app.request_url = str(server.make_url("/"))
    slack.workspace.retry_delays = (0.0, 0.01, 0.01)
    yield heard
    await server.close()


async def test_every_delivery_is_signed_over_its_raw_body(
    slack: Slack, listener: Listener, maud: Person
) -> None:
    await maud.do("home")
    [request] = listener.seen
    signed = f"v0:{request.headers['X-Slack-Request-Timestamp']}:{listener.bodies[0]}".encode()
    secret = slack.workspace.app.signing_secret.encode()
    expected = "v0=" + hmac.new(secret, signed, hashlib.sha256).hexdigest()
    assert request.headers["X-Slack-Signature"] == expected


async def test_a_failed_event_is_repeated_three_times_with_its_reason(
    slack: Slack, listener: Listener, maud: Person
) -> None:
    listener.statuses = [500, 500, 500, 500]
    await maud.do("home")
    await maud.wait_for(lambda screen: any("perdu" in p["text"] for p in screen["problems"]))
    retries = [request.headers.get("X-Slack-Retry-Num") for request in listener.seen]
    assert retries == [None, "1", "2", "3"]
    assert {r.headers["X-Slack-Retry-Reason"] for r in listener.seen[1:]} == {"http_error"}
    assert len(set(listener.bodies)) == 1


async def test_a_repeated_event_that_passes_is_not_repeated_again(
    slack: Slack, listener: Listener, maud: Person
) -> None:
    listener.statuses = [500, 200]
    await maud.do("home")
    await maud.wait_for(lambda _: len(slack.workspace.deliveries) == 2)
    assert [d.retry_num for d in slack.workspace.deliveries] == [0, 1]
    assert not slack.workspace.problems


@pytest.mark.parametrize("statuses", [[500], [500, 500]])
async def test_an_app_may_ask_for_no_repetition(
    slack: Slack, listener: Listener, maud: Person, statuses: list[int]
) -> None:
    listener.statuses = statuses
    listener.headers = {"X-Slack-No-Retry": "1"}
    await maud.do("home")
    assert len(listener.seen) == 1


async def test_an_event_nobody_can_receive_is_told_by_a_toast(slack: Slack, maud: Person) -> None:
    slack.workspace.app.request_url = "http://127.0.0.1:1/"
    slack.workspace.retry_delays = (0.0,)
    url = f"{slack.address}/ui/events?user=U1"
    async with slack.session.get(url) as stream:
        await stream.content.readline()
        await maud.do("home")
        async for line in stream.content:
            if b"toast" in line:
                assert "ne répond pas" in line.decode()
                break


async def test_an_unsubscribed_event_is_not_sent(slack: Slack, listener: Listener, maud: Person) -> None:
    slack.workspace.app.events = ()
    await maud.do("home")
    assert listener.seen == []


@pytest.mark.parametrize(
    ("fault", "received", "error"),
    [
        (Fault("delivery:action", "reset"), 0, "dispatch_failed"),
        (Fault("delivery:action", "reset_after"), 1, "dispatch_failed"),
        (Fault("delivery:action", "status", status=502), 0, "dispatch_failed"),
        (Fault("delivery:action", "delay", delay_ms=200), 0, "operation_timeout"),
        (Fault("delivery:action", "delay", delay_ms=1), 1, None),
        (Fault("delivery:command", "reset"), 1, None),
    ],
)
async def test_a_planned_fault_hits_its_kind_of_delivery(
    slack: Slack, listener: Listener, maud: Person, fault: Fault, received: int, error: str | None
) -> None:
    slack.workspace.ack_seconds = 0.1
    slack.faults.add(fault)
    await slack.client.chat_postMessage(channel="C1", text="Carte", blocks=[actions(button())])
    [card] = await maud.messages("finance")
    answer = await maud.click("Associer", card)
    assert answer.get("error") == error
    assert len(listener.seen) == received


async def test_an_answer_to_a_command_that_is_not_valid_is_an_error(
    slack: Slack, listener: Listener, maud: Person
) -> None:
    listener.content_type = "application/json"
    for body in ("[]", "{", '{"blocks": [{"type": "x"}]}'):
        listener.body = body
        assert (await maud.command("/qonto", "C1"))["ok"] is False
    listener.content_type, listener.body = "text/plain", "Bonjour"
    assert (await maud.command("/qonto", "C1"))["ok"] is True
    assert [m.text for m in slack.workspace.ephemerals("U1")] == ["Bonjour"]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"response_action": "errors", "errors": {}}, "vide"),
        ({"response_action": "errors", "errors": {"autre": "x"}}, "autre"),
        ({"response_action": "update"}, "absente"),
        ({"response_action": "update", "view": modal(title=None)}, "refusée"),
        ({"response_action": "fermer"}, "fermer"),
    ],
)
async def test_an_answer_slack_would_not_understand_is_a_problem(
    slack: Slack, listener: Listener, maud: Person, answer: Json, said: str
) -> None:
    listener.content_type, listener.body = "application/json", json.dumps(answer)
    view = modal(typed_field(optional=True))
    shown = await slack.client.views_open(trigger_id=slack.workspace.tickets.new_trigger("U1"), view=view)
    assert (await maud.submit(shown["view"]))["error"] == "dispatch_failed"
    assert any(said in problem.text for problem in slack.workspace.problems)
    assert (await maud.modal() or {}).get("id") == shown["view"]["id"]


async def test_a_delivery_can_be_replayed_byte_for_byte(
    slack: Slack, listener: Listener, maud: Person
) -> None:
    assert (await slack.post("/sandbox/slack/replay", {"kind": "action"}))["error"] == "unknown action"
    await slack.client.chat_postMessage(channel="C1", text="Carte", blocks=[actions(button())])
    [card] = await maud.messages("finance")
    await maud.click("Associer", card)
    assert await slack.post("/sandbox/slack/replay", {"kind": "action"}) == {"ok": True, "status": 200}
    assert listener.bodies[0] == listener.bodies[1]
    signatures = {request.headers["X-Slack-Signature"] for request in listener.seen}
    assert len(signatures) == 1
    listener.statuses = [401]
    assert (await slack.post("/sandbox/slack/replay"))["status"] == 401


async def test_two_clicks_at_once_are_two_deliveries(slack: Slack, listener: Listener, maud: Person) -> None:
    await slack.client.chat_postMessage(channel="C1", text="Carte", blocks=[actions(button())])
    [card] = await maud.messages("finance")
    await asyncio.gather(maud.click("Associer", card), maud.click("Associer", card))
    assert len({request.headers["X-Slack-Signature"] for request in listener.seen}) == 2


async def test_mentions_in_a_command_become_ids(slack: Slack, listener: Listener, maud: Person) -> None:
    await maud.command("/qonto @camille #finance @personne", "C1")
    assert slack.workspace.deliveries[-1].payload["text"] == "<@U2|camille> <#C1|finance> @personne"


async def test_an_app_that_restarted_is_reached_at_once(slack: Slack, maud: Person) -> None:
    slack.workspace.app.events = ()
    port: int | None = None
    for _ in range(3):
        app = web.Application()
        app.router.add_post("/", Listener().receive)
        server = TestServer(app, port=port)
        await server.start_server()
        port = server.port
        slack.workspace.app.request_url = str(server.make_url("/"))
        assert await maud.command("/qonto", "C1") == {"ok": True}
        await server.close()


async def test_a_window_closes_even_when_the_app_does_not_hear_of_it(
    slack: Slack, listener: Listener, maud: Person
) -> None:
    listener.statuses = [500]
    view = modal(notify_on_close=True)
    shown = await slack.client.views_open(trigger_id=slack.workspace.tickets.new_trigger("U1"), view=view)
    assert await maud.do("close", view_id=shown["view"]["id"]) == {"ok": True}
    assert await maud.modal() is None
    assert slack.workspace.deliveries[-1].status == 500
