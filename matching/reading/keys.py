"""Text into look-up keys: both sides of every comparison of a number are written by this one module.

FACT-2026-042   ->  FACT2026042 full · 2026042 digits · 2026/42 year · #42 sequence
F26-0042        ->  F260042 full · 260042 digits · 2026/42 year · #42 sequence
FA-0042         ->  FA0042 full · FA:42 prefix · #42 sequence (too few digits to stand alone)
RF18 5390 0754  ->  RF1853900754 structured;  PO-7781 -> PO7781 other
"""

import re
import unicodedata
from collections.abc import Iterator
from enum import StrEnum

from stdnum import iso11649
from stdnum.be import ogm_vcs
from stdnum.ch import esr

TEXT_LIMIT = 2_000
MIN_DIGITS = 4
_DASHES = re.compile(r"[\u2010-\u2015\u2043\u2212\uFE58\uFE63\uFF0D\u00AD]")
_NOT_KEY = re.compile(r"[^0-9A-Z]+")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BLANKS = re.compile(r"\s")
_GROUPS = re.compile(r"[A-Z]+|\d+")
_YEAR = re.compile(r"20\d\d")
_SHORT_YEAR = re.compile(r"[1-4]\d")
_GLUED_YEAR_DIGITS = 5
_RF = re.compile(r"(?<![0-9A-Z])RF ?\d\d(?:[ -]?[0-9A-Z]){1,21}")
_OGM = re.compile(r"[+*]{3} ?\d{3}/\d{4}/\d{5} ?[+*]{3}")
_SWISS = re.compile(r"(?<!\d)\d{2}(?: ?\d{5}){5}(?!\d)")
_RF_MIN = 5
_SWISS_DIGITS = 27
_BELGIAN_DIGITS = 12


class KeyKind(StrEnum):
    """How much of the number a key carries; see ``reference_keys``."""

    STRUCTURED = "structured"
    FULL = "full"
    DIGITS = "digits"
    YEAR = "year"
    PREFIX = "prefix"
    SEQUENCE = "sequence"
    OTHER = "other"


def fold(text: str) -> str:
    """Upper-case, without accents or invisible marks; odd dashes become ``-``, blanks become spaces.

    At most TEXT_LIMIT characters are kept: a bank text has 140, and time must stay bounded.
    """
    if text.isascii():
        return _BLANKS.sub(" ", _CONTROLS.sub("", text[:TEXT_LIMIT])).upper()
    decomposed = unicodedata.normalize("NFKD", _DASHES.sub("-", text[:TEXT_LIMIT]))
    kept = "".join(
        char
        for char in decomposed
        if char in "\n\t\r" or unicodedata.category(char) not in {"Mn", "Cf", "Cc"}
    )
    ascii_digits = "".join(str(unicodedata.digit(char)) if char.isdigit() else char for char in kept)
    return _BLANKS.sub(" ", _DASHES.sub("-", ascii_digits).upper())[:TEXT_LIMIT]


def compact(text: str) -> str:
    """Letters and digits only, folded: the form under which two spellings of a number are equal."""
    return _NOT_KEY.sub("", fold(text))


def reference_keys(number: str, other_references: tuple[str, ...] = ()) -> list[tuple[str, KeyKind]]:
    """Every normalised key under which an invoice can be quoted, strongest first, without repeats."""
    keys = {key: kind for reference in other_references for key, kind in _other_keys(reference)}
    for key, kind in _number_keys(number):
        keys.setdefault(key, kind)
    return list(keys.items())


def year_key(groups: list[str]) -> str | None:
    """``["2026", "042"]`` -> ``2026/42``; the year may come last or have two digits; None without a year."""
    first, last = groups[0], groups[-1]
    year, rest = "", [""]
    if len(groups) > 1:
        if _YEAR.fullmatch(first):
            year, rest = first, groups[1:]
        elif _YEAR.fullmatch(last):
            year, rest = last, groups[:-1]
        elif _SHORT_YEAR.fullmatch(first):
            year, rest = f"20{first}", groups[1:]
    elif len(first) >= _GLUED_YEAR_DIGITS and _YEAR.match(first):
        year, rest = first[:4], [first[4:]]
    parts = [group.lstrip("0") for group in rest]
    return f"{year}/{'-'.join(parts)}" if all(parts) else None


def short_year_key(glued: str) -> str | None:
    """``26042`` -> ``2026/42``: a two-digit year glued to a sequence, only when at least five digits."""
    sequence = glued[2:].lstrip("0")
    is_dated = len(glued) >= _GLUED_YEAR_DIGITS and _SHORT_YEAR.match(glued) and sequence
    return f"20{glued[:2]}/{sequence}" if is_dated else None


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


def scheme_key(compacted: str) -> str | None:
    """A compact creditor reference (RF, Swiss or Belgian) itself when its check digits are right, else None.

    France has no scheme of its own, so our invoices print RF.
    """
    is_swiss = len(compacted) == _SWISS_DIGITS and compacted.isdigit() and esr.is_valid(compacted)
    is_belgian = len(compacted) == _BELGIAN_DIGITS and compacted.isdigit() and ogm_vcs.is_valid(compacted)
    is_rf = compacted.startswith("RF") and iso11649.is_valid(compacted)
    return compacted if is_rf or is_swiss or is_belgian else None


def structured_references(folded: str) -> Iterator[tuple[str, int, int]]:
    """Yield (compact reference, start, end) for each RF, Belgian or Swiss one whose check digits are right.

    Schemes that are plain digits without a mark (Finland, Norway, Netherlands) are read as any other whole
    number.
    """
    for match in _RF.finditer(folded):
        yield from _valid_beginnings(match)
    for match in _OGM.finditer(folded):
        digits = re.sub(r"\D", "", match.group())
        if ogm_vcs.is_valid(digits):
            yield digits, match.start(), match.end()
    for match in _SWISS.finditer(folded):
        digits = match.group().replace(" ", "")
        if len(digits) == _SWISS_DIGITS and esr.is_valid(digits):
            yield digits, match.start(), match.end()


def _valid_beginnings(match: re.Match[str]) -> Iterator[tuple[str, int, int]]:
    """Every beginning that ends a word and whose check digits are right: other words may follow."""
    raw = match.group()
    for end in (place for place in range(_RF_MIN, len(raw) + 1) if raw[place : place + 1] in {"", " ", "-"}):
        reference = _NOT_KEY.sub("", raw[:end])
        if iso11649.is_valid(reference):
            yield reference, match.start(), match.start() + end
