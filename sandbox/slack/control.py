"""/sandbox/slack: what a test in another process reads and does, in JSON."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from aiohttp import web
from pydantic import ValidationError

from sandbox.faults import Fault
from sandbox.slack.delivery import DeliveryError
from sandbox.slack.links import FAULTS, WORKSPACE
from sandbox.slack.model import Json, Refusal
from sandbox.slack.render import group_json
from sandbox.slack.ui import COURIER
from sandbox.slack.ui_state import problem_json
from sandbox.slack.workspace import Workspace

Operation = Callable[[Workspace, Json], None]

# The settings a test may change while the workspace runs.
_WORKSPACE_SETTINGS = ("strict_rate", "ack_seconds", "retry_delays")
_APP_SETTINGS = (
    "request_url",
    "options_url",
    "scopes",
    "events",
    "home_enabled",
    "messages_enabled",
    "is_enterprise_install",
)


def _set(workspace: Workspace, body: Json) -> None:
    for name, value in body.items():
        given = tuple(value) if isinstance(value, list) else value
        if name in _WORKSPACE_SETTINGS:
            setattr(workspace, name, given)
        elif name in _APP_SETTINGS:
            setattr(workspace.app, name, given)
        else:
            raise KeyError(name)


def _refuse(workspace: Workspace, body: Json) -> None:
    """Refuse blocks as the body says; an empty body takes them again."""
    given = body | {"types": tuple(body.get("types", ()))}
    workspace.refusal = Refusal(**given) if body else None


_OPERATIONS: dict[str, Operation] = {
    "archive": lambda workspace, body: workspace.archive(body["channel"]),
    "kick_bot": lambda workspace, body: workspace.kick_bot(body["channel"]),
    "invite_bot": lambda workspace, body: workspace.invite_bot(body["channel"]),
    "delete_message": lambda workspace, body: workspace.delete_message(body["channel"], body["ts"]),
    "deactivate": lambda workspace, body: workspace.deactivate(body["user"]),
    "revoke_token": lambda workspace, _: workspace.revoke_token(),
    "refuse": _refuse,
    "reset": lambda workspace, _: workspace.reset(),
    "settings": _set,
}


async def dump(request: web.Request) -> web.Response:
    """Return the whole workspace; no token, no signing secret."""
    workspace = request.app[WORKSPACE]
    app = {k: v for k, v in asdict(workspace.app).items() if k not in {"bot_token", "signing_secret"}}
    return web.json_response(
        {
            "team": {"id": workspace.team_id, "name": workspace.team_name, "domain": workspace.team_domain},
            "app": app,
            "users": [asdict(user) for user in workspace.users.values()],
            "channels": [asdict(channel) for channel in workspace.channels.values()],
            "usergroups": [asdict(group) for group in workspace.usergroups.values()],
            "messages": {c: [asdict(m) for m in ms.values()] for c, ms in workspace.history.items()},
            "homes": {user: asdict(view) for user, view in workspace.homes.items()},
            "modals": {user: [asdict(v) for v in stack] for user, stack in workspace.modals.items()},
            "files": [_file(asdict(file)) for file in workspace.files.values()],
            "post_counts": dict(workspace.posted),
            "problems": [problem_json(problem) for problem in workspace.problems],
        }
    )


async def calls(request: web.Request) -> web.Response:
    """Return the log of Web API calls, perhaps of one `method`."""
    workspace, method = request.app[WORKSPACE], request.query.get("method")
    chosen = [asdict(call) for call in workspace.calls if method in {None, call.method}]
    return web.json_response({"calls": chosen}, dumps=_dumps)


async def deliveries(request: web.Request) -> web.Response:
    """Return the log of what was sent to the app."""
    return web.json_response({"deliveries": [asdict(d) for d in request.app[WORKSPACE].deliveries]})


async def operate(request: web.Request) -> web.Response:
    """Run one operation; 404 for an unknown one or an unknown object, 400 for a body that does not fit."""
    operation = _OPERATIONS.get(request.match_info["operation"])
    if operation is None:
        return _wrong("unknown_operation", 404)
    try:
        operation(request.app[WORKSPACE], await _object(request))
    except KeyError as error:
        return _wrong(f"unknown {error.args[0]}", 404)
    except (ValueError, TypeError) as error:
        return _wrong(str(error), 400)
    return web.json_response({"ok": True})


async def change_group(request: web.Request) -> web.Response:
    """Change a user group's members, or disable it, and tell the app as Slack does; 404 for none such."""
    workspace, order = request.app[WORKSPACE], await _object(request)
    group = workspace.usergroups.get(str(order.get("group")))
    if group is None:
        return _wrong("unknown group", 404)
    events: list[Json] = []
    if "users" in order:
        before, group.users = group.users, list(order["users"])
        removed = sorted(set(before) - set(group.users))
        added = sorted(set(group.users) - set(before))
        where = {"subteam_id": group.id, "team_id": workspace.team_id}
        changed: Json = {"type": "subteam_members_changed", "added_users": added, "removed_users": removed}
        events.append(changed | where)
    if "is_disabled" in order:
        group.is_disabled = bool(order["is_disabled"])
        events.append({"type": "subteam_updated", "subteam": group_json(workspace, group)})
    for event in events:
        if event["type"] in workspace.app.events:
            await request.app[COURIER].event(event, "")
    return web.json_response({"ok": True})


async def verify(request: web.Request) -> web.Response:
    """Send the url_verification challenge to the app."""
    return web.json_response({"ok": await request.app[COURIER].verify_url()})


async def replay(request: web.Request) -> web.Response:
    """Send the latest delivery of a `kind` again, byte for byte, and return the app's HTTP status.

    With a `payload`, an earlier one, it is sent as it was then, signed anew: a button of an old screen.
    """
    order, courier = await _object(request), request.app[COURIER]
    kind, payload = order.get("kind", "action"), order.get("payload")
    try:
        answer = await (courier.interaction(kind, payload) if payload else courier.replay(kind))
    except KeyError as error:
        return _wrong(f"unknown {error.args[0]}", 404)
    except DeliveryError as error:
        return web.json_response({"ok": False, "error": error.code, "status": error.status})
    return web.json_response({"ok": True, "status": answer.status})


async def list_faults(request: web.Request) -> web.Response:
    """Return the faults still planned."""
    return web.json_response({"faults": [fault.to_json() for fault in request.app[FAULTS].list()]})


async def add_faults(request: web.Request) -> web.Response:
    """Plan one fault, or a list of them."""
    try:
        body = json.loads(await request.text())
        planned = [Fault.from_json(item) for item in (body if isinstance(body, list) else [body])]
    except (ValidationError, ValueError) as error:
        return _wrong(str(error), 400)
    for fault in planned:
        request.app[FAULTS].add(fault)
    return await list_faults(request)


async def clear_faults(request: web.Request) -> web.Response:
    """Forget every planned fault."""
    request.app[FAULTS].clear()
    return await list_faults(request)


CONTROL_ROUTES = [
    web.get("/sandbox/slack/state", dump),
    web.get("/sandbox/slack/calls", calls),
    web.get("/sandbox/slack/deliveries", deliveries),
    web.get("/sandbox/slack/faults", list_faults),
    web.post("/sandbox/slack/faults", add_faults),
    web.delete("/sandbox/slack/faults", clear_faults),
    web.post("/sandbox/slack/verify", verify),
    web.post("/sandbox/slack/group", change_group),
    web.post("/sandbox/slack/replay", replay),
    web.post("/sandbox/slack/{operation}", operate),
]


async def _object(request: web.Request) -> Json:
    body: Json = json.loads(await request.text() or "{}")
    return dict(body)


def _file(file: Json) -> Json:
    return file | {"content": file["content"].decode(errors="replace")}


def _dumps(value: Any) -> str:
    return json.dumps(value, default=str)


def _wrong(text: str, status: int) -> web.Response:
    return web.json_response({"ok": False, "error": text}, status=status)
