"""Everything a person can do reaches a real Bolt app, and what it answers is shown."""

import asyncio
from typing import Any

from slack_bolt.async_app import AsyncApp

from sandbox.slack import Command
from sandbox.slack.person import Person
from tests.sandbox_slack.here import Json, Slack, actions, button, field, modal, section

SEARCH = {
    "type": "external_select",
    "action_id": "invoice",
    "placeholder": {"type": "plain_text", "text": "Chercher"},
    "min_query_length": 1,
}


def option(value: str) -> Json:
    return {"text": {"type": "plain_text", "text": f"Facture {value}"}, "value": value}


def open_with(bolt: AsyncApp, view: Json, command: str = "/qonto") -> None:
    @bolt.command(command)
    async def show(ack: Any, body: Json, client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=view)


async def opened(maud: Person) -> Json:
    assert await maud.command("/qonto", "C1") == {"ok": True}
    view: Json = await maud.wait_for(lambda screen: screen["modals"] and screen["modals"][-1])
    return view


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


async def test_a_modal_is_filled_corrected_and_submitted(slack: Slack, bolt: AsyncApp, maud: Person) -> None:
    submitted: list[Json] = []
    open_with(bolt, modal(private_metadata="payment-1"))

    @bolt.view("form")
    async def save(ack: Any, body: Json) -> None:
        submitted.append(body)
        value = body["view"]["state"]["values"]["note"]["note"]["value"]
        if value == "faux":
            await ack(response_action="errors", errors={"note": "Ce montant est trop grand."})
        else:
            await ack()

    view = await opened(maud)
    assert await maud.submit(view) == {"ok": False, "errors": {"note": "Ce champ est obligatoire."}}
    answer = await maud.submit(view, note={"value": "faux"})
    assert answer == {"ok": False, "errors": {"note": "Ce montant est trop grand."}}
    assert await maud.submit(view, note={"value": "juste"}) == {"ok": True}
    assert await maud.modal() is None
    sent = submitted[-1]["view"]
    assert (sent["private_metadata"], sent["callback_id"], sent["id"]) == ("payment-1", "form", view["id"])
    entry = {"type": "plain_text_input", "value": "juste"}
    assert sent["state"]["values"] == {"note": {"note": entry}}


async def test_a_submission_may_push_update_and_clear(slack: Slack, bolt: AsyncApp, maud: Person) -> None:
    open_with(bolt, modal())
    steps = iter(["push", "update", "clear"])

    @bolt.view("form")
    async def go_on(ack: Any) -> None:
        step = next(steps)
        await ack(response_action=step, **({} if step == "clear" else {"view": modal(field(step))}))

    first = await opened(maud)
    await maud.submit(first, note={"value": "1"})
    stack = (await maud.screen())["modals"]
    assert [view["previous_view_id"] for view in stack] == [None, first["id"]]
    await maud.submit(stack[1], note={"value": "1"})
    updated = await maud.modal()
    assert updated
    assert updated["id"] == stack[1]["id"]
    assert updated["blocks"][0]["block_id"] == "update"
    await maud.submit(updated, note={"value": "1"})
    assert await maud.modal() is None


async def test_a_click_in_a_modal_carries_what_was_typed_and_keeps_it(
    slack: Slack, bolt: AsyncApp, maud: Person
) -> None:
    view = modal(field(optional=True), actions(button("Ajouter", "add")))
    open_with(bolt, view)

    @bolt.action("add")
    async def add(ack: Any, body: Json, client: Any) -> None:
        await ack()
        shown = body["view"]
        grown = view | {"blocks": [*view["blocks"], section("Ligne 2")]}
        await client.views_update(view_id=shown["id"], hash=shown["hash"], view=grown)

    shown = await opened(maud)
    await maud.click("Ajouter", shown, state={"note": {"note": {"value": "douze"}}})
    grown = await maud.wait_for(
        lambda screen: len(screen["modals"][0]["blocks"]) == 3 and screen["modals"][0]
    )
    assert grown["state"]["values"]["note"]["note"]["value"] == "douze"
    assert grown["hash"] != shown["hash"]


async def test_closing_a_modal_is_told_to_the_app_that_asked(
    slack: Slack, bolt: AsyncApp, maud: Person
) -> None:
    closed: list[Json] = []
    open_with(bolt, modal(notify_on_close=True))

    @bolt.view_closed("form")
    async def forget(ack: Any, body: Json) -> None:
        await ack()
        closed.append(body)

    view = await opened(maud)
    assert await maud.do("close", view_id=view["id"]) == {"ok": True}
    assert (closed[0]["view"]["id"], closed[0]["is_cleared"]) == (view["id"], False)
    assert (await maud.do("close", view_id=view["id"]))["error"] == "not_found"


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


async def test_a_fourth_view_cannot_be_pushed_by_an_answer(
    slack: Slack, bolt: AsyncApp, maud: Person
) -> None:
    open_with(bolt, modal(field(optional=True)))

    @bolt.view("form")
    async def push(ack: Any) -> None:
        await ack(response_action="push", view=modal(field(optional=True)))

    await opened(maud)
    for _ in range(2):
        top = await maud.modal()
        assert top
        assert await maud.submit(top) == {"ok": True}
    top = await maud.modal()
    assert top
    assert (await maud.submit(top))["error"] == "dispatch_failed"
    assert len((await maud.screen())["modals"]) == 3


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
