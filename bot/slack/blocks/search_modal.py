"""What the modals that search have in common: one text, « Chercher », and pages. Pure."""

from collections.abc import Sequence

from bot.slack.blocks.kit import Block, View, actions, button, element, input_block, modal

TEXT_BLOCK = "text"
LONGEST_TEXT = 100


def search_modal(callback_id: str, title: str, offset: int, blocks: Sequence[Block]) -> View:
    """Build the modal; « Chercher » submits its text, the page's offset travels along."""
    return modal(title, blocks, submit="Chercher", callback_id=callback_id, metadata=str(offset))


def search_text(action_id: str, hint: str, typed: str) -> Block:
    """Build the field that is searched for, as it was typed last."""
    field = element("plain_text_input", action_id, hint, max_length=LONGEST_TEXT, initial_value=typed or None)
    return input_block(TEXT_BLOCK, "Rechercher", field, optional=True)


def paging(newer: str | None, older: str | None) -> list[Block]:
    """Build the buttons to other pages, by their action; nothing when all is shown."""
    buttons = [button("Plus récents", newer, "v1:1")] if newer else []
    buttons += [button("Plus anciens", older, "v1:1")] if older else []
    return [actions(buttons)] if buttons else []
