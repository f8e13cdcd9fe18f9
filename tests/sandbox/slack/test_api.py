"""The Web API answers the real SDK as Slack does, refusals included."""

import json

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.faults import Fault
from sandbox.slack import Channel
from tests.sandbox.slack.here import Json, Slack, section


async def test_the_token_is_checked(slack: Slack) -> None:
    async with slack.session.post(f"{slack.address}/api/auth.test") as response:
        assert (await response.json()) == {"ok": False, "error": "not_authed"}
    for token, error in (("xoxb-faux", "invalid_auth"), ("xapp-1", "not_allowed_token_type")):
        answer = await slack.session.post(f"{slack.address}/api/auth.test", data={"token": token})
        assert (await answer.json())["error"] == error
    assert (await slack.client.auth_test())["user_id"] == "UBOT"
    assert await slack.refusal("apps.connections.open") == "not_allowed_token_type"
    slack.workspace.revoke_token()
    assert await slack.refusal("auth.test") == "token_revoked"


async def test_a_missing_scope_says_what_was_needed(slack: Slack) -> None:
    slack.workspace.app.scopes = ("commands",)
    answer = await slack.session.post(
        f"{slack.address}/api/users.info",
        data={"user": "U1"},
        headers={"Authorization": f"Bearer {slack.workspace.app.bot_token}"},
    )
    refused = {"ok": False, "error": "missing_scope", "needed": "users:read", "provided": "commands"}
    assert await answer.json() == refused
    assert answer.headers["X-OAuth-Scopes"] == "commands"


async def test_an_unknown_method_is_refused_and_logged(slack: Slack) -> None:
    assert await slack.refusal("chat.shout") == "unknown_method"
    [call] = slack.workspace.calls
    assert (call.method, call.outcome) == ("chat.shout", "unknown_method")
    assert slack.workspace.problems[0].where == "chat.shout"


@pytest.mark.parametrize("form", ["json", "form", "query", "multipart"])
async def test_arguments_come_in_every_form(slack: Slack, form: str) -> None:
    blocks = json.dumps([section()])
    args = {"channel": "C1", "text": "Bonjour", "blocks": blocks, "team_id": "T1"}
    how: Json = {"json": {"json": args}, "form": {"data": args}, "query": {"params": args}}.get(form, {})
    if form == "multipart":
        how = {"data": aiohttp.FormData(args, default_to_multipart=True)}
    headers = {"Authorization": f"Bearer {slack.workspace.app.bot_token}"}
    response = await slack.session.post(f"{slack.address}/api/chat.postMessage", headers=headers, **how)
    assert (await response.json())["ok"]
    [message] = slack.workspace.messages("finance")
    assert message.blocks[0]["text"]["text"] == "Bonjour"
    assert message.blocks[0]["block_id"]


async def test_a_body_that_is_not_a_json_object_is_refused(slack: Slack) -> None:
    headers = {"Content-Type": "application/json"}
    for body, error in (("{", "invalid_json"), ("[]", "json_not_object")):
        answer = await slack.session.post(f"{slack.address}/api/auth.test", data=body, headers=headers)
        assert (await answer.json())["error"] == error


async def test_timestamps_are_unique_and_increase(slack: Slack) -> None:
    slack.workspace.clock = lambda: 1_700_000_000.0
    stamps = [(await slack.client.chat_postMessage(channel="C1", text=str(n)))["ts"] for n in range(5)]
    assert stamps == sorted(set(stamps))
    assert slack.workspace.post_count("finance") == 5


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ({"text": "x"}, "invalid_arguments"),
        ({"channel": "C9", "text": "x"}, "channel_not_found"),
        ({"channel": "C2", "text": "x"}, "not_in_channel"),
        ({"channel": "C3", "text": "x"}, "channel_not_found"),
        ({"channel": "C4", "text": "x"}, "is_archived"),
        ({"channel": "C1"}, "no_text"),
        ({"channel": "C1", "text": "x" * 40_001}, "msg_too_long"),
        ({"channel": "C1", "text": "x", "blocks": [{"type": "mystery"}]}, "invalid_blocks"),
        ({"channel": "C1", "text": "x", "blocks": {"type": "section"}}, "invalid_blocks_format"),
        ({"channel": "C1", "text": "x", "blocks": "[{"}, "invalid_blocks_format"),
        ({"channel": "C1", "text": "x", "blocks": [section("y" * 2900)] * 5}, "msg_blocks_too_long"),
        ({"channel": "C1", "text": "x", "metadata": {"event_type": "a"}}, "invalid_metadata_format"),
        ({"channel": "C1", "text": "x", "metadata": {"event_payload": {}}}, "invalid_metadata_format"),
        (
            {
                "channel": "C1",
                "text": "x",
                "metadata": {"event_type": "a", "event_payload": {"k": "v" * 9000}},
            },
            "metadata_too_large",
        ),
        ({"channel": "C1", "text": "x", "thread_ts": "1.000001"}, "thread_not_found"),
        ({"channel": "U2", "text": "x"}, "channel_not_found"),
        ({"channel": "UBOT", "text": "x"}, "channel_not_found"),
    ],
)
async def test_what_slack_refuses_to_post(slack: Slack, args: Json, error: str) -> None:
    slack.workspace.channels["C4"] = Channel("C4", "ancien", ["UBOT"], is_archived=True)
    slack.workspace.deactivate("U2")
    assert await slack.refusal("chat.postMessage", **args) == error
    assert slack.workspace.messages("finance") == []


async def test_a_direct_message_may_be_addressed_to_the_person(slack: Slack) -> None:
    answer = await slack.client.chat_postMessage(channel="U1", text="Payé !")
    assert answer["channel"].startswith("D")
    opened = await slack.client.conversations_open(users="U1", return_im=True)
    assert opened["channel"]["id"] == answer["channel"]
    assert opened["channel"]["user"] == "U1"
    slack.workspace.deactivate("U1")
    assert await slack.refusal("chat.postMessage", channel=answer["channel"], text="x") == "channel_not_found"
    slack.workspace.app.messages_enabled = False
    refused = await slack.refusal("chat.postMessage", channel=answer["channel"], text="x")
    assert refused == "messages_tab_disabled"


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ({"users": "U9"}, "user_not_found"),
        ({"users": "U2"}, "user_disabled"),
        ({"users": "UBOT"}, "cannot_dm_bot"),
        ({"users": "U1,U3"}, "missing_scope"),
        ({"users": "U1", "prevent_creation": True}, "channel_not_found"),
        ({}, "invalid_arguments"),
    ],
)
async def test_conversations_slack_refuses_to_open(slack: Slack, args: Json, error: str) -> None:
    slack.workspace.deactivate("U2")
    assert await slack.refusal("conversations.open", **args) == error


async def test_a_group_conversation_is_opened_once(slack: Slack) -> None:
    slack.workspace.app.scopes += ("mpim:write",)
    first = await slack.client.conversations_open(users=["U1", "U2"])
    again = await slack.client.conversations_open(users=["U2", "U1"])
    found = await slack.client.conversations_open(channel=first["channel"]["id"])
    assert first["channel"]["id"] == again["channel"]["id"] == found["channel"]["id"]
    assert await slack.refusal("conversations.open", users=",".join(["U1"] * 9)) == "too_many_users"


async def test_an_update_keeps_metadata_and_drops_omitted_blocks(slack: Slack) -> None:
    metadata = {"event_type": "card", "event_payload": {"key": "p1"}}
    posted = await slack.client.chat_postMessage(
        channel="C1", text="Carte", blocks=[section()], metadata=metadata
    )
    await slack.client.chat_update(channel="C1", ts=posted["ts"], text="Associé", blocks=[section("Associé")])
    [message] = slack.workspace.messages("C1")
    assert (message.edited, message.metadata) == (None, metadata)
    await slack.client.chat_update(channel="C1", ts=posted["ts"], text="Texte seul")
    assert (message.text, message.blocks, message.metadata) == ("Texte seul", [], metadata)
    assert message.edited
    await slack.client.chat_update(
        channel="C1", ts=posted["ts"], text="x", metadata=metadata | {"event_type": "b"}
    )
    assert message.metadata == metadata | {"event_type": "b"}
    assert slack.workspace.post_count("C1") == 1


async def test_what_slack_refuses_to_update_or_delete(slack: Slack) -> None:
    posted = await slack.client.chat_postMessage(channel="C1", text="Carte")
    hers = await slack.person("U1").write("Merci", "C1")
    assert hers == {"ok": True}
    theirs = slack.workspace.messages("C1")[-1].ts
    ts = posted["ts"]
    assert await slack.refusal("chat.update", channel="C1", ts="1.0", text="x") == "message_not_found"
    assert await slack.refusal("chat.update", channel="C1", ts=theirs, text="x") == "cant_update_message"
    assert await slack.refusal("chat.update", channel="C1", ts=ts, text="x" * 4001) == "msg_too_long"
    assert await slack.refusal("chat.update", channel="C1", ts=ts) == "no_text"
    assert await slack.refusal("chat.delete", channel="C1", ts=theirs) == "cant_delete_message"
    slack.workspace.archive("C1")
    assert await slack.refusal("chat.update", channel="C1", ts=ts, text="x") == "is_inactive"
    slack.workspace.kick_bot("C1")
    assert await slack.refusal("chat.update", channel="C1", ts=ts, text="x") == "not_in_channel"


async def test_a_deleted_message_is_gone(slack: Slack) -> None:
    posted = await slack.client.chat_postMessage(channel="C1", text="Carte")
    link = await slack.client.chat_getPermalink(channel="C1", message_ts=posted["ts"])
    assert link["permalink"].endswith(f"/C1/p{posted['ts'].replace('.', '')}")
    await slack.client.chat_delete(channel="C1", ts=posted["ts"])
    assert slack.workspace.messages("C1") == []
    refused = await slack.refusal("chat.getPermalink", channel="C1", message_ts=posted["ts"])
    assert refused == "message_not_found"


async def test_an_ephemeral_message_is_seen_by_one_person(slack: Slack) -> None:
    slack.workspace.channels["C1"].members.append("U2")
    await slack.client.chat_postEphemeral(channel="C1", user="U2", text="Refusé")
    assert await slack.person("U1").messages("finance") == []
    assert [m["text"] for m in await slack.person("U2").messages("finance")] == ["Refusé"]
    history = await slack.client.conversations_history(channel="C1")
    assert history["messages"] == []
    assert (
        await slack.refusal("chat.postEphemeral", channel="C1", user="U3", text="x") == "user_not_in_channel"
    )


async def test_more_than_a_message_a_second_is_slowed_down_when_asked(slack: Slack) -> None:
    slack.workspace.strict_rate = True
    now = 1_700_000_000.0
    slack.workspace.clock = lambda: now
    for n in range(10):
        await slack.client.chat_postMessage(channel="C1", text=str(n))
    headers = {"Authorization": f"Bearer {slack.workspace.app.bot_token}"}
    data = {"channel": "C1", "text": "trop"}
    url = f"{slack.address}/api/chat.postMessage"
    response = await slack.session.post(url, data=data, headers=headers)
    assert (response.status, response.headers["Retry-After"]) == (429, "1")
    assert await slack.refusal("chat.postMessage", channel="U1", text="x") == "ok"
    now += 1
    assert await slack.refusal("chat.postMessage", channel="C1", text="x") == "ok"


async def test_a_planned_fault_is_logged_and_may_hide_a_message_that_landed(slack: Slack) -> None:
    slack.faults.add(Fault("slack:chat.postMessage", "error", error="internal_error"))
    assert await slack.refusal("chat.postMessage", channel="C1", text="x") == "internal_error"
    slack.faults.add(Fault("slack:chat.postMessage", "reset_after"))
    with pytest.raises(OSError, match=r"disconnected|reset"):
        await slack.client.chat_postMessage(channel="C1", text="y")
    assert [call.outcome for call in slack.workspace.calls] == ["fault 200", "ok"]
    assert [m.text for m in slack.workspace.messages("C1")] == ["y"]


async def test_the_default_client_retries_by_itself_and_posts_twice(slack: Slack) -> None:
    client = AsyncWebClient(token=slack.workspace.app.bot_token, base_url=f"{slack.address}/api/")
    slack.faults.add(Fault("slack:chat.postMessage", "reset_after"))
    await client.chat_postMessage(channel="C1", text="y")
    assert slack.workspace.post_count("C1") == 2
