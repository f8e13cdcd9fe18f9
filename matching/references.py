"""Read the keys a text may quote. The text is parsed; invoices are never searched in it."""

import re
from dataclasses import dataclass
from enum import IntEnum

from matching.keys import MIN_DIGITS, KeyKind, year_key
from matching.text import fold

_TOKENS = re.compile(r"[A-Z]+|\d+")
_MAX_JOIN = 6


class Strength(IntEnum):
    """How clearly a reading quotes a number; higher is stronger."""

    NEAR = 1
    WEAK = 2
    REPAIRED = 3
    UNPADDED = 4
    FULL = 5
    STRUCTURED = 6


@dataclass(frozen=True, slots=True)
class Reading:
    """One possible quotation: the key to look up, what kinds of key it may equal, and where it was read."""

    key: str
    kinds: frozenset[KeyKind]
    strength: Strength
    start: int
    end: int
    quoted: str


def read(text: str) -> tuple[Reading, ...]:
    """Every reading of a text, strongest first."""
    folded = fold(text)
    tokens = list(_TOKENS.finditer(folded))
    readings: list[Reading] = []
    for first in range(len(tokens)):
        for last in range(first, min(first + _MAX_JOIN, len(tokens))):
            if last > first and tokens[last].start() - tokens[last - 1].end() > 3:  # noqa: PLR2004
                break
            readings.extend(_join(folded, tokens[first : last + 1]))
    return tuple(readings)


def _join(folded: str, tokens: list[re.Match[str]]) -> list[Reading]:
    start, end = tokens[0].start(), tokens[-1].end()
    parts = [token.group() for token in tokens]
    joined = "".join(parts)
    digits = [part for part in parts if part.isdigit()]
    if len("".join(digits)) < MIN_DIGITS:
        return []
    found = [Reading(joined, frozenset({KeyKind.FULL, KeyKind.STRUCTURED, KeyKind.OTHER}), Strength.FULL, start, end, folded[start:end])]
    if len(digits) == len(parts):
        found.append(Reading(joined, frozenset({KeyKind.DIGITS}), Strength.FULL, start, end, folded[start:end]))
        year = year_key(digits)
        if year:
            found.append(Reading(year, frozenset({KeyKind.YEAR}), Strength.UNPADDED, start, end, folded[start:end]))
    return found
