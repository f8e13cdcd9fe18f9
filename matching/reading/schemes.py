"""Structured creditor references that carry check digits. France has no scheme of its own, so we print RF."""

import re
from collections.abc import Iterator

from stdnum import iso11649
from stdnum.be import ogm_vcs
from stdnum.ch import esr

_RF = re.compile(r"(?<![0-9A-Z])RF ?\d\d(?:[ -]?[0-9A-Z]){1,21}")
_OGM = re.compile(r"[+*]{3} ?\d{3}/\d{4}/\d{5} ?[+*]{3}")
_SWISS = re.compile(r"(?<!\d)\d{2}(?: ?\d{5}){5}(?!\d)")
_NOT_KEY = re.compile(r"[^0-9A-Z]")
_RF_MIN = 5
_SWISS_DIGITS = 27
_BELGIAN_DIGITS = 12


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


def scheme_key(compacted: str) -> str | None:
    """The compact reference itself when its check digits are right, else None."""
    is_swiss = len(compacted) == _SWISS_DIGITS and compacted.isdigit() and esr.is_valid(compacted)
    is_belgian = len(compacted) == _BELGIAN_DIGITS and compacted.isdigit() and ogm_vcs.is_valid(compacted)
    is_rf = compacted.startswith("RF") and iso11649.is_valid(compacted)
    return compacted if is_rf or is_swiss or is_belgian else None


def _valid_beginnings(match: re.Match[str]) -> Iterator[tuple[str, int, int]]:
    """Other words may follow the reference.

    Keep every beginning that ends a word and whose check digits are right.
    """
    raw = match.group()
    for end in (place for place in range(_RF_MIN, len(raw) + 1) if raw[place : place + 1] in {"", " ", "-"}):
        reference = _NOT_KEY.sub("", raw[:end])
        if iso11649.is_valid(reference):
            yield reference, match.start(), match.start() + end
