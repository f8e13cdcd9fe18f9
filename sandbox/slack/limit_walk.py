"""Walking through a message or a view and comparing each field with its rule."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.slack.limit_rules import (
    ELEMENTS,
    Choices,
    Confirm,
    Elements,
    Field,
    Flag,
    Free,
    Number,
    Rule,
    String,
    Text,
    Texts,
)
from sandbox.slack.limit_text import length, regrets

Json = dict[str, Any]

CONTEXT_TEXT = 2000
OPTION_TEXT, OPTION_VALUE, OPTION_DESCRIPTION = 75, 150, 75
GROUP_LABEL = 75
GROUPS = 100
CONFIRM_TEXTS = (("title", 100, True), ("text", 300, False), ("confirm", 30, True), ("deny", 30, True))
TABLE_ROWS, TABLE_COLUMNS, TABLE_TEXT = 100, 20, 10_000
OVERFLOW_URL = 3000


@dataclass(frozen=True)
class Problem:
    """One finding: where (JSON pointer) and a French sentence; `refused` when Slack itself says no."""

    pointer: str
    text: str
    refused: bool = True
    code: str = "invalid_blocks"


class Walk:
    """One pass over a message or a view, collecting problems."""

    def __init__(self, surface: str) -> None:
        self.surface = surface
        self.problems: list[Problem] = []
        self._block_ids: set[str] = set()
        self._focused = False

    def problem(self, pointer: str, text: str, code: str = "invalid_blocks") -> None:
        """Note what Slack refuses."""
        self.problems.append(Problem(pointer, text, code=code))

    def advice(self, pointer: str, text: str) -> None:
        """Note what Slack accepts but people would regret."""
        self.problems.append(Problem(pointer, text, refused=False))

    def unique_block_id(self, pointer: str, block: Json) -> None:
        """Check that the block's id, if given, is short enough and not used twice."""
        block_id = block.get("block_id")
        self.string(f"{pointer}/block_id", block_id, 255)
        if isinstance(block_id, str):
            if block_id in self._block_ids:
                self.problem(f"{pointer}/block_id", f"« {block_id} » sert déjà à un autre bloc")
            self._block_ids.add(block_id)

    def check(self, pointer: str, item: Json, rule: Rule, kind: str) -> None:
        """Compare a block or an element with its rule."""
        for name in item.keys() - rule.fields.keys() - {"type", "block_id"}:
            self.problem(f"{pointer}/{name}", f"champ inconnu dans « {kind} »")
        for name, field in rule.fields.items():
            self._field(f"{pointer}/{name}", item, name, field)
        if rule.one_of and not any(item.get(name) for name in rule.one_of):
            self.problem(pointer, f"« {kind} » sans {' ni '.join(rule.one_of)}")
        if kind == "table":
            self._table(pointer, item.get("rows"))

    def _field(self, pointer: str, item: Json, name: str, field: Field) -> None:
        value = item.get(name)
        if isinstance(field, Choices):
            self._static_choices(pointer.rpartition("/")[0], item, field)
        elif value is None:
            if getattr(field, "required", False):
                self.problem(pointer, "obligatoire")
        else:
            self._value(pointer, value, field)

    def _value(self, pointer: str, value: Any, field: Field) -> None:  # noqa: C901 - one case per kind of field
        match field:
            case Text(most, plain):
                self.text(pointer, value, most, plain=plain)
            case Texts(most, each):
                for index, text in enumerate(self._list(pointer, value, most)):
                    self.text(f"{pointer}/{index}", text, each)
            case String():
                self._string_field(pointer, value, field)
            case Number(least, most):
                if not isinstance(value, int) or not least <= value <= most:
                    self.problem(pointer, f"doit être un entier entre {least} et {most}")
            case Flag():
                if not isinstance(value, bool):
                    self.problem(pointer, "doit être vrai ou faux")
            case Elements():
                self._elements(pointer, value, field)
            case Confirm():
                self._confirm(pointer, value)
            case Free() | Choices():
                pass
        if pointer.endswith("/focus_on_load") and value is True:
            self._focus(pointer)

    def _focus(self, pointer: str) -> None:
        if self._focused:
            self.problem(pointer, "un seul élément peut recevoir le curseur")
        self._focused = True

    def text(self, pointer: str, value: Any, most: int, *, plain: bool = False) -> None:
        """Check a text object."""
        kinds = ["plain_text"] if plain else ["mrkdwn", "plain_text"]
        if not isinstance(value, dict) or value.get("type") not in kinds:
            self.problem(pointer, f"doit être un objet texte ({' ou '.join(kinds)})")
            return
        allowed = {"type", "text", "emoji" if value["type"] == "plain_text" else "verbatim"}
        for name in value.keys() - allowed:
            self.problem(f"{pointer}/{name}", "champ inconnu dans un objet texte")
        self.string(f"{pointer}/text", value.get("text"), most, required=True)
        if value["type"] == "mrkdwn" and isinstance(value.get("text"), str):
            self.check_mrkdwn(f"{pointer}/text", value["text"])

    def check_mrkdwn(self, pointer: str, text: str) -> None:
        """Advise about text that was not escaped and about mentions of a whole channel."""
        for regret in regrets(text):
            self.advice(pointer, regret)

    def string(self, pointer: str, value: Any, most: int, *, required: bool = False) -> None:
        """Check a bare string."""
        if value is None and not required:
            return
        if not isinstance(value, str):
            self.problem(pointer, "doit être du texte")
        elif required and not value:
            self.problem(pointer, "texte vide")
        elif length(value) > most:
            self.problem(pointer, f"{length(value)} caractères, {most} au plus")

    def _string_field(self, pointer: str, value: Any, field: String) -> None:
        self.string(pointer, value, field.most, required=field.required)
        if field.among and str(value) not in field.among:
            self.problem(pointer, f"doit être l’un de : {', '.join(sorted(field.among))}")
        if field.pattern and not re.fullmatch(field.pattern, str(value)):
            self.problem(pointer, "n’a pas la forme attendue")

    def _list(self, pointer: str, value: Any, most: int) -> list[Any]:
        if not isinstance(value, list) or not value:
            self.problem(pointer, "doit être une liste non vide")
            return []
        if len(value) > most:
            self.problem(pointer, f"{len(value)} éléments, {most} au plus")
        return value

    def _elements(self, pointer: str, value: Any, field: Elements) -> None:
        if not field.many:
            self._element(pointer, value, field.place)
            return
        seen: set[str] = set()
        for index, element in enumerate(self._list(pointer, value, field.most)):
            self._element(f"{pointer}/{index}", element, field.place)
            action_id = element.get("action_id") if isinstance(element, dict) else None
            if isinstance(action_id, str):
                if action_id in seen:
                    self.problem(
                        f"{pointer}/{index}/action_id", f"« {action_id} » sert deux fois dans ce bloc"
                    )
                seen.add(action_id)

    def _element(self, pointer: str, element: Any, place: str) -> None:
        kind = element.get("type") if isinstance(element, dict) else None
        if place == "context" and kind in {"plain_text", "mrkdwn"}:
            self.text(pointer, element, CONTEXT_TEXT)
            return
        rule = ELEMENTS.get(str(kind))
        if rule is None:
            self.problem(pointer, f"élément inconnu : {kind!r}")
            return
        if place not in rule.places:
            self.problem(pointer, f"« {kind} » refusé dans un bloc « {place} »")
        if self.surface not in rule.surfaces:
            self.problem(pointer, f"« {kind} » refusé ici ({self.surface})")
        self.check(pointer, element, rule, str(kind))
        _check_initial(self, pointer, element, rule)

    def _confirm(self, pointer: str, value: Any) -> None:
        if not isinstance(value, dict):
            self.problem(pointer, "doit être un objet")
            return
        for name, most, plain in CONFIRM_TEXTS:
            if name in value or name in {"title", "text"}:
                self.text(f"{pointer}/{name}", value.get(name), most, plain=plain)

    def _static_choices(self, pointer: str, item: Json, field: Choices) -> None:
        if ("options" in item) == (field.groups and "option_groups" in item):
            self.problem(pointer, "il faut « options »" + (" ou « option_groups »" if field.groups else ""))
            return
        self.choices(pointer, item, field.most, mrkdwn=field.mrkdwn, urls=field.urls)

    def choices(
        self,
        pointer: str,
        item: Json,
        most: int,
        *,
        mrkdwn: bool,
        urls: bool = False,
        allow_empty: bool = False,
    ) -> None:
        """Check `options` or `option_groups` wherever they stand."""
        groups = item.get("option_groups")
        if groups is None:
            self._options(f"{pointer}/options", item.get("options"), most, mrkdwn, urls, allow_empty)
            return
        listed = (
            [] if allow_empty and groups == [] else self._list(f"{pointer}/option_groups", groups, GROUPS)
        )
        for index, group in enumerate(listed):
            here = f"{pointer}/option_groups/{index}"
            content = group if isinstance(group, dict) else {}
            self.text(f"{here}/label", content.get("label"), GROUP_LABEL, plain=True)
            self._options(f"{here}/options", content.get("options"), most, mrkdwn, urls, allow_empty)

    def _options(
        self, pointer: str, options: Any, most: int, mrkdwn: bool, urls: bool, allow_empty: bool
    ) -> None:
        if allow_empty and options == []:
            return
        values: set[str] = set()
        for index, option in enumerate(self._list(pointer, options, most)):
            here = f"{pointer}/{index}"
            if not isinstance(option, dict):
                self.problem(here, "doit être un objet")
                continue
            self._option(here, option, mrkdwn, urls)
            if str(option.get("value")) in values:
                self.advice(f"{here}/value", "valeur déjà prise par une autre option")
            values.add(str(option.get("value")))

    def _option(self, pointer: str, option: Mapping[str, Any], mrkdwn: bool, urls: bool) -> None:
        self.text(f"{pointer}/text", option.get("text"), OPTION_TEXT, plain=not mrkdwn)
        self.string(f"{pointer}/value", option.get("value"), OPTION_VALUE, required=True)
        if option.get("description") is not None:
            self.text(f"{pointer}/description", option["description"], OPTION_DESCRIPTION, plain=not mrkdwn)
        allowed = {"text", "value", "description"} | ({"url"} if urls else set())
        for name in option.keys() - allowed:
            self.problem(f"{pointer}/{name}", "champ inconnu dans une option")
        self.string(f"{pointer}/url", option.get("url"), OVERFLOW_URL)

    def _table(self, pointer: str, rows: Any) -> None:
        rows = self._list(f"{pointer}/rows", rows, TABLE_ROWS)
        if any(not isinstance(row, list) or not 1 <= len(row) <= TABLE_COLUMNS for row in rows):
            self.problem(f"{pointer}/rows", f"chaque ligne a de 1 à {TABLE_COLUMNS} colonnes")
            return
        size = sum(
            length(str(cell.get("text", ""))) for row in rows for cell in row if isinstance(cell, dict)
        )
        if size > TABLE_TEXT:
            self.problem(f"{pointer}/rows", f"{size} caractères, {TABLE_TEXT} au plus", code="invalid_blocks")


def _check_initial(walk: Walk, pointer: str, element: Json, rule: Rule) -> None:
    """Check that what is preselected is, word for word, among the options (docs: "must exactly match")."""
    initial = element.get(rule.initial) if rule.initial else None
    if initial is None or "option" not in rule.initial:
        return
    here = f"{pointer}/{rule.initial}"
    chosen = initial if rule.initial == "initial_options" else [initial]
    if not isinstance(chosen, list) or not chosen:
        walk.problem(here, "doit être une liste non vide")
        return
    for option in chosen:
        if not isinstance(option, dict):
            walk.problem(here, "doit être un objet")
        elif "external" in element["type"]:
            walk._option(here, option, mrkdwn=False, urls=False)  # noqa: SLF001 - same module
        elif option not in _offered(element):
            walk.problem(here, "ne figure pas parmi les options")


def _offered(element: Json) -> list[Any]:
    groups = element.get("option_groups") or [{"options": element.get("options") or []}]
    return [option for group in groups for option in group.get("options") or []]
