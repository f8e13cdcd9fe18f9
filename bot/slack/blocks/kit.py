"""Small builders for Block Kit: one line here instead of five in each card."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bot.slack.blocks.text import short

NOTE_BLOCK = "note"
View = dict[str, Any]


Block = dict[str, Any]
SECTION_LIMIT = 3000
CONTEXT_LIMIT = 2000
BUTTON_LIMIT = 75
OPTION_LIMIT = 75


@dataclass(frozen=True, slots=True)
class Message:
    """What is posted: ``text`` is the notification and what a screen reader says; ``blocks`` the rest."""

    text: str
    blocks: list[Block]


def section(mrkdwn: str, accessory: Block | None = None) -> Block:
    """Build a paragraph, with a button beside it or not. The text is escaped already."""
    block: Block = {"type": "section", "text": {"type": "mrkdwn", "text": short(mrkdwn, SECTION_LIMIT)}}
    return block | {"accessory": accessory} if accessory else block


def context(*lines: str) -> Block:
    """Build secondary facts."""
    return {
        "type": "context",
        "elements": [{"type": "mrkdwn", "text": short(line, CONTEXT_LIMIT)} for line in lines],
    }


def actions(buttons: Sequence[Block]) -> Block:
    """Build a row of buttons."""
    return {"type": "actions", "elements": list(buttons)}


def divider() -> Block:
    """Build a line."""
    return {"type": "divider"}


def plain_text(text: str) -> Block:
    """Build a text object that is shown as it is."""
    return {"type": "plain_text", "text": text, "emoji": True}


def button(
    label: str,
    action_id: str,
    value: str,
    *,
    style: Literal["primary", "danger"] | None = None,
    confirm: Block | None = None,
    spoken: str | None = None,
) -> Block:
    """Build a button. ``spoken`` is the longer name a screen reader says."""
    block: Block = {
        "type": "button",
        "text": plain_text(short(label, BUTTON_LIMIT)),
        "action_id": action_id,
        "value": value,
    }
    if style:
        block["style"] = style
    if confirm:
        block["confirm"] = confirm
    if spoken:
        block["accessibility_label"] = short(spoken, BUTTON_LIMIT)
    return block


def buttons_in(blocks: Sequence[Block]) -> list[Block]:
    """List everything in these blocks that can be clicked or chosen from."""
    beside = [block["accessory"] for block in blocks if "accessory" in block]
    return [
        *beside,
        *(element for block in blocks if block["type"] == "actions" for element in block["elements"]),
    ]


def confirm(title: str, text: str, yes: str, no: str) -> Block:
    """Build a question asked before a click counts."""
    return {
        "title": plain_text(title),
        "text": plain_text(text),
        "confirm": plain_text(yes),
        "deny": plain_text(no),
    }


def option(label: str, value: str, description: str | None = None) -> Block:
    """Build one line of a list."""
    block: Block = {"text": plain_text(short(label, OPTION_LIMIT)), "value": value}
    return block | {"description": plain_text(short(description, OPTION_LIMIT))} if description else block


def rich(*lines: Iterable[tuple[str, bool]]) -> Block:
    """Build literal lines of (text, bold): no markup in the data is ever interpreted."""
    elements: list[Block] = []
    for number, line in enumerate(lines):
        if number:
            elements.append({"type": "text", "text": "\n"})
        for text, bold in line:
            element: Block = {"type": "text", "text": text}
            elements.append(element | {"style": {"bold": True}} if bold else element)
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}


def message_modal(title: str, text: str, close: str = "Fermer") -> View:
    """Say one thing where a modal was expected."""
    return {
        "type": "modal",
        "title": plain_text(title),
        "close": plain_text(close),
        "blocks": [section(text)],
    }
