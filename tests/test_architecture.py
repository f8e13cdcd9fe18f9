"""The rooms and the direction of their imports (docs/architecture.md), read from the code itself."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = {"bot", "store", "qonto", "matching", "sandbox"}
MAY_IMPORT = {
    "bot": {"store", "qonto", "matching", "sandbox"},
    "store": {"matching"},
    "qonto": set(),
    "matching": set(),
    "sandbox": set(),
}
THIRD_PARTY_OF_MATCHING = {"rapidfuzz", "stdnum"}
# Only these parts of bot/ may speak Slack or HTTP; the use cases beside them may not.
SURFACES = ("bot/slack/", "bot/web/", "bot/cli/", "bot/app.py", "bot/__main__.py")
SURFACE_LIBRARIES = {"aiohttp", "slack_sdk", "slack_bolt"}
SURFACE_ROOMS = ("bot.slack", "bot.web", "bot.cli")


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def files_of(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_a_room_imports_only_the_rooms_below_it(room: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files_of(room)
        for name in imports_of(path)
        if name.split(".")[0] in ROOMS - {room} - MAY_IMPORT[room]
    ]
    assert files_of(room)
    assert wrong == []


def test_the_matcher_uses_the_standard_library_and_two_packages() -> None:
    allowed = set(sys.stdlib_module_names) | THIRD_PARTY_OF_MATCHING | {"matching"}
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files_of("matching")
        for name in imports_of(path)
        if name.split(".")[0] not in allowed
    ]
    assert wrong == []


def test_the_store_and_the_bank_know_neither_slack_nor_a_web_server() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for room in ("store", "qonto", "matching")
        for path in files_of(room)
        for name in imports_of(path)
        if name.split(".")[0] in SURFACE_LIBRARIES
    ]
    assert wrong == []


def test_the_use_cases_know_neither_slack_nor_a_web_server() -> None:
    wrong = [
        f"{relative} imports {name}"
        for path in files_of("bot")
        if not (relative := path.relative_to(ROOT).as_posix()).startswith(SURFACES)
        for name in imports_of(path)
        if name.split(".")[0] in SURFACE_LIBRARIES or name.startswith(SURFACE_ROOMS)
    ]
    assert wrong == []


def test_the_test_helpers_stay_out_of_the_product() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for room in sorted(ROOMS)
        for path in files_of(room)
        for name in imports_of(path)
        if name.split(".")[0] in {"tests", "benchmarks", "pytest"}
    ]
    assert wrong == []


# The rooms inside bot/, lowest first; those on one line are beside each other.
FLOORS = (
    ("context", "errors", "settings", "locale", "runtime"),
    ("audit",),
    ("messages",),
    ("queries", "bank"),
    ("suggestions",),
    ("reconciliation",),
    ("invoices", "exporting"),
    ("slack",),
    ("web",),
    ("app",),
    ("cli",),
    ("__main__", "__init__"),
)
MOST_ENTRIES = 20


def imported_files(path: Path) -> Iterator[Path]:
    """Give the module or package that each import of our own names, as a path without its suffix."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in ROOMS:
            module = ROOT.joinpath(*node.module.split("."))
            for alias in node.names:
                inside = module / alias.name
                yield inside if inside.is_dir() or inside.with_suffix(".py").exists() else module


def entries_of(folder: Path) -> dict[str, list[Path]]:
    """List a folder's files and folders of Python, by name, each with its files."""
    return {
        entry.name.removesuffix(".py"): [entry] if entry.suffix == ".py" else sorted(entry.rglob("*.py"))
        for entry in sorted(folder.iterdir())
        if entry.suffix == ".py" or (entry.is_dir() and any(entry.rglob("*.py")))
    }


def arrows_in(folder: Path) -> dict[str, set[str]]:
    """Tell which entries of a folder import which others of it."""
    entries = entries_of(folder)
    return {
        name: {
            target.relative_to(folder).parts[0]
            for path in files
            for target in imported_files(path)
            if target != folder and target.is_relative_to(folder)
        }
        & (entries.keys() - {name})
        for name, files in entries.items()
    }


def circle_in(arrows: dict[str, set[str]]) -> set[str]:
    """Take away whatever leads nowhere, again and again: what is left goes round in a circle."""
    left = dict(arrows)
    while free := [name for name, targets in left.items() if not targets & left.keys()]:
        for name in free:
            del left[name]
    return set(left)


FOLDERS = sorted(
    {path.parent.relative_to(ROOT).as_posix() for room in ROOMS for path in (ROOT / room).rglob("*.py")}
)


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_imports_go_round_in_a_circle(folder: str) -> None:
    assert circle_in(arrows_in(ROOT / folder)) == set()


def test_a_circle_is_seen() -> None:
    assert circle_in({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == {"a", "b", "c"}


def test_no_arrow_in_the_service_runs_upwards() -> None:
    floor = {name: number for number, names in enumerate(FLOORS) for name in names}
    arrows = arrows_in(ROOT / "bot")
    assert arrows.keys() <= floor.keys()
    wrong = [
        f"bot/{name} imports bot/{target}"
        for name, targets in arrows.items()
        for target in targets
        if floor[target] > floor[name]
    ]
    assert wrong == []


@pytest.mark.parametrize("folder", [each for each in FOLDERS if not each.startswith("sandbox")])
def test_a_folder_is_seen_at_a_glance(folder: str) -> None:
    entries = [entry for entry in (ROOT / folder).iterdir() if entry.name != "__pycache__"]
    assert len(entries) <= MOST_ENTRIES


@pytest.mark.parametrize(
    "document", [*sorted(path.name for path in (ROOT / "docs").glob("*.md")), "../README.md"]
)
def test_the_files_that_a_document_names_exist(document: str) -> None:
    named = set(
        re.findall(
            r"`((?:bot|store|matching|qonto|sandbox|tests|docs)/[\w./-]+)`",
            (ROOT / "docs" / document).read_text("utf-8"),
        )
    )
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


# Where a payment stands changes by a named transition only; many are asked for matching in one other module.
TRANSITIONS = "store/payments/states.py"
MAY_ASK_FOR_MATCHING = {TRANSITIONS, "store/suggestions/rematching.py"}
# Messages, deliveries and links of talents have states of their own.
OTHER_STATES = ("store/messages/", "store/inbox/", "store/people.py", "bot/messages/talent_links.py")
OF_PAYMENTS_ONLY = ("needs_matching", "ignored_reason")


def assigned_names(tree: ast.AST) -> Iterator[str]:
    """Name each attribute that is assigned, and each column that a statement gives a value."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "values":
            yield from (word.arg for word in node.keywords if word.arg)
        elif isinstance(node, ast.Dict):
            names = [getattr(key, "value", None) for key in node.keys]
            yield from (name for name in OF_PAYMENTS_ONLY if name in names)


def test_only_named_transitions_change_where_a_payment_stands() -> None:
    wrong = []
    for path in [path for room in ("bot", "store") for path in files_of(room)]:
        file = path.relative_to(ROOT).as_posix()
        names = set(assigned_names(ast.parse(path.read_text("utf-8"))))
        if file not in MAY_ASK_FOR_MATCHING and "needs_matching" in names:
            wrong.append(f"{file} asks for matching by itself")
        if file != TRANSITIONS and "ignored_reason" in names:
            wrong.append(f"{file} sets a payment aside by itself")
        if file != TRANSITIONS and "state" in names and not file.startswith(OTHER_STATES):
            wrong.append(f"{file} changes a state by itself")
    assert wrong == []


@pytest.mark.parametrize(
    "code",
    [
        "payment.state = x",
        "payment.state, payment.version = x, 2",
        "update(Transaction).values(state=x)",
        "payment.needs_matching = True",
        "update(Transaction).where(y).values(needs_matching=True)",
        "{'needs_matching': True}",
    ],
)
def test_a_change_by_hand_is_seen(code: str) -> None:
    assert {"state", "needs_matching"} & set(assigned_names(ast.parse(code)))
