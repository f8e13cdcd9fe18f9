"""What the modals that search have in common: one text, « Chercher », and pages. Pure."""

from collections.abc import Sequence

from bot.slack.blocks.kit import Block, View, actions, button, plain_text

TEXT_BLOCK = "text"
LONGEST_TEXT = 100


def search_modal(callback_id: str, title: str, offset: int, blocks: Sequence[Block]) -> View:
    """Build the modal; « Chercher » submits its text, the page's offset travels along."""
    return {
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": str(offset),
        "title": plain_text(title),
        "submit": plain_text("Chercher"),
        "close": plain_text("Fermer"),
        "blocks": list(blocks),
    }


def search_text(action_id: str, hint: str, typed: str) -> Block:
    """Build the field that is searched for, as it was typed last."""
    element: Block = {
        "type": "plain_text_input",
        "action_id": action_id,
        "max_length": LONGEST_TEXT,
        "placeholder": plain_text(hint),
    }
    return {
        "type": "input",
        "block_id": TEXT_BLOCK,
        "optional": True,
        "label": plain_text("Rechercher"),
        "element": element | ({"initial_value": typed} if typed else {}),
    }


def paging(newer: str | None, older: str | None) -> list[Block]:
    """Build the buttons to other pages, by their action; nothing when all is shown."""
    buttons = [button("Plus récents", newer, "v1:1")] if newer else []
    buttons += [button("Plus anciens", older, "v1:1")] if older else []
    return [actions(buttons)] if buttons else []
