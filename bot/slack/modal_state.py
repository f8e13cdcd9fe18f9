"""Reading what stands in the fields of an open modal (``view.state.values``); Slack's shapes stop here."""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.association_form import Gap, Typed
from bot.slack import ids
from bot.slack.modals import AMOUNT_BLOCK, GAP_BLOCK

Values = Mapping[str, Mapping[str, Any]]
LONGEST_NOTE = 200


def values_of(body: Mapping[str, Any]) -> Values:
    """Give the fields of the view in a payload."""
    found: Values = body["view"]["state"]["values"]
    return found


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


def typed_in(values: Values) -> Typed:
    """Read the form « Associer un paiement ». Raises InvalidRequestError for an option we never offered."""
    amounts = {}
    for block_id, entry in fields(values, ids.AMOUNT):
        prefix, _, number = block_id.partition(":")
        if prefix == AMOUNT_BLOCK and number.isdigit():
            amounts[int(number)] = str(entry.get("value") or "")
    gap = chosen_in(values, ids.GAP)
    note = text_in(values, ids.NOTE)
    return Typed(
        invoice_ids=tuple(ids.row_id(value) for value in all_chosen_in(values, ids.PICK_INVOICES)),
        amounts=amounts,
        gap=Gap(gap) if gap in set(Gap) else Gap.NONE,
        note=note[:LONGEST_NOTE] if note else None,
    )


def gap_block(values: Values) -> str | None:
    """Name the block of the choice about the gap, when it is on screen."""
    return next((block for block, _ in fields(values, ids.GAP) if block.startswith(GAP_BLOCK)), None)
