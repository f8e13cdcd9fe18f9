"""Every object of Block Kit that we draw is built here (docs.slack.dev, block-kit)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bot.slack.blocks import ids
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


def columns(texts: Sequence[str], accessory: Block) -> Block:
    """Build paragraphs in two columns, with a list beside them."""
    return {
        "type": "section",
        "fields": [{"type": "mrkdwn", "text": text} for text in texts],
        "accessory": accessory,
    }


def header(text: str) -> Block:
    """Build a title."""
    return {"type": "header", "text": plain_text(text)}


def actions(buttons: Sequence[Block], block_id: str | None = None) -> Block:
    """Build a row of buttons or lists."""
    row: Block = {"type": "actions", "elements": list(buttons)}
    return row | {"block_id": block_id} if block_id else row


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


def element(kind: str, action_id: str, placeholder: str | None = None, **properties: Any) -> Block:
    """Build a field or list of a kind that Block Kit names; what is None is left out."""
    built: Block = {"type": kind, "action_id": action_id}
    built |= {"placeholder": plain_text(placeholder)} if placeholder else {}
    return built | {name: given for name, given in properties.items() if given is not None}


def select(
    kind: Literal["static_select", "radio_buttons"],
    action_id: str,
    options: Mapping[str, str],
    chosen: str | None,
    placeholder: str | None = None,
) -> Block:
    """Build a list to choose one of, from value to label, with the one chosen."""
    built = {value: option(label, value) for value, label in options.items()}
    initial = built[chosen] if chosen else None
    return element(kind, action_id, placeholder, options=[*built.values()], initial_option=initial)


def input_block(
    block_id: str,
    label: str,
    field: Block,
    *,
    hint: str | None = None,
    optional: bool = False,
    dispatch: bool = False,
) -> Block:
    """Build a labelled field of a form. ``dispatch``: what is typed or chosen is told at once."""
    built: Block = {"type": "input", "block_id": block_id, "label": plain_text(label), "element": field}
    built |= {"hint": plain_text(hint)} if hint else {}
    built |= {"optional": True} if optional else {}
    return built | ({"dispatch_action": True} if dispatch else {})


def note_input(label: str, longest: int) -> Block:
    """Build the field of a free remark."""
    field = element("plain_text_input", ids.NOTE, max_length=longest)
    return input_block(NOTE_BLOCK, label, field, optional=True)


def modal(
    title: str,
    blocks: Sequence[Block],
    *,
    close: str = "Fermer",
    submit: str | None = None,
    callback_id: str | None = None,
    metadata: str | None = None,
) -> View:
    """Build a modal; with ``submit`` it is a form. Titles have 24 characters at most."""
    built: View = {"type": "modal", "title": plain_text(title), "close": plain_text(close)}
    built |= {"submit": plain_text(submit)} if submit else {}
    built |= {"callback_id": callback_id} if callback_id else {}
    built |= {"private_metadata": metadata} if metadata is not None else {}
    return built | {"blocks": list(blocks)}


def home_tab(blocks: Sequence[Block]) -> View:
    """Build a Home tab."""
    return {"type": "home", "blocks": list(blocks)}


def message_modal(title: str, text: str, close: str = "Fermer") -> View:
    """Say one thing where a modal was expected."""
    return modal(title, [section(text)], close=close)
