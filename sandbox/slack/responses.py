"""What an app says through a response_url, or in its answer to a slash command."""

import json
from typing import Any

from aiohttp import web

from sandbox.slack.limits import check_message
from sandbox.slack.links import WORKSPACE
from sandbox.slack.model import Json, Message, SlackError
from sandbox.slack.render import filled
from sandbox.slack.tickets import ResponseTicket
from sandbox.slack.workspace import Workspace


async def receive_response(request: web.Request) -> web.Response:
    """Answer a POST on a response_url: "ok", or Slack's error with status 404 or 400."""
    workspace = request.app[WORKSPACE]
    try:
        body = json.loads(await request.text())
        ticket = workspace.tickets.use_response(request.match_info["secret"])
        respond(workspace, ticket, body)
    except ValueError:
        return _refused(workspace, "invalid_payload", 400)
    except SlackError as error:
        return _refused(workspace, error.code, 404 if error.code.endswith("_url") else 400)
    return web.Response(text="ok")


def respond(workspace: Workspace, ticket: ResponseTicket, body: Any) -> None:
    """Show, replace or delete what a response asks for; SlackError when Slack would refuse it."""
    if not isinstance(body, dict):
        raise SlackError("invalid_payload")
    original = workspace.find_message(ticket.channel, ticket.message_ts) if ticket.message_ts else None
    if body.get("delete_original"):
        if original is not None:
            workspace.delete_message(original.channel, original.ts)
        return
    _check(workspace, body)
    if body.get("replace_original") and original is not None:
        _replace(workspace, original, body)
        return
    message = _message(workspace, ticket, body)
    workspace.add_message(message)
    if ticket.message_ts is None:
        ticket.message_ts = message.ts


def _check(workspace: Workspace, body: Json) -> None:
    if not any(body.get(name) for name in ("text", "blocks", "attachments")):
        raise SlackError("no_text")
    problems = check_message(body)
    workspace.note("response_url", problems)
    refused = next((problem for problem in problems if problem.refused), None)
    if refused:
        raise SlackError(refused.code)


def _replace(workspace: Workspace, original: Message, body: Json) -> None:
    original.text = body.get("text") or ""
    original.blocks = filled(body.get("blocks") or [], original.blocks)
    workspace.live.changed(workspace.audience(original))


def _message(workspace: Workspace, ticket: ResponseTicket, body: Json) -> Message:
    in_channel = body.get("response_type") == "in_channel"
    return Message(
        ticket.channel,
        workspace.stamps.next(),
        workspace.app.bot_user,
        body.get("text") or "",
        filled(body.get("blocks") or []),
        metadata=body.get("metadata") if in_channel else None,
        thread_ts=body.get("thread_ts") or ticket.thread_ts,
        ephemeral_to=None if in_channel else ticket.user,
    )


def _refused(workspace: Workspace, code: str, status: int) -> web.Response:
    workspace.trouble("response_url", f"refusé : {code}")
    return web.json_response({"ok": False, "error": code}, status=status)
