"""Reading what stands in the fields of an open modal (``view.state.values``); Slack's shapes stop here."""

from collections.abc import Iterator, Mapping
from typing import Any

Values = Mapping[str, Mapping[str, Any]]
LONGEST_NOTE = 200


def values_of(body: Mapping[str, Any]) -> Values:
    """Give the fields of the view in a payload."""
    values: Values = body["view"]["state"]["values"]
    return values


def fields(values: Values, action_id: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Walk over every field with this action id, as (block id, entry)."""
    for block_id, entries in values.items():
        if action_id in entries:
            yield block_id, entries[action_id]


def text_in(values: Values, action_id: str) -> str | None:
    """Give the text of a field; None when it is empty or not there."""
    for _, entry in fields(values, action_id):
        return str(entry.get("value") or "").strip() or None
    return None


def chosen_in(values: Values, action_id: str) -> str | None:
    """Give the value of the option chosen in a list; None when there is none."""
    for _, entry in fields(values, action_id):
        option = entry.get("selected_option")
        return str(option["value"]) if option else None
    return None


def all_chosen_in(values: Values, action_id: str) -> list[str]:
    """Give the values of the options chosen in a list that takes several."""
    for _, entry in fields(values, action_id):
        return [str(option["value"]) for option in entry.get("selected_options") or ()]
    return []
