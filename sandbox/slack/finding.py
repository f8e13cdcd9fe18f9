"""Finding what a person clicked, and completing what they chose from what the app really offered."""

from dataclasses import dataclass
from typing import Any

from sandbox.slack.model import Channel, Json, Message, View
from sandbox.slack.render import elements_of
from sandbox.slack.stack import field_values, value_key
from sandbox.slack.workspace import Workspace


class UiError(Exception):
    """A person tried something this workspace does not offer them; `text` is French."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code)
        self.code = code
        self.text = text


@dataclass
class Place:
    """Where an interaction happens: a message in a channel, or a view."""

    user: str
    blocks: list[Json]
    message: Message | None = None
    channel: Channel | None = None
    view: View | None = None


def find_place(workspace: Workspace, user: str, container: Any) -> Place:
    """Return the message or view of a UI request; UiError when this person does not see it."""
    check_user(workspace, user)
    if not isinstance(container, dict):
        raise UiError("invalid_container", "Élément introuvable.")
    if container.get("type") == "view":
        view = workspace.find_view(str(container.get("view_id")))
        if view is None or view.user != user:
            raise UiError("not_found", "Cette fenêtre n’est plus ouverte.")
        return Place(user, view.content["blocks"], view=view)
    channel = workspace.channels.get(str(container.get("channel")))
    message = workspace.find_message(channel.id, str(container.get("ts"))) if channel else None
    if channel is None or message is None or user not in workspace.audience(message):
        raise UiError("not_found", "Ce message n’existe plus.")
    return Place(user, message.blocks, message, channel)


def check_user(workspace: Workspace, user: str) -> None:
    """Check that this person can use the workspace; UiError otherwise."""
    found = workspace.users.get(user)
    if found is None or found.deleted or found.is_bot:
        raise UiError("user_not_found", "Cette personne ne peut pas utiliser cet espace.")


def find_element(place: Place, block_id: str, action_id: str) -> Json:
    """Return the interactive element with these ids; UiError when there is none."""
    for block in place.blocks:
        if block.get("block_id") == block_id:
            for element in elements_of(block):
                if element.get("action_id") == action_id:
                    return element
    raise UiError("element_not_found", "Ce bouton n’existe plus.")


def action_of(workspace: Workspace, place: Place, body: Json) -> Json:
    """Return the entry of `actions[]` for a click, its text, value and type copied from the element."""
    block_id = str(body.get("block_id"))
    element = find_element(place, block_id, str(body.get("action_id")))
    kind = element["type"]
    action: Json = {"type": kind, "block_id": block_id, "action_id": element["action_id"]}
    for name in ("text", "value", "style", "url", "placeholder"):
        if name in element:
            action[name] = element[name]
    key = "selected_option" if kind == "overflow" else value_key(element)
    if key:
        action[key] = _chosen(workspace, place.user, block_id, element, key, body.get(key))
    return action | {"action_ts": workspace.stamps.next()}


def state_of(workspace: Workspace, place: Place, given: Any) -> Json:
    """Return `state.values` of the place: what the page sent, completed and checked, else what was there."""
    before = place.view.values if place.view else {}
    values = given.get("values", given) if isinstance(given, dict) else {}
    merged = before | {block_id: entries for block_id, entries in values.items() if isinstance(entries, dict)}
    state = field_values(place.blocks, merged)
    for block in place.blocks:
        for element in elements_of(block):
            key = value_key(element)
            if key and key.startswith("selected_option"):
                entry = state[block["block_id"]][element["action_id"]]
                entry[key] = _chosen(workspace, place.user, block["block_id"], element, key, entry[key])
    return state


def _chosen(workspace: Workspace, user: str, block_id: str, element: Json, key: str, given: Any) -> Any:
    if given in (None, "") or not key.startswith("selected_option"):
        return given or None
    options = options_of(element) + workspace.offered.get((user, block_id, element["action_id"]), [])
    if key == "selected_option":
        return _option(options, given)
    return [_option(options, item) for item in given]


def options_of(element: Json) -> list[Json]:
    """Return every option an element carries itself, preselected ones included."""
    groups = element.get("option_groups") or [{"options": element.get("options") or []}]
    initial = element.get("initial_options") or [element.get("initial_option")]
    return [o for group in groups for o in group["options"]] + [o for o in initial if o]


def _option(options: list[Json], given: Any) -> Json:
    value = given.get("value") if isinstance(given, dict) else given
    for option in options:
        if option.get("value") == value:
            return {name: option[name] for name in ("text", "value", "description") if name in option}
    raise UiError("unknown_option", "Ce choix n’est plus proposé.")
