"""A second and a third opinion on all that is drawn, beside the stand-in's own table of limits.

``slackblocks`` refuses at construction, and reads no JSON with buttons back (its ``from_dict`` stops at
elements), so each block is built again with its constructors: their arguments bear the names of Block Kit.
Slack's own models (``slack_sdk``) are asked too. Registered for the whole run by ``tests/conftest.py``.
"""

import html
from collections.abc import Callable
from typing import Any

import slackblocks
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View
from slackblocks.errors import InvalidUsageError

Json = dict[str, Any]
CLASSES: dict[str, Callable[..., Any]] = {
    "section": slackblocks.SectionBlock,
    "header": slackblocks.HeaderBlock,
    "divider": slackblocks.DividerBlock,
    "context": slackblocks.ContextBlock,
    "actions": slackblocks.ActionsBlock,
    "input": slackblocks.InputBlock,
    "rich_text": slackblocks.RichTextBlock,
    "rich_text_section": slackblocks.RichTextSection,
    "rich_text_list": slackblocks.RichTextList,
    "rich_text_quote": slackblocks.RichTextQuote,
    "rich_text_preformatted": slackblocks.RichTextCodeBlock,
    "link": slackblocks.RichTextLink,
    "user": slackblocks.RichTextUser,
    "channel": slackblocks.RichTextChannel,
    "usergroup": slackblocks.RichTextUserGroup,
    "emoji": slackblocks.RichTextEmoji,
    "markdown": slackblocks.MarkdownBlock,
    "table": slackblocks.TableBlock,
    "raw_text": slackblocks.RawText,
    "alert": slackblocks.AlertBlock,
    "button": slackblocks.Button,
    "overflow": slackblocks.OverflowMenu,
    "static_select": slackblocks.StaticSelectMenu,
    "external_select": slackblocks.ExternalSelectMenu,
    "multi_static_select": slackblocks.StaticMultiSelectMenu,
    "multi_external_select": slackblocks.ExternalMultiSelectMenu,
    "users_select": slackblocks.UserSelectMenu,
    "multi_users_select": slackblocks.UserMultiSelectMenu,
    "channels_select": slackblocks.ChannelSelectMenu,
    "multi_channels_select": slackblocks.ChannelMultiSelectMenu,
    "conversations_select": slackblocks.ConversationSelectMenu,
    "multi_conversations_select": slackblocks.ConversationMultiSelectMenu,
    "timepicker": slackblocks.TimePicker,
    "email_text_input": slackblocks.EmailInput,
    "url_text_input": slackblocks.URLInput,
    "radio_buttons": slackblocks.RadioButtonGroup,
    "checkboxes": slackblocks.CheckboxGroup,
    "plain_text_input": slackblocks.PlainTextInput,
    "number_input": slackblocks.NumberInput,
    "datepicker": slackblocks.DatePicker,
    "plain_text": slackblocks.PlainText,
    "mrkdwn": slackblocks.Markdown,
    "text": slackblocks.RichText,
    "modal": slackblocks.ModalView,
    "home": slackblocks.HomeTabView,
}
UNTYPED: dict[str, Callable[..., Any]] = {
    "confirm": slackblocks.ConfirmationDialogue,
    "option": slackblocks.Option,
    "options": slackblocks.Option,
    "initial_option": slackblocks.Option,
    "initial_options": slackblocks.Option,
    "option_groups": slackblocks.OptionGroup,
    "dispatch_action_config": slackblocks.DispatchActionConfiguration,
}
VIEWS = frozenset({"modal", "home"})


def second_opinion(surface: str, payload: Json) -> list[str]:
    """Say what the other libraries refuse in a message or a view; nothing when they agree with us."""
    said, payload = [], _unescaped(payload)
    for ask in (_slackblocks, _sdk):
        try:
            ask(surface, payload)
        except (InvalidUsageError, SlackObjectFormationError, TypeError, ValueError) as error:
            said.append(f"{ask.__name__.strip('_')}: {error}")
    return said


def _unescaped(item: Any) -> Any:
    """Slack counts an escaped sign as one, which neither library knows."""
    if isinstance(item, list):
        return [_unescaped(each) for each in item]
    if isinstance(item, dict):
        return {key: _unescaped(value) for key, value in item.items()}
    return html.unescape(item) if isinstance(item, str) else item


def _slackblocks(surface: str, payload: Json) -> None:
    if surface in VIEWS:
        rebuilt = _build(payload, "")
    else:
        blocks = _build(payload.get("blocks") or [], "blocks")
        rebuilt = slackblocks.Message(channel="C1", text=payload.get("text") or "", blocks=blocks)
    repr(rebuilt)


def _sdk(surface: str, payload: Json) -> None:
    if surface in VIEWS:
        View(**payload).to_dict()
    for block in payload.get("blocks") or []:
        parsed = Block.parse(block)
        if parsed is None:
            raise ValueError(f"unknown block {block.get('type')!r}")
        parsed.validate_json()


def _build(item: Any, name: str) -> Any:
    """Build one JSON value again; ``name`` is the field it stands in, which tells what has no type."""
    if isinstance(item, list):
        return [_build(each, name) for each in item]
    if not isinstance(item, dict):
        return item
    kind = item.get("type")
    if kind == "image":
        return (slackblocks.ImageBlock if name == "blocks" else slackblocks.Image)(**_values(item))
    make = CLASSES.get(str(kind)) if kind else UNTYPED.get(name)
    if make is None:
        raise ValueError(f"no opinion about {kind or name!r}")
    style = item.get("style")
    styles = style if isinstance(style, dict) else {"style": style} if style else {}
    return make(**_values(item), **styles)


def _values(item: Json) -> Json:
    return {key: _build(value, key) for key, value in item.items() if key not in {"type", "style"}}
