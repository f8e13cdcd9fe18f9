"""Everything a person can do reaches a real Bolt app, and what it answers is shown."""

import asyncio
from typing import Any

from slack_bolt.async_app import AsyncApp

from sandbox.slack import Command
from sandbox.slack.person import Person
from tests.sandbox.slack.here import Json, Slack, actions, button, section


async def test_a_click_reaches_the_listener_with_what_was_shown(
    slack: Slack, bolt: AsyncApp, maud: Person
) -> None:
    seen: Json = {}

    @bolt.action("associate")
    async def associate(ack: Any, body: Json, respond: Any) -> None:
        await ack()
        seen.update(body)
        await respond("C’est fait.", replace_original=False)

    await slack.client.chat_postMessage(channel="C1", text="Carte", blocks=[section(), actions(button())])
    [card] = await maud.messages("finance")
    assert await maud.click("Associer", card) == {"ok": True}
    note = await maud.wait_for(lambda screen: screen["channels"][0]["messages"][1:])
    assert (note[0]["text"], note[0]["ephemeral"]) == ("C’est fait.", True)
    action = seen["actions"][0]
    assert (action["value"], action["text"]["text"], action["type"]) == ("1", "Associer", "button")
    where = {"type": "message", "message_ts": card["ts"], "channel_id": "C1", "is_ephemeral": False}
    assert seen["container"] == where
    assert seen["message"]["blocks"] == card["blocks"]
    assert seen["user"]["id"] == "U1"
    assert seen["state"] == {"values": {}}


async def test_an_ephemeral_message_is_replaced_then_deleted_through_its_response_url(
    slack: Slack, bolt: AsyncApp, maud: Person
) -> None:
    bodies: list[Json] = []

    @bolt.action("associate")
    async def associate(ack: Any, body: Json, respond: Any) -> None:
        await ack()
        bodies.append(body)
        if len(bodies) == 1:
            await respond(text="Encore ?", blocks=[actions(button())], replace_original=True)
        else:
            await respond(delete_original=True)

    await slack.client.chat_postEphemeral(channel="C1", user="U1", text="Sûr ?", blocks=[actions(button())])
    [question] = await maud.messages("finance")
    await maud.click("Associer", question)
    await maud.wait_for(lambda screen: screen["channels"][0]["messages"][0]["text"] == "Encore ?")
    await maud.click("Associer", question)
    await maud.wait_for(lambda screen: not screen["channels"][0]["messages"])
    assert bodies[0]["container"]["is_ephemeral"]
    assert "message" not in bodies[0]


async def test_a_command_arrives_with_slack_s_fields_and_its_answer_is_for_one_person(
    slack: Slack, bolt: AsyncApp, maud: Person
) -> None:
    seen: Json = {}

    @bolt.command("/qonto")
    async def qonto(ack: Any, body: Json) -> None:
        seen.update(body)
        await ack(text="Aide")

    assert await maud.command("/qonto client @camille", "C1") == {"ok": True}
    assert [m["text"] for m in await maud.messages("finance")] == ["Aide"]
    assert slack.workspace.messages("finance") == []
    assert [m.text for m in slack.workspace.ephemerals("U1")] == ["Aide"]
    assert seen["text"] == "client <@U2|camille>"
    expected = {"command": "/qonto", "channel_id": "C1", "channel_name": "finance", "user_id": "U1"}
    expected |= {"user_name": "maud", "team_id": "T0SANDBOX", "api_app_id": "A0SANDBOX"}
    assert expected.items() <= seen.items()
    assert seen["response_url"].startswith(slack.address)


async def test_an_answer_to_a_command_is_replaced_by_the_next_one_and_its_line_never(
    slack: Slack, bolt: AsyncApp, maud: Person
) -> None:
    @bolt.command("/qonto")
    async def qonto(ack: Any, respond: Any, command: Json) -> None:
        await ack(**({"text": "Je regarde…"} if command["text"] == "ack" else {}))
        await asyncio.sleep(0.1)  # what is said with the acknowledgement is said first
        await respond(text="En cours", replace_original=True)
        await respond(text="Aussi ceci")
        await respond(text="Terminé", replace_original=True)

    for how in ("ack", "respond"):
        assert await maud.command(f"/qonto {how}", "C1") == {"ok": True}
        await maud.wait_for(
            lambda screen: "Terminé" in [m["text"] for m in screen["channels"][0]["messages"]]
        )
        assert [m.text for m in slack.workspace.ephemerals("U1")] == ["Terminé", "Aussi ceci"]
        for message in slack.workspace.ephemerals("U1"):
            slack.workspace.delete_message(message.channel, message.ts)


async def test_a_command_may_answer_the_whole_channel_later(
    slack: Slack, bolt: AsyncApp, maud: Person
) -> None:
    @bolt.command("/qonto")
    async def qonto(ack: Any, respond: Any) -> None:
        await ack()
        await respond("Synchronisé.", response_type="in_channel")

    await maud.command("/qonto sync", "C2")
    await maud.wait_for(lambda screen: screen["channels"][1]["messages"])
    assert [m.text for m in slack.workspace.messages("general")] == ["Synchronisé."]


async def test_the_home_tab_is_drawn_when_it_is_opened(slack: Slack, bolt: AsyncApp, maud: Person) -> None:
    events: list[Json] = []

    @bolt.event("app_home_opened")
    async def draw(event: Json, client: Any) -> None:
        events.append(event)
        await client.views_publish(
            user_id=event["user"], view={"type": "home", "blocks": [section("Accueil")]}
        )

    await maud.do("home")
    home = await maud.wait_for(lambda screen: screen["home"])
    assert home["blocks"][0]["text"]["text"] == "Accueil"
    await maud.do("home")
    await maud.wait_for(lambda _: len(events) == 2)
    assert "view" not in events[0]
    assert events[1]["view"]["id"] == home["id"]
    assert events[1]["tab"] == "home"


async def test_a_direct_message_reaches_the_app_escaped(slack: Slack, bolt: AsyncApp, maud: Person) -> None:
    heard: list[Json] = []

    @bolt.event("message")
    async def answer(event: Json, say: Any) -> None:
        heard.append(event)
        await say("Bonjour.")

    await maud.write("R&D <ok>", "UBOT")
    await maud.wait_for(lambda _: len(slack.workspace.direct_messages("U1")) == 2)
    assert heard[0]["text"] == "R&amp;D &lt;ok&gt;"
    assert heard[0]["channel_type"] == "im"


async def test_a_listener_that_forgets_to_acknowledge_shows_slack_s_error(
    slack: Slack, bolt: AsyncApp, maud: Person
) -> None:
    slack.workspace.ack_seconds = 0.05

    @bolt.command("/qonto")
    async def qonto(ack: Any) -> None:
        await asyncio.sleep(0.2)
        await ack()

    answer = await maud.command("/qonto", "C1")
    assert answer["error"] == "operation_timeout"
    assert "/qonto a échoué" in answer["text"]


async def test_an_action_nobody_listens_to_is_an_error_for_the_person(
    slack: Slack, bolt: AsyncApp, maud: Person
) -> None:
    await slack.client.chat_postMessage(channel="C1", text="Carte", blocks=[actions(button())])
    [card] = await maud.messages("finance")
    answer = await maud.click("Associer", card)
    assert (answer["ok"], answer["error"]) == (False, "dispatch_failed")
    assert slack.workspace.deliveries[-1].status == 404


async def test_the_url_is_verified_with_a_signed_challenge(slack: Slack, bolt: AsyncApp) -> None:
    assert await slack.post("/sandbox/slack/verify") == {"ok": True}
    slack.workspace.app.signing_secret = "autre"
    assert await slack.post("/sandbox/slack/verify") == {"ok": False}


async def test_an_unknown_command_never_leaves_the_workspace(
    slack: Slack, bolt: AsyncApp, maud: Person
) -> None:
    slack.workspace.app.commands += (Command("/autre"),)
    assert (await maud.command("/qonta", "C1"))["error"] == "unknown_command"
    assert not slack.workspace.deliveries
