"""Searches and choices reach a real Bolt app, completed from what it offered."""

from typing import Any

from slack_bolt.async_app import AsyncApp

from sandbox.slack.person import Person
from tests.sandbox.slack.here import Json, Slack, actions

SEARCH = {
    "type": "external_select",
    "action_id": "invoice",
    "placeholder": {"type": "plain_text", "text": "Chercher"},
    "min_query_length": 1,
}


def option(value: str) -> Json:
    return {"text": {"type": "plain_text", "text": f"Facture {value}"}, "value": value}


async def test_a_search_offers_what_the_app_answers_and_the_choice_is_completed(
    slack: Slack, bolt: AsyncApp, maud: Person
) -> None:
    chosen: list[Json] = []

    @bolt.options("invoice")
    async def load(ack: Any, payload: Json) -> None:
        await ack(options=[option(payload["value"] + "1")])

    @bolt.action("invoice")
    async def choose(ack: Any, payload: Json) -> None:
        await ack()
        chosen.append(payload)

    await slack.client.chat_postMessage(channel="C1", text="Carte", blocks=[actions(SEARCH)])
    [card] = await maud.messages("finance")
    assert await maud.search("Chercher", card, "") == {"options": []}
    assert await maud.search("Chercher", card, "04") == {"options": [option("041")]}
    assert await maud.click("Chercher", card, selected_option={"value": "041"}) == {"ok": True}
    assert chosen[0]["selected_option"] == option("041")
    refused = await maud.click("Chercher", card, selected_option={"value": "099"})
    assert refused["error"] == "unknown_option"
    assert len(chosen) == 1


async def test_several_choices_are_completed_from_the_options(
    slack: Slack, bolt: AsyncApp, maud: Person
) -> None:
    chosen: list[Json] = []

    @bolt.action("pick")
    async def pick(ack: Any, body: Json) -> None:
        await ack()
        chosen.append(body)

    boxes = {"type": "checkboxes", "action_id": "pick", "options": [option("1"), option("2")]}
    date = {"type": "datepicker", "action_id": "day", "initial_date": "2026-01-27"}
    slack.workspace.invite_bot("C3")
    parent = await slack.client.chat_postMessage(channel="C3", text="Carte")
    await slack.client.chat_postMessage(
        channel="C3", text="Choisir", thread_ts=parent["ts"], blocks=[actions(boxes, date)]
    )
    card = (await maud.messages("secret"))[1]
    assert await maud.click("pick", card, selected_options=[{"value": "2"}]) == {"ok": True}
    assert chosen[0]["actions"][0]["selected_options"] == [option("2")]
    assert chosen[0]["channel"] == {"id": "C3", "name": "privategroup"}
    assert chosen[0]["container"]["thread_ts"] == parent["ts"]
    values = chosen[0]["state"]["values"]["b1"]
    assert values["pick"] == {"type": "checkboxes", "selected_options": [option("2")]}
    assert values["day"] == {"type": "datepicker", "selected_date": "2026-01-27"}
    assert (await maud.click("pick", card, selected_options=[{"value": "9"}]))["error"] == "unknown_option"


async def test_more_than_a_hundred_options_are_refused(slack: Slack, bolt: AsyncApp, maud: Person) -> None:
    @bolt.options("invoice")
    async def load(ack: Any) -> None:
        await ack(options=[option(str(n)) for n in range(101)])

    await slack.client.chat_postMessage(channel="U1", text="Carte", blocks=[actions(SEARCH)])
    [card] = await maud.messages("UBOT")
    assert (await maud.search("Chercher", card, "0"))["error"] == "invalid_options"
    assert any("101 éléments, 100 au plus" in problem.text for problem in slack.workspace.problems)
