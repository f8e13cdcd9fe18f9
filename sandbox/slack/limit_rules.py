"""The table: for each block and element, its fields, their limits, and where it may stand."""

from collections.abc import Mapping
from dataclasses import dataclass

MESSAGE, MODAL, HOME = "message", "modal", "home"
EVERYWHERE = frozenset({MESSAGE, MODAL, HOME})


@dataclass(frozen=True)
class Text:
    """A text object; `plain` forbids mrkdwn."""

    most: int
    plain: bool = False
    required: bool = False


@dataclass(frozen=True)
class String:
    """A bare string, perhaps one of a few."""

    most: int = 255
    required: bool = False
    among: frozenset[str] = frozenset()
    pattern: str = ""


@dataclass(frozen=True)
class Number:
    """An integer between two bounds."""

    least: int = 0
    most: int = 2**53


@dataclass(frozen=True)
class Flag:
    """True or false."""

    required: bool = False


@dataclass(frozen=True)
class Texts:
    """A list of text objects."""

    most: int
    each: int


@dataclass(frozen=True)
class Elements:
    """One element, or a list of them when `many`; `place` says which are allowed."""

    place: str
    most: int = 1
    many: bool = False
    required: bool = False


@dataclass(frozen=True)
class Choices:
    """`options`, or `option_groups` where `groups` allows them; always required."""

    most: int
    groups: bool = False
    mrkdwn: bool = False
    urls: bool = False


@dataclass(frozen=True)
class Confirm:
    """A confirmation dialog object."""


@dataclass(frozen=True)
class Free:
    """Something Slack checks further than we do."""

    required: bool = False


Field = Text | String | Number | Flag | Texts | Elements | Choices | Confirm | Free


@dataclass(frozen=True)
class Rule:
    """What a block or an element may contain, and where it may stand.

    `places` are the blocks an element fits in; of `one_of` at least one field is there; `initial` is the
    field that says what is chosen at first.
    """

    fields: Mapping[str, Field]
    surfaces: frozenset[str] = EVERYWHERE
    places: frozenset[str] = frozenset()
    one_of: tuple[str, ...] = ()
    initial: str = ""


_ID = String(255)
_PLACEHOLDER = Text(150, plain=True)
_IMAGE: dict[str, Field] = {
    "image_url": String(3000),
    "slack_file": Free(),
    "alt_text": String(2000, required=True),
}

BLOCKS: Mapping[str, Rule] = {
    "section": Rule(
        {"text": Text(3000), "fields": Texts(10, 2000), "accessory": Elements("section"), "expand": Flag()},
        one_of=("text", "fields"),
    ),
    "header": Rule({"text": Text(150, plain=True, required=True)}),
    "divider": Rule({}),
    "context": Rule({"elements": Elements("context", most=10, many=True, required=True)}),
    "actions": Rule({"elements": Elements("actions", most=25, many=True, required=True)}),
    "input": Rule(
        {
            "label": Text(2000, plain=True, required=True),
            "hint": Text(2000, plain=True),
            "element": Elements("input", required=True),
            "optional": Flag(),
            "dispatch_action": Flag(),
        }
    ),
    "image": Rule({**_IMAGE, "title": Text(2000, plain=True)}, one_of=("image_url", "slack_file")),
    "rich_text": Rule({"elements": Free(required=True)}),
    "markdown": Rule({"text": String(12_000, required=True)}, frozenset({MESSAGE})),
    "table": Rule({"rows": Free(required=True), "column_settings": Free()}, frozenset({MESSAGE})),
    "alert": Rule(
        {
            "text": Text(200, required=True),
            "level": String(among=frozenset({"default", "info", "warning", "error", "success"})),
        },
        frozenset({MODAL}),
    ),
}

FOREIGN_BLOCKS = frozenset(
    {
        "video",
        "file",
        "card",
        "carousel",
        "container",
        "context_actions",
        "data_table",
        "data_visualization",
        "plan",
        "task_card",
        "call",
    }
)

_SELECT: dict[str, Field] = {
    "action_id": _ID,
    "placeholder": _PLACEHOLDER,
    "confirm": Confirm(),
    "focus_on_load": Flag(),
}
_MULTI: dict[str, Field] = {**_SELECT, "max_selected_items": Number(1)}
_STATIC: dict[str, Field] = {"options": Choices(100, groups=True), "option_groups": Free()}
_EXTERNAL: dict[str, Field] = {"min_query_length": Number()}
_CONVERSATION: dict[str, Field] = {"default_to_current_conversation": Flag(), "filter": Free()}
_TYPED: dict[str, Field] = {
    "action_id": _ID,
    "initial_value": String(3000),
    "placeholder": _PLACEHOLDER,
    "focus_on_load": Flag(),
    "dispatch_action_config": Free(),
}
_PICKER: dict[str, Field] = {k: v for k, v in _SELECT.items() if k != "placeholder"}

ANY_PLACE = frozenset({"section", "actions", "input"})
# docs.slack.dev, block-elements/multi-select-menu-element: section and input only.
NOT_IN_ACTIONS = frozenset({"section", "input"})
INPUT = frozenset({"input"})


def _select(more: Mapping[str, Field], initial: str) -> Rule:
    return Rule({**_SELECT, **more, initial: Free()}, places=ANY_PLACE, initial=initial)


def _multi(more: Mapping[str, Field], initial: str) -> Rule:
    return Rule({**_MULTI, **more, initial: Free()}, places=NOT_IN_ACTIONS, initial=initial)


ELEMENTS: Mapping[str, Rule] = {
    "button": Rule(
        {
            "text": Text(75, plain=True, required=True),
            "action_id": _ID,
            "url": String(3000),
            "value": String(2000),
            "style": String(among=frozenset({"primary", "danger"})),
            "confirm": Confirm(),
            "accessibility_label": String(75),
        },
        places=frozenset({"section", "actions"}),
    ),
    "static_select": _select(_STATIC, "initial_option"),
    "external_select": _select(_EXTERNAL, "initial_option"),
    "users_select": _select({}, "initial_user"),
    "conversations_select": _select(
        {**_CONVERSATION, "response_url_enabled": Flag()}, "initial_conversation"
    ),
    "channels_select": _select({"response_url_enabled": Flag()}, "initial_channel"),
    "multi_static_select": _multi(_STATIC, "initial_options"),
    "multi_external_select": _multi(_EXTERNAL, "initial_options"),
    "multi_users_select": _multi({}, "initial_users"),
    "multi_conversations_select": _multi(_CONVERSATION, "initial_conversations"),
    "multi_channels_select": _multi({}, "initial_channels"),
    "overflow": Rule(
        {"action_id": _ID, "options": Choices(5, urls=True), "confirm": Confirm()},
        places=frozenset({"section", "actions"}),
    ),
    "checkboxes": Rule(
        {**_PICKER, "options": Choices(10, mrkdwn=True), "initial_options": Free()},
        places=ANY_PLACE,
        initial="initial_options",
    ),
    "radio_buttons": Rule(
        {**_PICKER, "options": Choices(10, mrkdwn=True), "initial_option": Free()},
        places=ANY_PLACE,
        initial="initial_option",
    ),
    "datepicker": Rule(
        {**_SELECT, "initial_date": String(10, pattern=r"\d{4}-\d{2}-\d{2}")},
        places=ANY_PLACE,
        initial="initial_date",
    ),
    "timepicker": Rule(
        {**_SELECT, "initial_time": String(5, pattern=r"[0-2]\d:[0-5]\d"), "timezone": String()},
        places=ANY_PLACE,
        initial="initial_time",
    ),
    "datetimepicker": Rule(
        {**_PICKER, "initial_date_time": Number()},
        surfaces=frozenset({MESSAGE, MODAL}),
        places=frozenset({"actions", "input"}),
        initial="initial_date_time",
    ),
    "plain_text_input": Rule(
        {**_TYPED, "multiline": Flag(), "min_length": Number(0, 3000), "max_length": Number(1, 3000)},
        places=INPUT,
        initial="initial_value",
    ),
    "number_input": Rule(
        {**_TYPED, "is_decimal_allowed": Flag(required=True), "min_value": String(), "max_value": String()},
        surfaces=frozenset({MODAL}),
        places=INPUT,
        initial="initial_value",
    ),
    "email_text_input": Rule(_TYPED, surfaces=frozenset({MODAL}), places=INPUT, initial="initial_value"),
    "url_text_input": Rule(_TYPED, surfaces=frozenset({MODAL}), places=INPUT, initial="initial_value"),
    "image": Rule(_IMAGE, places=frozenset({"section", "context"}), one_of=("image_url", "slack_file")),
}
