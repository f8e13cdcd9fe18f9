"""The rooms and the direction of their imports (docs/architecture.md), read from the code itself."""

import ast
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
SURFACES = ("bot/slack/", "bot/web/", "bot/cli/", "bot/app.py", "bot/cli/demo.py", "bot/__main__.py")
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
