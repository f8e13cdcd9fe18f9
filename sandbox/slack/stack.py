"""Making and redrawing views, and what their fields contain."""

import secrets
import time
from typing import Any

from sandbox.slack.ids import new_id
from sandbox.slack.model import Json, View
from sandbox.slack.render import elements_of, filled

# What holds the value of each kind of input in `state.values`, and where its first value stands.
_VALUE_OF = {
    "plain_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
}


def new_view(user: str, content: Json, *, below: View | None = None) -> View:
    """Make a view for one person, on top of another or as the first."""
    view_id = new_id("V")
    root, previous = (below.root_id, below.id) if below else (view_id, None)
    view = View(view_id, user, {}, "", root, previous)
    replace_view(view, content)
    return view


def replace_view(view: View, content: Json) -> None:
    """Redraw a view; fields that keep block_id and action_id keep what the person typed."""
    view.content = content | {"blocks": filled(content["blocks"])}
    view.external_id = content.get("external_id") or view.external_id
    view.hash = f"{int(time.time())}.{secrets.token_hex(4)}"
    view.values = field_values(view.content["blocks"], view.values)


def value_key(element: Json) -> str | None:
    """Return the name of the field that holds an element's value; None for what holds none."""
    names = _VALUE_OF.get(str(element.get("type")))
    return names[0] if names else None


def field_values(blocks: list[Json], given: Json) -> Json:
    """Return `state.values`: what was given, else the initial value, for every field that exists."""
    values: Json = {}
    for block in blocks:
        for element in elements_of(block):
            if key := value_key(element):
                entry = _entry(element, key, given.get(block["block_id"], {}))
                values.setdefault(block["block_id"], {})[element["action_id"]] = entry
    return values


def _entry(element: Json, key: str, block_state: Any) -> Json:
    kind = element["type"]
    plural = kind.startswith("multi_") or kind == "checkboxes"
    entry = block_state.get(element["action_id"]) if isinstance(block_state, dict) else None
    first = {key: element.get(_VALUE_OF[kind][1])}
    value = (first | entry if isinstance(entry, dict) else first)[key]
    return {"type": kind, key: value or ([] if plural else None)}
