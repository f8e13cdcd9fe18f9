"""Read the keys a text may quote. The text is parsed; invoices are never searched in it.

A reading starts and ends where a run of digits (or of letters) does, so ``14`` is never read inside ``1814``.
Every limit that cuts something off is reported, because a cut text can no longer be applied alone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from matching.cues import FOREIGN_CUES, GENERIC_PREFIXES, INVOICE_CUES
from matching.keys import MIN_DIGITS, KeyKind, short_year_key, year_key
from matching.masks import mask, sealed_spans
from matching.schemes import structured_references
from matching.text import TEXT_LIMIT, fold

MAX_TOKENS = 260
MAX_WINDOWS = 240
MAX_JOIN = 6
MAX_GAP = 3
RANGE_LIMIT = 30
WINDOW_RUN = 9

_TOKENS = re.compile(r"[A-Z]+|\d+")
_INSIDE = re.compile(r"[ \-/._#:°'\\]{0,3}")
_LIST_JOINT = re.compile(r" ?(?:[,;+&/]|-|ET|AND|[,;] ?ET) ?(?:N[O°]? ?)?")
_RANGE_JOINT = re.compile(r" ?(?:AU?|TO|->|>|\.\.\.?) ?(?:N[O°]? ?)?")
_LOOKALIKE = re.compile(r"(?<=\d)[OILSZB]+|[OILSZB]+(?=\d)")
_LOOKALIKES = str.maketrans("OILSZB", "011528")
_LONG_NUMBER = 6
_MAX_KEY = 30
_MAX_LETTER_TOKENS = 2
_WINDOW_MAX = 12
_MONTHS = 12

_WHOLE = frozenset({KeyKind.FULL, KeyKind.OTHER})
_DIGITS = frozenset({KeyKind.DIGITS, KeyKind.FULL})


class Strength(IntEnum):
    """How clearly a reading quotes a number; higher is stronger (matching.md 3.3)."""

    NEAR = 1
    WEAK = 2
    REPAIRED = 3
    UNPADDED = 4
    FULL = 5
    STRUCTURED = 6


@dataclass(frozen=True, slots=True)
class Reading:
    """One possible quotation: the key to look up, the kinds of key it may equal, and where it was read.

    ``run``: the long run of digits it is a part of; it counts only if the whole run is made of such parts.
    """

    key: str
    kinds: frozenset[KeyKind]
    strength: Strength
    start: int
    end: int
    looks_like_invoice: bool = False
    run: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """A folded text and its readings; ``near`` are whole numbers worth retrying at edit distance one."""

    folded: str
    readings: tuple[Reading, ...]
    near: tuple[Reading, ...]
    capped: bool


@dataclass(frozen=True, slots=True)
class _Token:
    word: str
    start: int
    end: int
    is_digits: bool


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
    matches = list(_TOKENS.finditer(masked))
    tokens = [
        _Token(one.group(), one.start(), one.end(), one.group().isdigit()) for one in matches[:MAX_TOKENS]
    ]
    found = [one for first in range(len(tokens)) for one in _joins(masked, tokens, first)]
    found += _lists(masked, tokens)
    sealed = sealed_spans(masked)
    found = [one for one in found if not _takes_part_of(one, sealed)]
    windows, windows_capped = _windows(tokens, sealed)
    return found + windows, windows_capped or len(matches) > MAX_TOKENS


def _takes_part_of(one: Reading, sealed: tuple[tuple[int, int], ...]) -> bool:
    return any(
        one.start < end and start < one.end and not (one.start <= start and end <= one.end)
        for start, end in sealed
    )


def _joins(masked: str, tokens: list[_Token], first: int) -> Iterator[Reading]:
    """Readings that begin at one token: it alone, then joined with up to MAX_JOIN - 1 close neighbours."""
    words: list[str] = []
    for last in range(first, min(first + MAX_JOIN, len(tokens))):
        token = tokens[last]
        if last > first and not _INSIDE.fullmatch(masked, tokens[last - 1].end, token.start):
            return
        words.append(token.word)
        joined = "".join(words)
        if len(joined) > _MAX_KEY or sum(not word.isdigit() for word in words) > _MAX_LETTER_TOKENS:
            return
        if token.is_digits or len(token.word) <= MAX_GAP:
            yield from _joined(masked, tokens, first, last, words, joined)


def _joined(  # noqa: PLR0913, PLR0917 - a hot inner step: the caller's locals, not a concept of their own
    masked: str, tokens: list[_Token], first: int, last: int, words: list[str], joined: str
) -> Iterator[Reading]:
    start, end = tokens[first].start, tokens[last].end
    digits = [word for word in words if word.isdigit()]
    if not digits:
        return
    significant = len("".join(digits).lstrip("0"))
    if len(digits) < len(words):
        yield from _with_letters(words, digits, joined, significant, start, end)
        return
    cue = _cue_before(masked, tokens, first)
    if significant >= MIN_DIGITS or len(joined) > MIN_DIGITS:
        if cue != "foreign":
            is_number = len(joined) >= _LONG_NUMBER and (cue in {"invoice", "prefix"} or _is_dated(digits, cue))
            yield Reading(joined, _DIGITS, _digits_strength(joined, cue), start, end, is_number)
        yield Reading(joined, frozenset({KeyKind.OTHER}), Strength.UNPADDED, start, end)
    yield from _year_readings(digits, cue, start, end)
    if cue == "invoice" and len(digits) == 1 and joined.lstrip("0"):
        yield Reading(f"#{joined.lstrip('0')}", frozenset({KeyKind.SEQUENCE}), Strength.WEAK, start, end)


def _with_letters(  # noqa: PLR0913, PLR0917 - same
    words: list[str], digits: list[str], joined: str, significant: int, start: int, end: int
) -> Iterator[Reading]:
    is_telling = significant >= MIN_DIGITS or len(words[0]) >= MIN_DIGITS and words[0] not in INVOICE_CUES
    strength = Strength.FULL if is_telling else Strength.WEAK
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
    """Year and sequence without padding. A bare month and year is none; two short numbers need a cue or padding."""
    key = year_key(digits)
    kinds = frozenset({KeyKind.YEAR})
    has_cue = cue in {"invoice", "prefix"}
    if key and cue != "foreign":
        has_full_year = any(_is_full_year(group) for group in (digits[0], digits[-1]))
        is_padded = len(digits) == 2 and len(digits[1]) >= MAX_GAP  # noqa: PLR2004 - no date looks like 26-042
        if has_cue or (has_full_year and not _like_month(digits)):
            yield Reading(key, kinds, Strength.UNPADDED, start, end)
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


def _cue_before(masked: str, tokens: list[_Token], first: int) -> str:
    """What the word before a number says: ``invoice``, ``foreign``, another ``prefix`` glued to it, or nothing."""
    place = first - 1
    while place >= 0 and tokens[place].word in {
        "N",
        "NO",
        "NUM",
        "NUMERO",
        "NR",
        "DE",
        "DU",
        "LA",
        "LE",
        "VOTRE",
    }:
        place -= 1
    if place < 0 or tokens[place + 1].start - tokens[place].end > MAX_GAP or tokens[place].is_digits:
        return "invoice" if place + 1 < first and tokens[place + 1].word.startswith("N") else ""
    word = tokens[place].word
    if word in FOREIGN_CUES:
        return "foreign"
    if word in INVOICE_CUES:
        return "invoice"
    touches = " " not in masked[tokens[place].end : tokens[place + 1].start]
    if place + 1 < first:
        return "invoice"
    return "prefix" if touches else ""


def _lists(masked: str, tokens: list[_Token]) -> Iterator[Reading]:
    """``FACT-2026-040, 041 et 042`` and ``factures 42 à 45``: later items inherit the year, or the cue word."""
    place = 0
    while place < len(tokens):
        year, padding = _list_head(masked, tokens, place)
        step = place
        while year is not None and step + 1 < len(tokens):
            following = _next_item(masked, tokens, step)
            if following is None:
                break
            item, is_range = following
            yield from _items(tokens[step], tokens[item], year, padding, is_range=is_range)
            step = item
        place = max(step, place) + 1


def _list_head(masked: str, tokens: list[_Token], place: int) -> tuple[str | None, int]:
    """The year a list starting here carries (``""`` for a cue word without year), and the length of its numbers."""
    token = tokens[place]
    if not token.is_digits:
        return None, 0
    after = tokens[place + 1] if place + 1 < len(tokens) else None
    if after is not None and after.is_digits and _joins_year(masked, token, after):
        return None, 0
    before = tokens[place - 1] if place else None
    if before is not None and before.is_digits and _joins_year(masked, before, token):
        return (year_key([before.word, token.word]) or "/").split("/")[0], len(token.word)
    glued = year_key([token.word])
    if glued:
        return glued.split("/")[0], len(token.word) - MIN_DIGITS
    return ("", len(token.word)) if _cue_before(masked, tokens, place) == "invoice" else (None, 0)


def _joins_year(masked: str, year: _Token, sequence: _Token) -> bool:
    return bool(_INSIDE.fullmatch(masked, year.end, sequence.start)) and year_key([year.word, sequence.word]) is not None


def _next_item(masked: str, tokens: list[_Token], step: int) -> tuple[int, bool] | None:
    """The next number of a list, and whether it closes a range. Joint words lie between the two."""
    for item in range(step + 1, min(step + 4, len(tokens))):
        if tokens[item].is_digits:
            between = masked[tokens[step].end : tokens[item].start]
            if _RANGE_JOINT.fullmatch(between):
                return item, True
            return (item, False) if _LIST_JOINT.fullmatch(between) else None
    return None


def _items(head: _Token, item: _Token, year: str, padding: int, *, is_range: bool) -> Iterator[Reading]:
    if year and len(item.word) > padding or not item.word.lstrip("0"):
        return
    strength = Strength.UNPADDED if year and len(item.word) == padding else Strength.WEAK
    numbers = [int(item.word)]
    start = item.start
    if is_range:
        low = int(head.word[-padding:])
        if not 0 < numbers[0] - low <= RANGE_LIMIT:
            return
        numbers = list(range(low + 1, numbers[0] + 1))
        start = head.end
    kind = KeyKind.YEAR if year else KeyKind.SEQUENCE
    for number in numbers:
        key = f"{year}/{number}" if year else f"#{number}"
        yield Reading(key, frozenset({kind}), strength, start, item.end)
        if not year and number >= 10 ** (MIN_DIGITS - 1):
            yield Reading(str(number), _DIGITS, strength, start, item.end)


def _windows(tokens: list[_Token], sealed: tuple[tuple[int, int], ...]) -> tuple[list[Reading], bool]:
    """Numbers glued together without a separator: every part of a long run that could be a whole number."""
    found: list[Reading] = []
    for token in tokens:
        if (
            not token.is_digits
            or len(token.word) < WINDOW_RUN
            or any(s <= token.start < e for s, e in sealed)
        ):
            continue
        for length in range(min(len(token.word) - 1, _WINDOW_MAX), MIN_DIGITS, -1):
            for offset in range(len(token.word) - length + 1):
                if len(found) >= MAX_WINDOWS:
                    return found, True
                begin = token.start + offset
                key = token.word[offset : offset + length]
                run = (token.start, token.end)
                found.append(Reading(key, _DIGITS, Strength.WEAK, begin, begin + length, run=run))
    return found, False
