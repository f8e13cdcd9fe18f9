"""Interaction payloads and slash commands in the form Slack sends them.

Sources: docs.slack.dev, reference/interaction-payloads and interactivity/implementing-slash-commands.
"""

from sandbox.slack.finding import Place
from sandbox.slack.model import Channel, Json, View
from sandbox.slack.render import message_json, user_ref, view_json
from sandbox.slack.workspace import Workspace

# What an app that was installed for a whole organisation is told it belongs to.
ENTERPRISE = {"id": "E0ORME", "name": "Groupe Orme"}


def channel_ref(channel: Channel) -> Json:
    """Return a conversation as payloads name it; direct messages and private channels stay anonymous."""
    if channel.is_im:
        return {"id": channel.id, "name": "directmessage"}
    return {"id": channel.id, "name": "privategroup" if channel.is_private else channel.name}


def block_actions(workspace: Workspace, place: Place, action: Json, state: Json, response_url: str) -> Json:
    """Build the payload of a click."""
    payload = _common(workspace, "block_actions", place.user)
    payload |= _where(workspace, place, response_url)
    view_id = place.view.id if place.view and place.view.content["type"] == "modal" else None
    payload["trigger_id"] = workspace.tickets.new_trigger(place.user, view_id)
    if place.view is None:
        payload["state"] = {"values": state}
    return payload | {"actions": [action]}


def block_suggestion(workspace: Workspace, place: Place, block_id: str, action_id: str, value: str) -> Json:
    """Build the payload of an option load."""
    payload = _common(workspace, "block_suggestion", place.user)
    where = _where(workspace, place, "")
    where.pop("response_url", None)
    return payload | {"action_id": action_id, "block_id": block_id, "value": value} | where


def view_submission(workspace: Workspace, view: View) -> Json:
    """Build the payload of a submitted modal."""
    payload = _common(workspace, "view_submission", view.user)
    trigger_id = workspace.tickets.new_trigger(view.user, view.id)
    return payload | {"trigger_id": trigger_id, "view": view_json(workspace, view), "response_urls": []}


def view_closed(workspace: Workspace, view: View, *, is_cleared: bool) -> Json:
    """Build the payload of a closed modal."""
    payload = _common(workspace, "view_closed", view.user)
    return payload | {"view": view_json(workspace, view), "is_cleared": is_cleared}


def slash_command(
    workspace: Workspace, channel: Channel, user: str, command: str, text: str, response_url: str
) -> dict[str, str]:
    """Build the form fields of a slash command."""
    is_wide = workspace.app.is_enterprise_install
    organisation = (
        {"enterprise_id": ENTERPRISE["id"], "enterprise_name": ENTERPRISE["name"]} if is_wide else {}
    )
    return organisation | {
        "token": "sandbox",
        "team_id": workspace.team_id,
        "team_domain": workspace.team_domain,
        "channel_id": channel.id,
        "channel_name": channel_ref(channel)["name"],
        "user_id": user,
        "user_name": workspace.users[user].name,
        "command": command,
        "text": text,
        "api_app_id": workspace.app.id,
        "is_enterprise_install": str(is_wide).lower(),
        "response_url": response_url,
        "trigger_id": workspace.tickets.new_trigger(user),
    }


def _common(workspace: Workspace, kind: str, user: str) -> Json:
    is_wide = workspace.app.is_enterprise_install
    team = {"id": workspace.team_id, "domain": workspace.team_domain}
    return {
        "type": kind,
        "user": user_ref(workspace, user),
        "api_app_id": workspace.app.id,
        "token": "sandbox",
        "team": None if is_wide else team,
        "enterprise": ENTERPRISE if is_wide else None,
        "is_enterprise_install": is_wide,
    }


def _where(workspace: Workspace, place: Place, response_url: str) -> Json:
    if place.view is not None:
        view = view_json(workspace, place.view)
        return {"container": {"type": "view", "view_id": place.view.id}, "view": view}
    message, channel = place.message, place.channel
    if message is None or channel is None:
        raise ValueError("a place is a message in a channel, or a view")
    ephemeral = message.ephemeral_to is not None
    container: Json = {"type": "message", "message_ts": message.ts, "channel_id": channel.id}
    container["is_ephemeral"] = ephemeral
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    where: Json = {"container": container, "channel": channel_ref(channel), "response_url": response_url}
    # Slack does not send back the content of an ephemeral message.
    return where if ephemeral else where | {"message": message_json(workspace, message)}
