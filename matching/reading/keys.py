"""Look-up keys of an invoice: the one source for the table ``invoice_references`` and for reading texts.

FACT-2026-042   ->  FACT2026042 full · 2026042 digits · 2026/42 year · #42 sequence
F26-0042        ->  F260042 full · 260042 digits · 2026/42 year · #42 sequence
FA-0042         ->  FA0042 full · FA:42 prefix · #42 sequence (too few digits to stand alone)
RF18 5390 0754  ->  RF1853900754 structured;  PO-7781 -> PO7781 other
"""

import re
from enum import StrEnum

from matching.reading.schemes import scheme_key
from matching.reading.text import compact, fold

MIN_DIGITS = 4
_GROUPS = re.compile(r"[A-Z]+|\d+")
_YEAR = re.compile(r"20\d\d")
_SHORT_YEAR = re.compile(r"[1-4]\d")
_GLUED_YEAR_DIGITS = 5


class KeyKind(StrEnum):
    """How much of the number a key carries; see ``reference_keys``."""

    STRUCTURED = "structured"
    FULL = "full"
    DIGITS = "digits"
    YEAR = "year"
    PREFIX = "prefix"
    SEQUENCE = "sequence"
    OTHER = "other"


def reference_keys(number: str, other_references: tuple[str, ...] = ()) -> list[tuple[str, KeyKind]]:
    """Every normalised key under which an invoice can be quoted, strongest first, without repeats."""
    keys = {key: kind for reference in other_references for key, kind in _other_keys(reference)}
    for key, kind in _number_keys(number):
        keys.setdefault(key, kind)
    return list(keys.items())


def year_key(groups: list[str]) -> str | None:
    """``["2026", "042"]`` -> ``2026/42``; the year may come last or have two digits; None without a year."""
    for year, rest in _splits(groups):
        parts = [group.lstrip("0") for group in rest]
        if all(parts):
            return f"{year}/{'-'.join(parts)}"
    return None


def _splits(groups: list[str]) -> list[tuple[str, list[str]]]:
    first, last = groups[0], groups[-1]
    found: list[tuple[str, list[str]]] = []
    if len(groups) > 1:
        if _YEAR.fullmatch(first):
            found.append((first, groups[1:]))
        elif _YEAR.fullmatch(last):
            found.append((last, groups[:-1]))
        elif _SHORT_YEAR.fullmatch(first):
            found.append((f"20{first}", groups[1:]))
    elif len(first) >= _GLUED_YEAR_DIGITS and _YEAR.match(first):
        found.append((first[:4], [first[4:]]))
    return found


def short_year_key(glued: str) -> str | None:
    """``26042`` -> ``2026/42``: a two-digit year glued to a sequence, only when at least five digits."""
    rest = glued[2:].lstrip("0")
    return (
        f"20{glued[:2]}/{rest}"
        if len(glued) >= _GLUED_YEAR_DIGITS and _SHORT_YEAR.match(glued) and rest
        else None
    )


def _number_keys(number: str) -> list[tuple[str, KeyKind]]:
    groups = _GROUPS.findall(fold(number))
    digits = [group for group in groups if group.isdigit()]
    keys = [("".join(groups), KeyKind.FULL)]
    if not digits:
        return keys
    joined = "".join(digits)
    if len(joined.lstrip("0")) >= MIN_DIGITS or len(joined) > MIN_DIGITS:
        keys.append((joined, KeyKind.DIGITS))
    year = year_key(digits) or (short_year_key(joined) if len(digits) == 1 else None)
    sequence = (year.split("/")[1] if year else digits[-1].lstrip("0")).split("-")[-1]
    letters = "".join(group for group in groups if not group.isdigit())
    if year:
        keys.append((year, KeyKind.YEAR))
    if letters and len(digits) == 1 and joined.lstrip("0"):
        keys.append((f"{letters}:{joined.lstrip('0')}", KeyKind.PREFIX))
    if sequence:
        keys.append((f"#{sequence}", KeyKind.SEQUENCE))
    return keys


def _other_keys(reference: str) -> list[tuple[str, KeyKind]]:
    key = compact(reference)
    if scheme_key(key):
        return [(key, KeyKind.STRUCTURED)]
    if len(key) >= MIN_DIGITS and any(char.isdigit() for char in key):
        return [(key, KeyKind.OTHER)]
    return []
