"""What one person sees and may do, without an app behind."""

import asyncio
import contextlib
import json
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from sandbox.slack import Channel, build_slack
from sandbox.slack.person import Person, visible_text
from sandbox.slack.tickets import ResponseTicket
from tests.sandbox.slack.here import Json, Slack, actions, button, field, modal, section


async def test_people_see_their_own_channels_and_direct_messages(slack: Slack) -> None:
    await slack.client.chat_postMessage(channel="U1", text="Pour Maud")
    await slack.client.chat_postMessage(channel="U2", text="Pour Camille")
    names = {
        user: [
            (c["name"], c["is_im"], c["is_member"]) for c in (await slack.person(user).screen())["channels"]
        ]
        for user in ("U1", "U3")
    }
    public = [("finance", False), ("general", False)]
    assert names["U1"] == [*[(n, i, True) for n, i in public], ("secret", False, True), ("Qonto", True, True)]
    assert names["U3"] == [("Qonto", True, True)]
    assert [m["text"] for m in await slack.person("U2").messages("UBOT")] == ["Pour Camille"]
    assert await slack.person("U2").messages("finance") == []
    assert await slack.person("U2").messages("secret") == []


async def test_the_screen_says_who_is_there_and_what_can_be_typed(slack: Slack, maud: Person) -> None:
    screen = await maud.screen()
    assert screen["me"] == "U1"
    assert screen["team"] == {"id": "T0SANDBOX", "name": "Agence", "domain": "agence"}
    bot = {"id": "UBOT", "name": "qonto", "real_name": "Qonto", "title": "", "is_bot": True, "deleted": False}
    assert bot in screen["users"]
    assert screen["commands"] == [{"command": "/qonto", "description": "Rapprocher", "usage_hint": "[aide]"}]
    assert (screen["home"], screen["modals"], screen["problems"]) == (None, [], [])


async def test_unread_messages_are_counted_until_they_are_read(slack: Slack, maud: Person) -> None:
    await slack.client.chat_postMessage(channel="C1", text="Un")
    await slack.client.chat_postMessage(channel="C1", text="Deux")
    assert (await maud.screen())["channels"][0]["unread"] == 2
    await maud.do("read", channel="C1")
    assert (await maud.screen())["channels"][0]["unread"] == 0
    await maud.write("Merci", "C1")
    assert (await maud.screen())["channels"][0]["unread"] == 0


async def test_someone_unknown_or_deactivated_sees_nothing(slack: Slack) -> None:
    slack.workspace.deactivate("U2")
    for user in ("U2", "U9", "UBOT"):
        assert (await slack.person(user).screen())["error"] == "user_not_found"


@pytest.mark.parametrize(
    ("gesture", "body", "error"),
    [
        ("click", {"container": "ici"}, "invalid_container"),
        ("click", {"container": {"type": "message", "channel": "C9", "ts": "1"}}, "not_found"),
        ("click", {"container": {"type": "message", "channel": "C1", "ts": "1"}}, "not_found"),
        ("click", {"container": {"type": "view", "view_id": "V9"}}, "not_found"),
        ("submit", {"view_id": "V9"}, "not_found"),
        ("command", {"channel": "C9", "text": "/qonto"}, "channel_not_found"),
        ("message", {"channel": "C2", "text": " "}, "no_text"),
        ("message", {"channel": "C4", "text": "x"}, "is_archived"),
        ("message", {"user": "U3", "channel": "C2", "text": "x"}, "channel_not_found"),
        ("home", {"user": "U9"}, "user_not_found"),
    ],
)
async def test_what_is_not_there_cannot_be_touched(
    slack: Slack, maud: Person, gesture: str, body: Json, error: str
) -> None:
    slack.workspace.channels["C4"] = Channel("C4", "ancien", ["U1"], is_archived=True)
    answer = await maud.do(gesture, **body)
    assert (answer["ok"], answer["error"]) == (False, error)
    assert answer["text"]


async def test_a_button_that_is_not_in_the_message_cannot_be_clicked(slack: Slack, maud: Person) -> None:
    await slack.client.chat_postMessage(channel="C1", text="Carte", blocks=[actions(button())])
    [card] = await maud.messages("finance")
    container = {"type": "message", "channel": "C1", "ts": card["ts"]}
    for block_id, action_id in (("b1", "autre"), ("autre", "associate")):
        answer = await maud.do("click", container=container, block_id=block_id, action_id=action_id)
        assert answer["error"] == "element_not_found"
    searched = await maud.search("Associer", card, "x")
    assert searched["error"] == "element_not_found"
    stranger = await slack.person("U2").click("Associer", card)
    assert stranger["error"] == "not_found"
    with pytest.raises(LookupError):
        await maud.click("Dissocier", card)


async def test_a_body_that_is_not_an_object_is_refused(slack: Slack) -> None:
    for body in ("{", "[]"):
        async with slack.session.post(f"{slack.address}/ui/click", data=body) as response:
            assert (await response.json())["error"] == "invalid_json"


async def test_fields_are_checked_before_the_app_hears_of_them(slack: Slack, maud: Person) -> None:
    typed = {"type": "plain_text_input", "action_id": "a", "min_length": 2, "max_length": 4}
    number = {"type": "number_input", "action_id": "a", "is_decimal_allowed": False}
    decimal = number | {"is_decimal_allowed": True}
    view = modal(
        field("short", element=typed), field("whole", element=number), field("part", element=decimal)
    )
    trigger_id = slack.workspace.tickets.new_trigger("U1")
    await slack.client.views_open(trigger_id=trigger_id, view=view)
    shown = await maud.modal()
    assert shown

    async def errors(short: str, whole: str, part: str) -> Any:
        values = {"short": short, "whole": whole, "part": part}
        state = {block_id: {"a": {"value": value}} for block_id, value in values.items()}
        return (await maud.do("submit", view_id=shown["id"], state=state)).get("errors")

    assert await errors("x", "1", "1") == {"short": "Au moins 2 caractères."}
    assert await errors("xxxxx", "1", "1") == {"short": "Au plus 4 caractères."}
    assert await errors("xx", "1.5", "-1.5") == {"whole": "Saisissez un nombre."}
    assert await errors("xx", "-1", "") == {"part": "Ce champ est obligatoire."}
    assert await errors("xx", "1", "2.5") is None


async def test_closing_with_clear_on_close_empties_the_stack(slack: Slack, maud: Person) -> None:
    triggers = slack.workspace.tickets
    await slack.client.views_open(trigger_id=triggers.new_trigger("U1"), view=modal())
    await slack.client.views_push(trigger_id=triggers.new_trigger("U1"), view=modal(clear_on_close=True))
    top = await maud.modal()
    assert top
    assert await maud.do("close", view_id=top["id"]) == {"ok": True}
    assert await maud.modal() is None


async def test_a_home_tab_is_not_a_modal_to_submit(slack: Slack, maud: Person) -> None:
    home = await slack.client.views_publish(user_id="U1", view={"type": "home", "blocks": [section()]})
    assert (await maud.do("submit", view_id=home["view"]["id"]))["error"] == "not_found"


async def next_event(lines: aiohttp.StreamReader) -> Json:
    async for line in lines:
        if line.startswith(b"data: "):
            event: Json = json.loads(line[6:])
            return event
    raise EOFError


async def silence(stream: aiohttp.StreamReader) -> None:
    """Read what earlier messages still announce: changes are told in groups, a little later."""
    with contextlib.suppress(TimeoutError):
        while True:
            await asyncio.wait_for(next_event(stream), 0.5)


async def test_a_page_hears_of_what_it_can_see_and_only_that(slack: Slack) -> None:
    async with slack.session.get(f"{slack.address}/ui/events?user=U2") as stream:
        assert stream.headers["Content-Type"] == "text/event-stream"
        await stream.content.readline()
        await slack.client.chat_postMessage(channel="C1", text="Pas pour Camille")
        for n in range(3):
            await slack.client.chat_postMessage(channel="U2", text=str(n))
        assert await next_event(stream.content) == {"type": "changed"}
        slack.workspace.live.toast("U2", "Panne")
        events = [await next_event(stream.content)]
        while events[-1]["type"] != "toast":
            events.append(await next_event(stream.content))
        assert events[-1] == {"type": "toast", "text": "Panne"}
        await silence(stream.content)
        await slack.client.chat_postMessage(channel="C1", text="Pas pour Camille")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(next_event(stream.content), 0.1)


async def test_open_pages_do_not_keep_the_server_from_stopping(slack: Slack) -> None:
    async with slack.session.get(f"{slack.address}/ui/events?user=U1") as stream:
        await stream.content.readline()
        slack.workspace.live.close()
        assert await stream.content.read() == b"\n"


async def test_a_response_url_works_five_times_in_thirty_minutes(slack: Slack, maud: Person) -> None:
    now = 1_700_000_000.0
    slack.workspace.clock = lambda: now
    secret = slack.workspace.tickets.new_response(ResponseTicket("U1", "C1", now))
    url = f"{slack.address}/response/{secret}"

    async def respond(body: Any) -> tuple[int, str]:
        async with slack.session.post(url, json=body) as response:
            return response.status, await response.text()

    assert await respond([]) == (400, '{"ok": false, "error": "invalid_payload"}')
    assert await respond({}) == (400, '{"ok": false, "error": "no_text"}')
    assert await respond({"blocks": [{}], "text": "x"}) == (400, '{"ok": false, "error": "invalid_blocks"}')
    assert await respond({"text": "Un"}) == (200, "ok")
    assert await respond({"delete_original": True}) == (200, "ok")
    assert (await respond({"text": "Six"}))[0] == 404
    url = f"{slack.address}/response/{slack.workspace.tickets.new_response(ResponseTicket('U1', 'C1', now))}"
    async with slack.session.post(url, data="{") as response:
        assert response.status == 400
    now += 1801
    assert await respond({"text": "Trop tard"}) == (404, '{"ok": false, "error": "expired_url"}')
    assert await maud.messages("finance") == [], "the first answer was taken back"


async def test_waiting_for_what_never_comes_ends(maud: Person) -> None:
    with pytest.raises(TimeoutError):
        await maud.wait_for(lambda _: False, seconds=0.05)


def test_the_visible_text_is_read_from_blocks() -> None:
    assert visible_text([section("Un"), actions(button("Deux")), {"n": 1}]) == "Un\nDeux"


async def test_the_stand_in_can_be_mounted_under_a_prefix(slack: Slack) -> None:
    outer = web.Application()
    outer.add_subapp("/slack/", build_slack(slack.workspace))
    server = TestServer(outer)
    await server.start_server()
    headers = {"Authorization": f"Bearer {slack.workspace.app.bot_token}"}
    data = {"filename": "a", "length": "1"}
    url = server.make_url("/slack/api/files.getUploadURLExternal")
    async with aiohttp.ClientSession() as session, session.post(url, headers=headers, data=data) as response:
        answer = await response.json()
    assert answer["upload_url"].startswith(str(server.make_url("/slack/upload/")))
    await server.close()


async def test_a_person_answers_in_a_thread(slack: Slack, maud: Person) -> None:
    posted = await slack.client.chat_postMessage(channel="C1", text="Carte")
    assert await maud.do("message", channel="C1", text="Vu", thread_ts=posted["ts"]) == {"ok": True}
    thread = await slack.client.conversations_replies(channel="C1", ts=posted["ts"])
    assert [(m["text"], m["user"]) for m in thread["messages"]] == [("Carte", "UBOT"), ("Vu", "U1")]
    assert thread["messages"][0]["reply_count"] == 1
    assert (await maud.do("message", channel="C1", text="x", thread_ts="1.0"))["error"] == "not_found"


async def test_a_page_that_left_is_forgotten(slack: Slack) -> None:
    live = slack.workspace.live
    async with slack.session.get(f"{slack.address}/ui/events?user=U1") as stream:
        await stream.content.readline()
        assert len(live._listeners) == 1
    async with asyncio.timeout(2):
        while live._listeners:
            live.changed()
            await asyncio.sleep(0.02)


async def test_a_click_arrives_when_the_message_was_drawn_anew_meanwhile(slack: Slack, maud: Person) -> None:
    kept = {"type": "actions", "elements": [button("Associer", "a")]}
    other = {"type": "actions", "elements": [button("Ignorer", "b")]}
    posted = await slack.client.chat_postMessage(channel="C1", text="Carte", blocks=[kept, other])
    [seen] = await maud.messages("finance")
    drawn = [section("Nouveau"), kept, kept]
    await slack.client.chat_update(channel="C1", ts=posted["ts"], text="Carte", blocks=drawn)
    [now] = await maud.messages("finance")
    assert now["blocks"][1]["block_id"] == seen["blocks"][0]["block_id"]
    assert len({block["block_id"] for block in now["blocks"]}) == 3
    assert seen["blocks"][1]["block_id"] not in {block["block_id"] for block in now["blocks"]}
