"""The table of limits refuses what Slack refuses, and agrees with two other libraries."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block

from sandbox.slack import Problem, check_message, check_options, check_view, limits
from tests.sandbox.slack.here import Json, actions, button, field, modal, section
from tests.support.second_opinion import second_opinion


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def option(value: str = "1", text: str = "Un") -> Json:
    return {"text": plain(text), "value": value}


def select(kind: str = "static_select", **more: Any) -> Json:
    return {"type": kind, "action_id": "pick", "options": [option()]} | more


def element(kind: str, **more: Any) -> Json:
    return {"type": kind, "action_id": "a"} | more


def section_with(accessory: Json) -> Json:
    return section() | {"accessory": accessory}


def image(**more: Any) -> Json:
    return {"type": "image", "image_url": "https://agence.example/a.png", "alt_text": "Logo"} | more


def table(*rows: Any) -> Json:
    return {"type": "table", "rows": list(rows)}


CELL = {"type": "raw_text", "text": "x"}
CONFIRM = {"title": plain("Sûr ?"), "text": plain("Annuler"), "confirm": plain("Oui"), "deny": plain("Non")}

RICH = {"type": "rich_text_section", "elements": [{"type": "text", "text": "a", "style": {"bold": True}}]}

GOOD_BLOCKS: list[Json] = [
    section("<@U1> R&amp;D <https://agence.example|ici> <!date^1^{date}|hier>"),
    {"type": "section", "fields": [plain("a"), plain("b")]},
    section_with(button() | {"style": "danger", "confirm": CONFIRM}),
    section_with(select("multi_static_select", initial_options=[option()], max_selected_items=2)),
    section_with(image()),
    {"type": "header", "text": plain("Titre")},
    {"type": "divider"},
    {"type": "context", "elements": [plain("a"), image(), {"type": "mrkdwn", "text": "*b*"}]},
    actions(button(), select(), select("overflow", action_id="more"), block_id="all"),
    actions(element("datepicker", initial_date="2026-01-27"), block_id="dates"),
    actions(select("checkboxes"), select("radio_buttons", action_id="r"), block_id="boxes"),
    actions({"type": "static_select", "option_groups": [{"label": plain("G"), "options": [option()]}]}),
    field(block_id="typed"),
    image(title=plain("Titre")),
    {"type": "rich_text", "elements": [RICH]},
    {"type": "markdown", "text": "**gras**"},
    table([CELL, CELL]),
]

BAD_BLOCKS: list[tuple[Json | str, str]] = [
    ("texte", "/blocks/0"),
    ({"type": "mystery"}, "/blocks/0"),
    ({"type": "carousel"}, "/blocks/0"),
    ({"type": "alert", "text": plain("x")}, "/blocks/0"),
    ({"type": "section"}, "/blocks/0"),
    (section(""), "/blocks/0/text/text"),
    (section("x" * 3001), "/blocks/0/text/text"),
    (section() | {"colour": "red"}, "/blocks/0/colour"),
    (section() | {"expand": "oui"}, "/blocks/0/expand"),
    ({"type": "section", "text": "nu"}, "/blocks/0/text"),
    ({"type": "section", "text": plain("x") | {"verbatim": True}}, "/blocks/0/text/verbatim"),
    ({"type": "section", "fields": [plain("x")] * 11}, "/blocks/0/fields"),
    ({"type": "section", "fields": []}, "/blocks/0/fields"),
    ({"type": "section", "fields": [plain("x" * 2001)]}, "/blocks/0/fields/0/text"),
    ({"type": "header", "text": {"type": "mrkdwn", "text": "*x*"}}, "/blocks/0/text"),
    ({"type": "header", "text": plain("x" * 151)}, "/blocks/0/text/text"),
    ({"type": "header"}, "/blocks/0/text"),
    ({"type": "context", "elements": [plain("x")] * 11}, "/blocks/0/elements"),
    ({"type": "context", "elements": [button()]}, "/blocks/0/elements/0"),
    (actions(*[button(action_id=str(n)) for n in range(26)]), "/blocks/0/elements"),
    (actions(button(), button()), "/blocks/0/elements/1/action_id"),
    (actions(button("x" * 76)), "/blocks/0/elements/0/text/text"),
    (actions(button(value="x" * 2001)), "/blocks/0/elements/0/value"),
    (actions(button(action_id="x" * 256)), "/blocks/0/elements/0/action_id"),
    (actions(button() | {"style": "green"}), "/blocks/0/elements/0/style"),
    (
        actions(button() | {"confirm": CONFIRM | {"deny": plain("x" * 31)}}),
        "/blocks/0/elements/0/confirm/deny/text",
    ),
    (actions(button() | {"confirm": {"title": plain("x")}}), "/blocks/0/elements/0/confirm/text"),
    (actions(button() | {"confirm": "oui"}), "/blocks/0/elements/0/confirm"),
    (actions(element("slider")), "/blocks/0/elements/0"),
    (actions(field()["element"]), "/blocks/0/elements/0"),
    (actions(select("multi_static_select")), "/blocks/0/elements/0"),
    (section_with(element("datetimepicker")), "/blocks/0/accessory"),
    (actions(select(options=[])), "/blocks/0/elements/0/options"),
    (actions(select(options=[option(str(n)) for n in range(101)])), "/blocks/0/elements/0/options"),
    (actions(select(option_groups=[])), "/blocks/0/elements/0"),
    (actions(element("static_select")), "/blocks/0/elements/0"),
    (actions(select(options=["Un"])), "/blocks/0/elements/0/options/0"),
    (actions(select(options=[option(text="x" * 76)])), "/blocks/0/elements/0/options/0/text/text"),
    (actions(select(options=[option("x" * 151)])), "/blocks/0/elements/0/options/0/value"),
    (
        actions(select(options=[option() | {"description": plain("x" * 76)}])),
        "/blocks/0/elements/0/options/0/description/text",
    ),
    (actions(select(options=[option() | {"url": "https://x"}])), "/blocks/0/elements/0/options/0/url"),
    (actions(select("overflow", options=[option(str(n)) for n in range(6)])), "/blocks/0/elements/0/options"),
    (actions(select(initial_option=option("2"))), "/blocks/0/elements/0/initial_option"),
    (actions(select(initial_option="1")), "/blocks/0/elements/0/initial_option"),
    (actions(select("checkboxes", initial_options=[])), "/blocks/0/elements/0/initial_options"),
    (
        actions(element("external_select", initial_option=option(text="x" * 76))),
        "/blocks/0/elements/0/initial_option/text/text",
    ),
    (actions(element("external_select", min_query_length=-1)), "/blocks/0/elements/0/min_query_length"),
    (actions(element("datepicker", initial_date="27/01/2026")), "/blocks/0/elements/0/initial_date"),
    (actions(select(placeholder=plain("x" * 151))), "/blocks/0/elements/0/placeholder/text"),
    (image(alt_text=None), "/blocks/0/alt_text"),
    ({"type": "image", "alt_text": "Logo"}, "/blocks/0"),
    (table([CELL] * 21), "/blocks/0/rows"),
    (table(*[[CELL]] * 101), "/blocks/0/rows"),
    (table([{"type": "raw_text", "text": "x" * 10_001}]), "/blocks/0/rows"),
    (section() | {"block_id": "x" * 256}, "/blocks/0/block_id"),
    (section() | {"block_id": 3}, "/blocks/0/block_id"),
]


def refused(problems: list[Problem]) -> list[str]:
    return [problem.pointer for problem in problems if problem.refused]


def test_what_slack_accepts_has_no_problem() -> None:
    assert check_message({"text": "Tout", "blocks": GOOD_BLOCKS}) == []


@pytest.mark.parametrize(("block", "pointer"), BAD_BLOCKS)
def test_what_slack_refuses_is_pointed_at(block: Json | str, pointer: str) -> None:
    assert pointer in refused(check_message({"text": "Carte", "blocks": [block]}))


def test_a_message_is_limited_as_a_whole() -> None:
    assert refused(check_message({"text": "x", "blocks": [section()] * 51})) == ["/blocks"]
    twice = [section() | {"block_id": "b"}] * 2
    assert refused(check_message({"text": "x", "blocks": twice})) == ["/blocks/1/block_id"]
    assert refused(check_message({"text": "x", "blocks": [table([CELL])] * 2})) == ["/blocks"]
    markdown = [{"type": "markdown", "text": "x" * 6001}] * 2
    assert refused(check_message({"text": "x", "blocks": markdown})) == ["/blocks"]
    assert refused(check_message({"text": 3})) == ["/text"]
    assert refused(check_message({"text": "x", "attachments": [{}] * 101})) == ["/attachments"]


@pytest.mark.parametrize(
    ("payload", "pointer"),
    [
        ({"blocks": [section()]}, "/text"),
        ({"text": "x" * 4001}, "/text"),
        ({"text": "R&D"}, "/text"),
        ({"text": "x", "blocks": [section("a < b")]}, "/blocks/0/text/text"),
        ({"text": "x", "blocks": [section("<!channel> bonjour")]}, "/blocks/0/text/text"),
        (
            {"text": "x", "blocks": [actions(select(options=[option()] * 2))]},
            "/blocks/0/elements/0/options/1/value",
        ),
    ],
)
def test_what_people_would_regret_is_said_without_refusing(payload: Json, pointer: str) -> None:
    [problem] = check_message(payload)
    assert (problem.pointer, problem.refused) == (pointer, False)


def test_lengths_count_an_escaped_sign_as_one() -> None:
    assert check_message({"text": "x", "blocks": [section("&amp;" * 3000)]}) == []


@pytest.mark.parametrize(
    ("view", "pointer"),
    [
        ({"type": "panneau"}, "/type"),
        (modal(title=None), "/title"),
        (modal(title=plain("x" * 25)), "/title/text"),
        (modal(close=plain("x" * 25)), "/close/text"),
        (modal(submit=None), "/submit"),
        (modal(private_metadata="x" * 3001), "/private_metadata"),
        (modal(callback_id="x" * 256), "/callback_id"),
        (modal(blocks=None), "/blocks"),
        (modal(*[section()] * 101), "/blocks"),
        (modal(table([CELL])), "/blocks/0"),
        (modal(field(label=plain("x" * 2001))), "/blocks/0/label/text"),
        (modal(field(element=element("plain_text_input", max_length=3001))), "/blocks/0/element/max_length"),
        (modal(field(element=element("number_input"))), "/blocks/0/element/is_decimal_allowed"),
        (modal(field(element=button())), "/blocks/0/element"),
        (modal(field(element=None)), "/blocks/0/element"),
        (
            modal(*[field(n, element=element("plain_text_input", focus_on_load=True)) for n in "ab"]),
            "/blocks/1/element/focus_on_load",
        ),
        ({"type": "home", "blocks": [], "title": plain("x")}, "/title"),
        ({"type": "home", "blocks": [actions(element("datetimepicker"))]}, "/blocks/0/elements/0"),
        ({"type": "home", "blocks": [field(element=element("email_text_input"))]}, "/blocks/0/element"),
    ],
)
def test_views_slack_refuses_are_pointed_at(view: Json, pointer: str) -> None:
    assert pointer in refused(check_view(view))


def test_good_views_have_no_problem() -> None:
    assert check_view(modal(field(), {"type": "alert", "text": plain("x"), "level": "info"})) == []
    assert check_view(modal(section(), submit=None)) == []
    assert check_view({"type": "home", "blocks": [section()]}) == []


def test_the_answer_to_a_search_is_limited_to_a_hundred_options() -> None:
    many = [option(str(n)) for n in range(101)]
    assert check_options({"options": []}) == []
    assert check_options({"option_groups": [{"label": plain("G"), "options": many[:100]}]}) == []
    assert refused(check_options({"options": many})) == ["/options"]
    assert refused(check_options({"options": many[:1], "option_groups": []})) == [""]


@pytest.mark.parametrize("block", GOOD_BLOCKS)
def test_the_official_models_accept_what_we_accept(block: Json) -> None:
    parsed = Block.parse(block)
    assert parsed is not None
    parsed.validate_json()


def test_two_libraries_draw_the_same_line_as_we_do_on_all_that_is_checked() -> None:
    """Nothing is left to our own reading of Slack's rules: whatever passes our table is put to both."""
    assert second_opinion in limits.OPINIONS
    assert second_opinion("message", {"text": "x", "blocks": [section("x" * 3000)]}) == []
    [ours, theirs] = second_opinion("message", {"text": "x", "blocks": [section("x" * 3001)]})
    assert ours.startswith("slackblocks")
    assert theirs.startswith("sdk")
    assert second_opinion("home", {"type": "home", "blocks": [actions(button("x" * 76))]}) != []
    assert second_opinion("modal", modal(section()) | {"title": plain("x" * 25)}) != []
    assert second_opinion("message", {"blocks": [{"type": "mystery"}]}) != []


WORDS = st.sampled_from(
    ["section", "actions", "input", "static_select", "button", "mrkdwn", "table", "image"]
)
NAMES = st.sampled_from(
    [
        "type",
        "text",
        "elements",
        "element",
        "accessory",
        "options",
        "option_groups",
        "rows",
        "confirm",
        "fields",
        "label",
        "block_id",
        "action_id",
        "initial_option",
        "initial_options",
        "value",
        "style",
        "blocks",
        "level",
    ]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=25,
)


@settings(max_examples=200, deadline=None)
@given(st.lists(ANYTHING, max_size=3) | ANYTHING, st.sampled_from(["modal", "home", None]))
def test_no_payload_however_odd_breaks_the_check(blocks: Any, kind: str | None) -> None:
    assert check_message({"text": "x", "blocks": blocks}) is not None
    assert check_view({"type": kind, "title": blocks, "blocks": blocks}) is not None
    assert check_options({"option_groups": blocks}) is not None
