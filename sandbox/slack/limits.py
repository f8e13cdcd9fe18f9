"""Slack's limits, in our own table, applied to every message and every view.

Sources: docs.slack.dev, reference/block-kit (blocks, block-elements, composition-objects), surfaces/modals,
reference/methods/chat.postMessage. The rules of single blocks and elements are in `limit_rules`.
"""

import json
from collections.abc import Callable
from typing import Any

from sandbox.slack.limit_rules import BLOCKS, FOREIGN_BLOCKS
from sandbox.slack.limit_text import length
from sandbox.slack.limit_walk import Problem, Walk

__all__ = ["OPINIONS", "Problem", "check_message", "check_options", "check_view"]

Json = dict[str, Any]
Opinion = Callable[[str, Json], list[str]]
# Asked about whatever the table lets pass, with the surface (message, modal, home): tests add libraries.
OPINIONS: list[Opinion] = []

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
MESSAGE_TEXT = 40_000
ADVISED_TEXT = 4_000
MESSAGE_BLOCKS_TEXT = 13_000
MARKDOWN_TEXT = 12_000
VIEW_BYTES = 250_000
TITLE = 24
PRIVATE_METADATA = 3_000
OPTIONS = 100


def check_message(payload: Json) -> list[Problem]:
    """Return what Slack would refuse, or we would regret, in the arguments of a chat.* call."""
    walk = Walk("message")
    _check_text(walk, payload)
    blocks = payload.get("blocks")
    if blocks is not None:
        _check_blocks(walk, blocks, MESSAGE_BLOCKS)
        _check_message_totals(walk, blocks)
    if len(payload.get("attachments") or []) > 100:  # noqa: PLR2004 - the limit itself
        walk.problem("/attachments", "plus de 100 pièces jointes", code="too_many_attachments")
    return _with_opinions(walk, payload)


def check_view(view: Json) -> list[Problem]:
    """Return what Slack would refuse in a modal or a Home tab."""
    kind = str(view.get("type"))
    if kind not in {"modal", "home"}:
        return [Problem("/type", f"type de vue inconnu : « {kind} »")]
    walk = Walk(kind)
    _check_frame(walk, view)
    _check_blocks(walk, view.get("blocks"), VIEW_BLOCKS)
    if len(json.dumps(view, ensure_ascii=False).encode()) > VIEW_BYTES:
        walk.problem("", "vue de plus de 250 ko", code="view_too_large")
    return _with_opinions(walk, view)


def _with_opinions(walk: Walk, payload: Json) -> list[Problem]:
    if not any(problem.refused for problem in walk.problems):
        for opinion in OPINIONS:
            for said in opinion(walk.surface, payload):
                walk.problem("", said)
    return walk.problems


def check_options(answer: Json) -> list[Problem]:
    """Return what Slack would refuse in the answer to a block_suggestion."""
    walk = Walk("modal")
    if ("options" in answer) == ("option_groups" in answer):
        walk.problem("", "il faut « options » ou « option_groups », et un seul des deux")
    walk.choices("", answer, OPTIONS, mrkdwn=False, allow_empty=True)
    return walk.problems


def _check_text(walk: Walk, payload: Json) -> None:
    text = payload.get("text") or ""
    if not isinstance(text, str):
        walk.problem("/text", "doit être du texte", code="no_text")
    elif length(text) > MESSAGE_TEXT:
        walk.problem("/text", f"{length(text)} caractères, 40 000 au plus", code="msg_too_long")
    elif length(text) > ADVISED_TEXT:
        walk.advice("/text", f"{length(text)} caractères : au-delà de 4 000, Slack peut couper le message")
    if text and isinstance(text, str):
        walk.check_mrkdwn("/text", text)
    if not text and payload.get("blocks"):
        walk.advice("/text", "absent : les notifications et les lecteurs d’écran n’auront rien à dire")


def _check_blocks(walk: Walk, blocks: Any, most: int) -> None:
    if not isinstance(blocks, list):
        walk.problem("/blocks", "doit être une liste de blocs", code="invalid_blocks_format")
        return
    if len(blocks) > most:
        walk.problem("/blocks", f"{len(blocks)} blocs, {most} au plus")
    for index, block in enumerate(blocks):
        _check_block(walk, f"/blocks/{index}", block)


def _check_block(walk: Walk, pointer: str, block: Any) -> None:
    kind = str(block.get("type")) if isinstance(block, dict) else ""
    if kind in FOREIGN_BLOCKS:
        walk.problem(pointer, f"bloc « {kind} » : cet espace d’essai ne sait pas le montrer")
    elif kind not in BLOCKS:
        walk.problem(pointer, f"bloc inconnu : « {kind} »")
    else:
        rule = BLOCKS[kind]
        if walk.surface not in rule.surfaces:
            walk.problem(pointer, f"bloc « {kind} » refusé ici ({walk.surface})")
        walk.unique_block_id(pointer, block)
        walk.check(pointer, block, rule, kind)


def _check_message_totals(walk: Walk, blocks: Any) -> None:
    if not isinstance(blocks, list):
        return
    kinds = [block.get("type") for block in blocks if isinstance(block, dict)]
    if kinds.count("table") > 1:
        walk.problem("/blocks", "un seul tableau par message", code="only_one_table_allowed")
    markdown = sum(
        length(str(b.get("text"))) for b in blocks if isinstance(b, dict) and b.get("type") == "markdown"
    )
    if markdown > MARKDOWN_TEXT:
        walk.problem("/blocks", f"{markdown} caractères de markdown, 12 000 au plus", code="msg_too_long")
    if (total := _text_size(blocks)) > MESSAGE_BLOCKS_TEXT:
        walk.problem(
            "/blocks",
            f"{total} caractères dans les blocs, environ 13 000 au plus",
            code="msg_blocks_too_long",
        )


def _text_size(node: Any) -> int:
    if isinstance(node, list):
        return sum(_text_size(item) for item in node)
    if isinstance(node, dict):
        return sum(
            length(v) if k == "text" and isinstance(v, str) else _text_size(v) for k, v in node.items()
        )
    return 0


def _check_frame(walk: Walk, view: Json) -> None:
    for name in ("title", "submit", "close"):
        if view.get(name) is not None:
            walk.text(f"/{name}", view[name], TITLE, plain=True)
    _check_modal_frame(walk, view) if walk.surface == "modal" else _check_home_frame(walk, view)
    for name, most in (("private_metadata", PRIVATE_METADATA), ("callback_id", 255), ("external_id", 255)):
        walk.string(f"/{name}", view.get(name), most)


def _check_modal_frame(walk: Walk, view: Json) -> None:
    if view.get("title") is None:
        walk.problem("/title", "obligatoire dans une fenêtre")
    blocks = view.get("blocks")
    has_input = isinstance(blocks, list) and any(
        isinstance(b, dict) and b.get("type") == "input" for b in blocks
    )
    if has_input and view.get("submit") is None:
        walk.problem("/submit", "obligatoire quand la fenêtre contient une saisie")


def _check_home_frame(walk: Walk, view: Json) -> None:
    for name in ("title", "submit", "close"):
        if view.get(name) is not None:
            walk.problem(f"/{name}", "n’existe pas dans l’onglet Accueil")
