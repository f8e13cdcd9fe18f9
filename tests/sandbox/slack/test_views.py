"""Trigger ids, the modal stack and the Home tab."""

import pytest

from tests.sandbox.slack.here import Json, Slack, field, modal, section

HOME: Json = {"type": "home", "blocks": [section("Accueil")]}


def trigger(slack: Slack) -> str:
    return slack.workspace.tickets.new_trigger("U1")


async def test_a_trigger_id_works_once_and_for_three_seconds(slack: Slack) -> None:
    now = 1_700_000_000.0
    slack.workspace.clock = lambda: now
    used, late = trigger(slack), trigger(slack)
    assert await slack.refusal("views.open", trigger_id=used, view=modal()) == "ok"
    assert await slack.refusal("views.open", trigger_id=used, view=modal()) == "exchanged_trigger_id"
    now += 3.1
    assert await slack.refusal("views.open", trigger_id=late, view=modal()) == "expired_trigger_id"
    assert await slack.refusal("views.open", trigger_id="faux", view=modal()) == "invalid_trigger_id"
    assert await slack.refusal("views.open", view=modal()) == "invalid_arguments"


async def test_three_views_may_be_stacked(slack: Slack) -> None:
    assert await slack.refusal("views.push", trigger_id=trigger(slack), view=modal()) == "not_found"
    first = await slack.client.views_open(trigger_id=trigger(slack), view=modal())
    for _ in range(2):
        pushed = await slack.client.views_push(trigger_id=trigger(slack), view=modal())
    assert pushed["view"]["root_view_id"] == first["view"]["id"]
    assert await slack.refusal("views.push", trigger_id=trigger(slack), view=modal()) == "push_limit_reached"


async def test_a_modal_is_updated_by_id_or_external_id_and_never_over_a_newer_one(slack: Slack) -> None:
    view = modal(external_id="p1")
    opened = (await slack.client.views_open(trigger_id=trigger(slack), view=view))["view"]
    duplicate = await slack.refusal("views.open", trigger_id=trigger(slack), view=view)
    assert duplicate == "duplicate_external_id"
    updated = await slack.client.views_update(external_id="p1", view=modal(field("b2")))
    assert updated["view"]["id"] == opened["id"]
    args: Json = {"view_id": opened["id"], "view": modal()}
    assert await slack.refusal("views.update", **args, hash=opened["hash"]) == "hash_conflict"
    assert await slack.refusal("views.update", **args, hash=updated["view"]["hash"]) == "ok"
    assert await slack.refusal("views.update", view=modal()) == "invalid_arguments"
    assert await slack.refusal("views.update", view_id="V9", view=modal()) == "not_found"


async def test_a_home_tab_is_published_unless_a_newer_one_is_there(slack: Slack) -> None:
    first = (await slack.client.views_publish(user_id="U1", view=HOME))["view"]
    again = await slack.client.views_publish(user_id="U1", view=HOME, hash=first["hash"])
    assert again["view"]["id"] == first["id"]
    assert (
        await slack.refusal("views.publish", user_id="U1", view=HOME, hash=first["hash"]) == "hash_conflict"
    )
    assert await slack.refusal("views.publish", user_id="U2", view=HOME, hash="x") == "hash_conflict"
    assert await slack.refusal("views.publish", user_id="U9", view=HOME) == "invalid_arguments"
    slack.workspace.app.home_enabled = False
    assert await slack.refusal("views.publish", user_id="U1", view=HOME) == "not_enabled"
    assert (await slack.person("U1").screen())["home"]["id"] == first["id"]


@pytest.mark.parametrize(
    ("view", "error"),
    [
        (None, "invalid_arguments"),
        (HOME, "invalid_arguments"),
        (modal(title={"type": "plain_text", "text": "x" * 25}), "invalid_arguments"),
        (modal(*[section("é" * 2900) for _ in range(50)]), "view_too_large"),
    ],
)
async def test_views_slack_refuses(slack: Slack, view: Json | None, error: str) -> None:
    assert await slack.refusal("views.open", trigger_id=trigger(slack), view=view) == error
    assert (await slack.person("U1").screen())["modals"] == []


async def test_a_refused_view_is_explained_with_a_pointer(slack: Slack) -> None:
    view = modal(title={"type": "plain_text", "text": "x" * 25})
    await slack.refusal("views.open", trigger_id=trigger(slack), view=view)
    assert any("/title/text : 25 caractères, 24 au plus" in p.text for p in slack.workspace.problems)
