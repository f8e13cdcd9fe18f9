"""docs/catalogue.md names every row of the fault catalogue, and only tests that exist."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
ROWS = {"W": 42, "S": 30, "Q": 15, "D": 21, "P": 11, "F": 17, "X": 6}
LINE = re.compile(r"\| ([A-Z]\d+) \| (.+) \|")


def rows() -> dict[str, str]:
    text = (ROOT / "docs/catalogue.md").read_text("utf-8")
    return dict(LINE.fullmatch(line).groups() for line in text.splitlines() if LINE.fullmatch(line))  # type: ignore[union-attr,misc]  # matched above


def defined_tests() -> set[str]:
    return {
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }


def test_every_row_has_its_tests_or_a_reason() -> None:
    expected = [f"{letter}{number}" for letter, most in ROWS.items() for number in range(1, most + 1)]
    assert list(rows()) == expected
    assert [
        row for row, said in rows().items() if "`test_" not in said and not said.startswith("reason: ")
    ] == []


def test_every_test_named_exists() -> None:
    known = defined_tests()
    named = {name for said in rows().values() for name in re.findall(r"`(test_\w+)`", said)}
    assert named - known == set()
