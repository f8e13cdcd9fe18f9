"""A test in another process reads and drives the workspace through /sandbox/slack."""

from sandbox.slack import UserGroup
from tests.sandbox.slack.here import Slack, modal, section


async def test_the_dump_holds_everything_but_secrets(slack: Slack) -> None:
    await slack.client.chat_postMessage(channel="C1", text="Carte", blocks=[section()])
    await slack.client.views_publish(user_id="U1", view={"type": "home", "blocks": [section()]})
    await slack.client.views_open(trigger_id=slack.workspace.tickets.new_trigger("U1"), view=modal())
    await slack.client.files_upload_v2(filename="a.csv", content="a;b")
    dump = await slack.get("/sandbox/slack/state")
    assert dump["messages"]["C1"][0]["text"] == "Carte"
    assert dump["post_counts"] == {"C1": 1}
    assert dump["files"][0]["content"] == "a;b"
    assert set(dump["homes"]) == set(dump["modals"]) == {"U1"}
    assert slack.workspace.app.bot_token not in str(dump)
    assert slack.workspace.app.signing_secret not in str(dump)


async def test_calls_and_deliveries_are_listed(slack: Slack) -> None:
    await slack.client.auth_test()
    await slack.client.chat_postMessage(channel="C1", text="Carte")
    listed = await slack.get("/sandbox/slack/calls", method="chat.postMessage")
    assert [(c["method"], c["args"]["text"], c["outcome"]) for c in listed["calls"]] == [
        ("chat.postMessage", "Carte", "ok")
    ]
    assert len((await slack.get("/sandbox/slack/calls"))["calls"]) == 2
    assert [call.args["text"] for call in slack.workspace.calls_of("chat.postMessage")] == ["Carte"]
    await slack.post("/sandbox/slack/settings", {"request_url": "http://127.0.0.1:1/", "retry_delays": []})
    await slack.person("U1").do("home")
    [delivery] = (await slack.get("/sandbox/slack/deliveries"))["deliveries"]
    assert (delivery["kind"], delivery["status"]) == ("event", 0)


async def test_the_same_operations_as_in_python(slack: Slack) -> None:
    posted = await slack.client.chat_postMessage(channel="C1", text="Carte")
    for operation, body in (
        ("delete_message", {"channel": "C1", "ts": posted["ts"]}),
        ("archive", {"channel": "C2"}),
        ("kick_bot", {"channel": "C1"}),
        ("invite_bot", {"channel": "C3"}),
        ("deactivate", {"user": "U2"}),
        ("revoke_token", {}),
        ("settings", {"strict_rate": True, "scopes": ["commands"]}),
    ):
        assert await slack.post(f"/sandbox/slack/{operation}", body) == {"ok": True}
    workspace = slack.workspace
    assert workspace.messages("C1") == []
    assert workspace.channels["C2"].is_archived
    assert "UBOT" not in workspace.channels["C1"].members
    assert "UBOT" in workspace.channels["C3"].members
    assert workspace.users["U2"].deleted
    assert (workspace.app.token_revoked, workspace.strict_rate) == (True, True)
    assert workspace.app.scopes == ("commands",)


async def test_a_group_that_changes_is_told_to_an_app_that_subscribed(slack: Slack) -> None:
    slack.workspace.usergroups["S1"] = UserGroup("S1", "finance", "Finance", ["U1"])
    slack.workspace.app.request_url, slack.workspace.retry_delays = "http://127.0.0.1:1/", ()
    assert await slack.post("/sandbox/slack/group", {"group": "S1", "users": ["U2"]}) == {"ok": True}
    assert (await slack.get("/sandbox/slack/deliveries"))["deliveries"] == []
    slack.workspace.app.events = ("subteam_members_changed", "subteam_updated")
    await slack.post("/sandbox/slack/group", {"group": "S1", "users": ["U1"]})
    await slack.post("/sandbox/slack/group", {"group": "S1", "is_disabled": True})
    members, group = (
        one["payload"]["event"] for one in (await slack.get("/sandbox/slack/deliveries"))["deliveries"]
    )
    assert (members["subteam_id"], members["added_users"], members["removed_users"]) == ("S1", ["U1"], ["U2"])
    assert (group["type"], group["subteam"]["id"], group["subteam"]["date_delete"]) == (
        "subteam_updated",
        "S1",
        1,
    )
    assert (await slack.post("/sandbox/slack/group", {"group": "S9"}))["error"] == "unknown group"


async def test_a_reset_puts_everything_back(slack: Slack) -> None:
    await slack.client.chat_postMessage(channel="U1", text="Carte")
    slack.workspace.app.request_url = "http://127.0.0.1:1/"
    slack.workspace.archive("C1")
    await slack.post("/sandbox/slack/reset")
    assert not slack.workspace.channels["C1"].is_archived
    assert slack.workspace.direct_messages("U1") == []
    assert slack.workspace.post_count("U1") == 0
    assert slack.workspace.app.request_url == "http://127.0.0.1:1/"


async def test_operations_that_do_not_fit_are_refused(slack: Slack) -> None:
    for operation, body, error in (
        ("explode", {}, "unknown_operation"),
        ("archive", {"channel": "C9"}, "unknown C9"),
        ("archive", {}, "unknown channel"),
        ("delete_message", {"channel": "C1", "ts": "1"}, "unknown 1"),
        ("settings", {"bot_token": "x"}, "unknown bot_token"),
    ):
        answer = await slack.post(f"/sandbox/slack/{operation}", body)
        assert (answer["ok"], answer["error"]) == (False, error)
    async with slack.session.post(f"{slack.address}/sandbox/slack/archive", data="{") as response:
        assert response.status == 400


async def test_faults_are_planned_listed_and_cleared(slack: Slack) -> None:
    fault = {"target": "slack:auth.test", "kind": "status", "status": 503}
    planned = await slack.post("/sandbox/slack/faults", fault)
    assert [f["target"] for f in planned["faults"]] == ["slack:auth.test"]
    await slack.post("/sandbox/slack/faults", [fault, fault])
    assert len((await slack.get("/sandbox/slack/faults"))["faults"]) == 3
    async with slack.session.delete(f"{slack.address}/sandbox/slack/faults") as response:
        assert await response.json() == {"faults": []}
    refused = await slack.post("/sandbox/slack/faults", {"target": "slack:*", "kind": "fire"})
    assert not refused["ok"]
    assert await slack.refusal("auth.test") == "ok"
