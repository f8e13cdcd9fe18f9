"""Read the keys a text may quote. The text is parsed; invoices are never searched in it.

A reading starts and ends where a run of digits (or of letters) does, so ``14`` is never read inside ``1814``.
Every limit that cuts something off is reported, because a cut text can no longer be applied alone.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from matching.reading.cues import GENERIC_PREFIXES, INVOICE_CUES
from matching.reading.keys import MIN_DIGITS, KeyKind, short_year_key, year_key
from matching.reading.lists import lists, windows
from matching.reading.masks import mask, sealed_spans
from matching.reading.readings import (
    DIGITS_KINDS,
    INSIDE,
    MAX_GAP,
    TOKENS,
    Parsed,
    Reading,
    Strength,
    Token,
    cue_before,
    names_invoice,
)
from matching.reading.schemes import structured_references
from matching.reading.text import TEXT_LIMIT, fold

MAX_TOKENS = 200
MANY_TOKENS = 60
MAX_JOIN = 6
MAX_JOIN_OF_MANY = 3

_LOOKALIKE = re.compile(r"(?<=\d)[OILSZB]+|[OILSZB]+(?=\d)")
_LOOKALIKES = str.maketrans("OILSZB", "011528")
_LONG_NUMBER = 6
_MAX_KEY = 30
_MAX_LETTER_TOKENS = 2
_MONTHS = 12

_WHOLE = frozenset({KeyKind.FULL, KeyKind.OTHER})


@lru_cache(maxsize=64)
def read(text: str) -> Parsed:
    """Every reading of a text, in bounded time whatever the text."""
    folded = fold(text)
    masked = mask(folded)
    readings = list(_structured(folded))
    found, capped = _readings(masked)
    readings += found
    repaired = _LOOKALIKE.sub(lambda match: match.group().translate(_LOOKALIKES), masked)
    if repaired != masked:
        readings += _repaired(masked, repaired)
    near = tuple(one for one in readings if KeyKind.DIGITS in one.kinds and one.strength >= Strength.UNPADDED)
    return Parsed(folded, tuple(dict.fromkeys(readings)), near, capped or len(text) > TEXT_LIMIT)


def _structured(folded: str) -> Iterator[Reading]:
    for reference, start, end in structured_references(folded):
        yield Reading(reference, frozenset({KeyKind.STRUCTURED}), Strength.STRUCTURED, start, end)


def _repaired(masked: str, repaired: str) -> Iterator[Reading]:
    """Readings that exist only once look-alike letters are read as digits: never as strong as a clean one."""
    changed = {place for place, (old, new) in enumerate(zip(masked, repaired, strict=True)) if old != new}
    for one in _readings(repaired)[0]:
        if one.strength >= Strength.UNPADDED and changed.intersection(range(one.start, one.end)):
            yield Reading(one.key, one.kinds, Strength.REPAIRED, one.start, one.end)


def _readings(masked: str) -> tuple[list[Reading], bool]:
    matches = list(TOKENS.finditer(masked))
    tokens = [
        Token(one.group(), one.start(), one.end(), one.group().isdigit()) for one in matches[:MAX_TOKENS]
    ]
    found = [one for first in range(len(tokens)) for one in _joins(masked, tokens, first)]
    found += lists(masked, tokens)
    sealed = sealed_spans(masked)
    found = [_unless_sealed(one, sealed) for one in found if not _takes_part_of(one, sealed)]
    parts, parts_capped = windows(tokens, sealed)
    return found + parts, parts_capped or len(matches) > MAX_TOKENS


def _takes_part_of(one: Reading, sealed: tuple[tuple[int, int], ...]) -> bool:
    return any(
        one.start < end and start < one.end and not (one.start <= start and end <= one.end)
        for start, end in sealed
    )


def _unless_sealed(one: Reading, sealed: tuple[tuple[int, int], ...]) -> Reading:
    """A date may equal a whole number of ours, but alone it never looks like one."""
    is_sealed = any(one.start <= start and end <= one.end for start, end in sealed)
    return replace(one, looks_like_invoice=False) if is_sealed and one.looks_like_invoice else one


def _joins(masked: str, tokens: list[Token], first: int) -> Iterator[Reading]:
    """Readings that begin at one token: it alone, then joined with up to MAX_JOIN - 1 close neighbours."""
    words: list[str] = []
    longest = MAX_JOIN if len(tokens) <= MANY_TOKENS else MAX_JOIN_OF_MANY
    for last in range(first, min(first + longest, len(tokens))):
        token = tokens[last]
        if last > first and not INSIDE.fullmatch(masked, tokens[last - 1].end, token.start):
            return
        words.append(token.word)
        joined = "".join(words)
        if len(joined) > _MAX_KEY or sum(not word.isdigit() for word in words) > _MAX_LETTER_TOKENS:
            return
        if token.is_digits or len(token.word) <= MAX_GAP:
            yield from _joined(masked, tokens, first, last, words, joined)


def _joined(
    masked: str, tokens: list[Token], first: int, last: int, words: list[str], joined: str
) -> Iterator[Reading]:
    start, end = tokens[first].start, tokens[last].end
    digits = [word for word in words if word.isdigit()]
    if not digits:
        return
    significant = len("".join(digits).lstrip("0"))
    if len(digits) < len(words):
        yield from _with_letters(words, digits, joined, significant, start, end)
        return
    cue = cue_before(masked, tokens, first)
    if significant >= MIN_DIGITS or len(joined) > MIN_DIGITS:
        if cue != "foreign":
            is_number = len(joined) >= _LONG_NUMBER and (
                cue in {"invoice", "prefix"} or _is_dated(digits, cue)
            )
            yield Reading(joined, DIGITS_KINDS, _digits_strength(joined, cue), start, end, is_number)
        yield Reading(joined, frozenset({KeyKind.OTHER}), Strength.UNPADDED, start, end)
    yield from _year_readings(digits, cue, start, end)
    if cue == "invoice" and len(digits) == 1 and joined.lstrip("0"):
        key, is_meant = f"#{joined.lstrip('0')}", names_invoice(tokens, first)
        yield Reading(key, frozenset({KeyKind.SEQUENCE}), Strength.WEAK, start, end, is_meant)


def _with_letters(
    words: list[str], digits: list[str], joined: str, significant: int, start: int, end: int
) -> Iterator[Reading]:
    is_telling = significant >= MIN_DIGITS or (len(words[0]) >= MIN_DIGITS and words[0] not in INVOICE_CUES)
    is_padded = len("".join(digits)) >= MIN_DIGITS
    strength = Strength.FULL if is_telling else Strength.UNPADDED if is_padded else Strength.WEAK
    if len(joined) >= MAX_GAP:
        yield Reading(joined, _WHOLE, strength, start, end)
    if len(words) == 2 and not words[0].isdigit() and digits[0].lstrip("0"):  # noqa: PLR2004 - prefix and number
        generic = words[0] in GENERIC_PREFIXES and significant < MIN_DIGITS
        prefix_strength = Strength.WEAK if generic else Strength.UNPADDED
        yield Reading(
            f"{words[0]}:{digits[0].lstrip('0')}", frozenset({KeyKind.PREFIX}), prefix_strength, start, end
        )


def _digits_strength(joined: str, cue: str) -> Strength:
    if len(joined) >= _LONG_NUMBER:
        return Strength.FULL
    return Strength.UNPADDED if cue in {"invoice", "prefix"} else Strength.WEAK


def _year_readings(digits: list[str], cue: str, start: int, end: int) -> Iterator[Reading]:
    """Year and sequence without padding.

    A bare month and year is none; two short numbers need a cue or padding.
    """
    key = year_key(digits)
    kinds = frozenset({KeyKind.YEAR})
    has_cue = cue in {"invoice", "prefix"}
    if key and cue != "foreign":
        has_full_year = any(_is_full_year(group) for group in (digits[0], digits[-1]))
        is_padded = len(digits) == 2 and len(digits[1]) >= MAX_GAP  # noqa: PLR2004 - no date looks like 26-042
        if has_cue or (has_full_year and not _like_month(digits)):
            yield Reading(key, kinds, Strength.UNPADDED, start, end, looks_like_invoice=True)
        elif is_padded and not _like_month(digits):
            yield Reading(key, kinds, Strength.WEAK, start, end)
    elif len(digits) == 1 and has_cue:
        glued = short_year_key(digits[0])
        if glued:
            yield Reading(glued, kinds, Strength.REPAIRED, start, end)


def _is_full_year(group: str) -> bool:
    return group.startswith("20") and len(group) >= MIN_DIGITS


def _is_dated(digits: list[str], cue: str) -> bool:
    """A full year and a sequence, in no other document's number: nearly always an invoice's."""
    key = year_key(digits)
    return bool(key) and cue != "foreign" and len(digits[0]) >= MIN_DIGITS and not _like_month(digits)


def _like_month(digits: list[str]) -> bool:
    """``09/2026`` is a month, ``2026-009`` is not."""
    rest = [group for group in digits if not _is_full_year(group)]
    return len(rest) == 1 and len(rest[0]) < MAX_GAP and int(rest[0]) <= _MONTHS
