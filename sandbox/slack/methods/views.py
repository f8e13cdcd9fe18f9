"""views.*: the modal stack and the Home tab."""

import json

from sandbox.slack.call import Call, invalid_arguments
from sandbox.slack.limits import check_view
from sandbox.slack.model import Json, SlackError, View
from sandbox.slack.render import view_json
from sandbox.slack.stack import new_view, replace_view
from sandbox.slack.tickets import Trigger

MODAL_STACK = 3


def open_view(call: Call) -> Json:
    """Open a modal with a fresh trigger id."""
    content = _content(call, "modal")
    trigger = _trigger(call)
    _free_external_id(call, content)
    view = new_view(trigger.user, content)
    call.workspace.modals[trigger.user] = [view]
    return _shown(call, view)


def push(call: Call) -> Json:
    """Put a modal on top of the one the trigger was born in; three at most."""
    content = _content(call, "modal")
    trigger = _trigger(call)
    stack = call.workspace.modals.get(trigger.user) or []
    if not stack:
        raise SlackError("not_found")
    if len(stack) >= MODAL_STACK:
        raise SlackError("push_limit_reached")
    _free_external_id(call, content)
    view = new_view(trigger.user, content, below=stack[-1])
    stack.append(view)
    return _shown(call, view)


def update(call: Call) -> Json:
    """Redraw an open modal; `not_found` when the person has closed it."""
    content = _content(call, "modal")
    view = _named_view(call)
    _same_hash(call, view)
    replace_view(view, content)
    return _shown(call, view)


def publish(call: Call) -> Json:
    """Draw a person's Home tab."""
    call.require("user_id")
    content = _content(call, "home")
    user = call.workspace.users.get(call.text("user_id"))
    if user is None or user.is_bot:
        raise invalid_arguments("invalid `user_id`")
    if not call.workspace.app.home_enabled:
        raise SlackError("not_enabled")
    view = call.workspace.homes.get(user.id)
    _same_hash(call, view)
    if view is None:
        view = call.workspace.homes[user.id] = new_view(user.id, content)
    else:
        replace_view(view, content)
    return _shown(call, view)


def _content(call: Call, kind: str) -> Json:
    content = call.args.get("view")
    if not isinstance(content, dict):
        raise invalid_arguments("missing required field: view")
    problems = check_view(content)
    call.workspace.note(call.method, problems)
    refused = [problem for problem in problems if problem.refused]
    if any(problem.code == "view_too_large" for problem in refused):
        raise SlackError("view_too_large")
    if refused or content["type"] != kind:
        lines = [f"{problem.text} [json-pointer:/view{problem.pointer}]" for problem in refused]
        raise invalid_arguments(*(lines or [f"view type must be {kind} [json-pointer:/view/type]"]))
    # Round trip through JSON: the store never shares an object with the caller.
    stored: Json = json.loads(json.dumps(content))
    return stored


def _trigger(call: Call) -> Trigger:
    call.require("trigger_id")
    return call.workspace.tickets.use_trigger(call.text("trigger_id"))


def _free_external_id(call: Call, content: Json) -> None:
    external_id = content.get("external_id")
    stacks = call.workspace.modals.values()
    if external_id and any(view.external_id == external_id for stack in stacks for view in stack):
        raise SlackError("duplicate_external_id")


def _named_view(call: Call) -> View:
    view_id, external_id = call.text("view_id"), call.text("external_id")
    if not view_id and not external_id:
        raise invalid_arguments("missing required field: view_id or external_id")
    for stack in call.workspace.modals.values():
        for view in stack:
            if view.id == view_id or (external_id and view.external_id == external_id):
                return view
    raise SlackError("not_found")


def _same_hash(call: Call, view: View | None) -> None:
    given = call.text("hash")
    if given and (view is None or given != view.hash):
        raise SlackError("hash_conflict")


def _shown(call: Call, view: View) -> Json:
    call.workspace.live.changed({view.user})
    return {"view": view_json(call.workspace, view)}
