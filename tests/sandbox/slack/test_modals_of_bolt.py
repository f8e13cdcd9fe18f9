"""Modals are opened, filled, corrected, stacked and closed against a real Bolt app."""

from typing import Any

from slack_bolt.async_app import AsyncApp

from sandbox.slack.person import Person
from tests.sandbox.slack.here import Json, Slack, actions, button, field, modal, section


def open_with(bolt: AsyncApp, view: Json, command: str = "/qonto") -> None:
    @bolt.command(command)
    async def show(ack: Any, body: Json, client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=view)


async def opened(maud: Person) -> Json:
    assert await maud.command("/qonto", "C1") == {"ok": True}
    view: Json = await maud.wait_for(lambda screen: screen["modals"] and screen["modals"][-1])
    return view


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
