"""Everything a person can do reaches a real Bolt app, and what it answers is shown."""

from typing import Any

from slack_bolt.async_app import AsyncApp

from sandbox.slack.person import Person
from tests.sandbox_slack.here import Json, Slack, actions, button, field, modal, section


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
    assert seen["container"] == {
        "type": "message",
        "message_ts": card["ts"],
        "channel_id": "C1",
        "is_ephemeral": False,
    }
    assert seen["message"]["blocks"] == card["blocks"]
    assert seen["user"]["id"] == "U1"
