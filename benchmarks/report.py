"""The table that a run prints."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: what, how much, what was aimed at, in which unit."""

    name: str
    value: float
    target: str
    unit: str


def table(rows: Iterable[Row]) -> str:
    """Write the rows as a Markdown table."""
    lines = ["| mesure | valeur | cible |", "|---|---:|---|"]
    lines += [f"| {row.name} | {_number(row)} {row.unit} | {row.target} |" for row in rows]
    return "\n".join(lines)


def _number(row: Row) -> str:
    digits = 2 if row.unit in {"ratio", "s"} else 1
    return f"{row.value:.{digits}f}".replace(".", ",")
