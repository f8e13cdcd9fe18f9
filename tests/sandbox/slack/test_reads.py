"""The methods of the Web API that read, upload and react."""

import aiohttp
import pytest

from tests.sandbox.slack.here import Json, Slack


async def test_history_is_paged_newest_first_with_metadata_only_when_asked(slack: Slack) -> None:
    metadata = {"event_type": "card", "event_payload": {"key": "p1"}}
    posted = [
        (await slack.client.chat_postMessage(channel="C1", text=str(n), metadata=metadata))["ts"]
        for n in range(5)
    ]
    first = await slack.client.conversations_history(channel="C1", limit=3)
    assert [m["text"] for m in first["messages"]] == ["4", "3", "2"]
    assert "metadata" not in first["messages"][0]
    cursor = first["response_metadata"]["next_cursor"]
    rest = await slack.client.conversations_history(
        channel="C1", limit=3, cursor=cursor, include_all_metadata=True
    )
    assert [m["text"] for m in rest["messages"]] == ["1", "0"]
    assert rest["messages"][0]["metadata"] == metadata
    assert not rest["has_more"]
    after = await slack.client.conversations_history(channel="C1", oldest=posted[2])
    assert [m["text"] for m in after["messages"]] == ["4", "3"]
    between = await slack.client.conversations_history(
        channel="C1", oldest=posted[2], latest=posted[3], inclusive=True
    )
    assert [m["text"] for m in between["messages"]] == ["3", "2"]


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ({"channel": "C2"}, "not_in_channel"),
        ({"channel": "C1", "cursor": "???"}, "invalid_cursor"),
        ({"channel": "C1", "limit": "0"}, "invalid_limit"),
        ({"channel": "C1", "limit": "x"}, "invalid_limit"),
        ({"channel": "C1", "oldest": "hier"}, "invalid_ts_oldest"),
    ],
)
async def test_histories_slack_refuses(slack: Slack, args: Json, error: str) -> None:
    assert await slack.refusal("conversations.history", **args) == error


async def test_a_thread_has_its_parent_and_stays_out_of_the_history(slack: Slack) -> None:
    parent = (await slack.client.chat_postMessage(channel="C1", text="Carte"))["ts"]
    reply = await slack.client.chat_postMessage(channel="C1", text="Détail", thread_ts=parent)
    await slack.client.chat_postMessage(channel="C1", text="À tous", thread_ts=parent, reply_broadcast=True)
    history = await slack.client.conversations_history(channel="C1")
    assert [m["text"] for m in history["messages"]] == ["À tous", "Carte"]
    thread = await slack.client.conversations_replies(channel="C1", ts=parent)
    assert [m["text"] for m in thread["messages"]] == ["Carte", "Détail", "À tous"]
    assert thread["messages"][0]["reply_count"] == 2
    nested = await slack.refusal("chat.postMessage", channel="C1", text="x", thread_ts=reply["ts"])
    assert nested == "thread_not_found"
    assert await slack.refusal("conversations.replies", channel="C1", ts="1.0") == "thread_not_found"
    screen = await slack.person("U1").screen()
    assert screen["channels"][0]["messages"][0]["reply_count"] == 2


async def test_conversations_are_described_to_those_with_the_scope(slack: Slack) -> None:
    assert await slack.refusal("conversations.info", channel="C1") == "missing_scope"
    slack.workspace.app.scopes += ("channels:read", "groups:read", "im:read")
    info = await slack.client.conversations_info(channel="C1")
    assert info["channel"]["is_member"]
    members = await slack.client.conversations_members(channel="C1")
    assert members["members"] == ["U1", "UBOT"]
    slack.workspace.open_im("U1")
    slack.workspace.archive("C2")
    everything = await slack.client.conversations_list(types="public_channel,private_channel,im")
    assert [c["id"] for c in everything["channels"]][:2] == ["C1", "C2"]
    assert everything["channels"][2]["is_im"]
    alive = await slack.client.conversations_list(exclude_archived=True)
    assert [c["id"] for c in alive["channels"]] == ["C1"]
    slack.workspace.invite_bot("C3")
    assert (await slack.client.conversations_info(channel="C3"))["channel"]["is_private"]


async def test_people_are_found_by_id_and_by_e_mail(slack: Slack) -> None:
    user = (await slack.client.users_info(user="U1", include_locale=True))["user"]
    assert (user["profile"]["email"], user["locale"]) == ("maud@agence.example", "fr-FR")
    found = await slack.client.users_lookupByEmail(email="CAMILLE@agence.example")
    assert found["user"]["id"] == "U2"
    page = await slack.client.users_list(limit=3)
    assert len(page["members"]) == 3
    assert page["response_metadata"]["next_cursor"]
    slack.workspace.deactivate("U2")
    refused = await slack.refusal("users.lookupByEmail", email="camille@agence.example")
    assert refused == "users_not_found"
    assert await slack.refusal("users.info", user="U9") == "user_not_found"


async def test_user_groups_are_listed(slack: Slack) -> None:
    groups = await slack.client.usergroups_list(include_users=True)
    assert groups["usergroups"][0]["users"] == ["U1"]
    assert "users" not in (await slack.client.usergroups_list())["usergroups"][0]
    assert (await slack.client.usergroups_users_list(usergroup="S1"))["users"] == ["U1"]
    slack.workspace.usergroups["S1"].is_disabled = True
    assert await slack.refusal("usergroups.users.list", usergroup="S1") == "no_such_subteam"


async def test_a_file_is_uploaded_by_the_sdk_and_shared(slack: Slack) -> None:
    await slack.client.files_upload_v2(
        filename="export.csv", content="a;b", title="Export", channel="C1", initial_comment="Voici"
    )
    [message] = slack.workspace.messages("C1")
    assert (message.text, message.files[0]["title"]) == ("Voici", "Export")
    file = slack.workspace.files[message.files[0]["id"]]
    assert file.content == b"a;b"
    described = await slack.client.files_info(file=file.id)
    assert described["file"]["size"] == 3
    for args, error in (
        ({"files": [{"id": "F9"}]}, "file_not_found"),
        ({"files": {}}, "invalid_arguments"),
        ({"files": [{"id": file.id}], "channel_id": "C2"}, "not_in_channel"),
        ({"files": [{"id": file.id}], "channel_id": "C9"}, "channel_not_found"),
    ):
        assert await slack.refusal("files.completeUploadExternal", **args) == error
    assert await slack.refusal("files.info", file="F9") == "file_not_found"
    assert (await slack.session.post(f"{slack.address}/upload/F9", data=b"")).status == 404


async def test_bytes_may_be_uploaded_as_a_form(slack: Slack) -> None:
    where = await slack.client.files_getUploadURLExternal(filename="a.txt", length=2)
    form = aiohttp.FormData()
    form.add_field("file", b"ok", filename="a.txt")
    await slack.session.post(where["upload_url"], data=form)
    assert slack.workspace.files[where["file_id"]].content == b"ok"
    without = aiohttp.FormData({"note": "sans fichier"}, default_to_multipart=True)
    await slack.session.post(where["upload_url"], data=without)
    assert slack.workspace.files[where["file_id"]].content == b""


async def test_a_reaction_is_added_once(slack: Slack) -> None:
    posted = await slack.client.chat_postMessage(channel="C1", text="Carte")
    args = {"channel": "C1", "timestamp": posted["ts"], "name": "eyes"}
    assert await slack.refusal("reactions.add", **args) == "missing_scope"
    slack.workspace.app.scopes += ("reactions:write",)
    assert await slack.refusal("reactions.add", **args) == "ok"
    assert await slack.refusal("reactions.add", **args) == "already_reacted"
    assert await slack.refusal("reactions.add", **args | {"timestamp": "1.0"}) == "message_not_found"
