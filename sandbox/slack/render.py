"""Slack's own JSON of people, channels, messages and views."""

import copy
from collections.abc import Sequence
from typing import Any

from sandbox.slack.ids import short_id
from sandbox.slack.model import Channel, Json, Message, User, UserGroup, View
from sandbox.slack.workspace import Workspace

_WITH_ACTION_ID = ("button", "overflow", "checkboxes", "radio_buttons", "picker", "select", "input")


def filled(blocks: list[Json], before: Sequence[Json] = ()) -> list[Json]:
    """Return a copy in which every block and interactive element has its id, as Slack stores them.

    A block that stood ``before`` with the same content keeps its id: a click on its button arrives, also when
    the message was drawn anew while the person clicked.
    """
    blocks = copy.deepcopy(blocks)
    known = [({**block, "block_id": None}, block["block_id"]) for block in before]
    for block in blocks:
        if "block_id" not in block:
            same = next((pair for pair in known if pair[0] == {**block, "block_id": None}), None)
            block["block_id"] = same[1] if same else short_id()
            if same:
                known.remove(same)
        for element in elements_of(block):
            if str(element.get("type")).endswith(_WITH_ACTION_ID):
                element.setdefault("action_id", short_id())
    return blocks


def elements_of(block: Json) -> list[Json]:
    """Return the elements a block carries, wherever Slack puts them."""
    if block.get("type") == "actions":
        return list(block["elements"])
    single = block.get("accessory") or block.get("element")
    return [single] if single else []


def message_json(workspace: Workspace, message: Message, *, with_metadata: bool = True) -> Json:
    """Return a message as conversations.history and interaction payloads show it."""
    app = workspace.app
    answer: Json = {"type": "message", "user": message.user, "text": message.text, "ts": message.ts}
    if message.user == app.bot_user:
        answer |= {"bot_id": app.bot_id, "app_id": app.id}
    answer["team"] = workspace.team_id
    for name in ("blocks", "attachments", "edited", "thread_ts", "files", "reactions"):
        if value := getattr(message, name):
            answer[name] = copy.deepcopy(value)
    if message.metadata and with_metadata:
        answer["metadata"] = copy.deepcopy(message.metadata)
    return answer | thread_json(workspace, message)


def thread_json(workspace: Workspace, message: Message) -> Json:
    """Return what a parent shows of its thread; empty for a message without replies."""
    if message.thread_ts is None or message.thread_ts != message.ts:
        return {"parent_user_id": _author(workspace, message)} if message.thread_ts else {}
    replies = replies_of(workspace, message)
    return {
        "reply_count": len(replies),
        "reply_users_count": len({reply.user for reply in replies}),
        "latest_reply": replies[-1].ts if replies else message.ts,
    }


def replies_of(workspace: Workspace, parent: Message) -> list[Message]:
    """Return the replies everyone sees, oldest first."""
    everything = workspace.in_channel(parent.channel)
    return [m for m in everything if m.thread_ts == parent.ts != m.ts and m.ephemeral_to is None]


def _author(workspace: Workspace, reply: Message) -> str:
    parent = workspace.find_message(reply.channel, reply.thread_ts or "")
    return parent.user if parent else ""


def view_json(workspace: Workspace, view: View) -> Json:
    """Return a view as views.* answers and interaction payloads show it."""
    content = view.content
    answer: Json = {
        "id": view.id,
        "team_id": workspace.team_id,
        "type": content["type"],
        "blocks": copy.deepcopy(content["blocks"]),
        "private_metadata": content.get("private_metadata") or "",
        "callback_id": content.get("callback_id") or "",
        "state": {"values": copy.deepcopy(view.values)},
        "hash": view.hash,
    }
    for name in ("title", "submit", "close"):
        answer[name] = content.get(name)
    return answer | {
        "clear_on_close": bool(content.get("clear_on_close")),
        "notify_on_close": bool(content.get("notify_on_close")),
        "previous_view_id": view.previous_id,
        "root_view_id": view.root_id,
        "app_id": workspace.app.id,
        "external_id": view.external_id,
        "app_installed_team_id": workspace.team_id,
        "bot_id": workspace.app.bot_id,
    }


def user_json(workspace: Workspace, user: User, *, include_locale: bool = False) -> Json:
    """Return a member as users.info shows it; the e-mail needs its own scope."""
    profile: Json = {"real_name": user.real_name, "display_name": user.name, "title": user.title}
    if "users:read.email" in workspace.app.scopes and not user.is_bot:
        profile["email"] = user.email
    team_id = user.team_id or workspace.team_id
    answer: Json = {
        "id": user.id,
        "team_id": team_id,
        "name": user.name,
        "real_name": user.real_name,
        "deleted": user.deleted,
        "tz": user.tz,
        "profile": profile | {"team": team_id},
        "is_admin": user.is_admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": user.is_restricted,
        "is_ultra_restricted": False,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": 0,
    }
    return answer | ({"locale": user.locale} if include_locale else {})


def channel_json(workspace: Workspace, channel: Channel) -> Json:
    """Return a conversation as conversations.info shows it."""
    common: Json = {"id": channel.id, "created": channel.created, "is_archived": channel.is_archived}
    if channel.is_im:
        other = next((m for m in channel.members if m != workspace.app.bot_user), "")
        deleted = other in workspace.users and workspace.users[other].deleted
        return common | {"is_im": True, "user": other, "is_open": True, "is_user_deleted": deleted}
    return common | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.is_private,
        "is_group": channel.is_private,
        "is_im": False,
        "is_mpim": channel.is_mpim,
        "is_private": channel.is_private,
        "is_general": False,
        "is_member": workspace.app.bot_user in channel.members,
        "num_members": len(channel.members),
        "context_team_id": workspace.team_id,
    }


def group_json(workspace: Workspace, group: UserGroup) -> Json:
    """Return a user group as usergroups.list shows it."""
    return {
        "id": group.id,
        "team_id": workspace.team_id,
        "is_usergroup": True,
        "name": group.name,
        "handle": group.handle,
        "user_count": str(len(group.users)),
        "users": list(group.users),
        "date_delete": int(group.is_disabled),
    }


def user_ref(workspace: Workspace, user_id: str) -> dict[str, Any]:
    """Return a person as interaction payloads name them."""
    user = workspace.users[user_id]
    team_id = user.team_id or workspace.team_id
    return {"id": user_id, "username": user.name, "name": user.name, "team_id": team_id}
