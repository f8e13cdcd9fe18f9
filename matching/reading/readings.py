"""What a text may quote: tokens, readings of them, and several numbers at once: lists, ranges, glued runs."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from matching.reading.cues import FOREIGN_CUES, INVOICE_CUES, INVOICE_WORDS, LINKING_WORDS
from matching.reading.keys import MIN_DIGITS, KeyKind, year_key

MAX_GAP = 3
TOKENS = re.compile(r"[A-Z]+|\d+")
INSIDE = re.compile(r"[ \-/._#:°'\\]{0,3}")
DIGITS_KINDS = frozenset({KeyKind.DIGITS, KeyKind.FULL})
RANGE_LIMIT = 30
ROW_DIGITS = 3
ROW_STEP = 9
WINDOW_RUN = 9
WINDOW_MAX = 12
MAX_WINDOWS = 240

_LIST_JOINT = re.compile(r" ?(?:[,;+&/]|-|ET|AND|[,;] ?ET) ?(?:N[O°]? ?)?")
_RANGE_JOINT = re.compile(r" ?(?:AU?|TO|->|>|\.\.\.?) ?(?:N[O°]? ?)?")


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
class Token:
    """A run of letters, or a run of digits, and where it stands."""

    word: str
    start: int
    end: int
    is_digits: bool


def names_invoice(tokens: list[Token], first: int) -> bool:
    """Is the word before a number, small words left out, a plain word for invoice?"""
    before = (tokens[place].word for place in range(first - 1, max(first - 4, -1), -1))
    return next((word for word in before if word not in LINKING_WORDS), "") in INVOICE_WORDS


def cue_before(masked: str, tokens: list[Token], first: int) -> str:
    """What the word before a number says: ``invoice``, ``foreign``, a ``prefix`` glued to it, or nothing."""
    place = first - 1
    while place >= 0 and tokens[place].word in LINKING_WORDS:
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


def lists(masked: str, tokens: list[Token]) -> Iterator[Reading]:
    """``FACT-2026-040, 041 et 042``, ``factures 42 à 45``: later items inherit the year, or the cue word."""
    place = 0
    while place < len(tokens):
        year, padding = _list_head(masked, tokens, place)
        step = place
        while year is not None and step + 1 < len(tokens):
            following = _next_item(masked, tokens, step)
            if following is None and year and _is_next_in_row(masked, tokens, step, padding):
                following = step + 1, False
            if following is None:
                break
            item, is_range = following
            yield from _items(tokens[step], tokens[item], year, padding, is_range=is_range)
            step = item
        place = max(step, place) + 1


def _list_head(masked: str, tokens: list[Token], place: int) -> tuple[str | None, int]:
    """The year that a list starting here carries, ``""`` for a cue word alone; and its padding."""
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
    return ("", len(token.word)) if cue_before(masked, tokens, place) == "invoice" else (None, 0)


def _joins_year(masked: str, year: Token, sequence: Token) -> bool:
    return (
        bool(INSIDE.fullmatch(masked, year.end, sequence.start))
        and year_key([year.word, sequence.word]) is not None
    )


def _next_item(masked: str, tokens: list[Token], step: int) -> tuple[int, bool] | None:
    """The next number of a list, and whether it closes a range. Joint words lie between the two."""
    for item in range(step + 1, min(step + 4, len(tokens))):
        if tokens[item].is_digits:
            between = masked[tokens[step].end : tokens[item].start]
            if _RANGE_JOINT.fullmatch(between):
                return item, True
            return (item, False) if _LIST_JOINT.fullmatch(between) else None
    return None


def _is_next_in_row(masked: str, tokens: list[Token], step: int, padding: int) -> bool:
    """``FACT-2026-044 045 046``: no joint but a blank, so only a number as long and just after the last."""
    head, item = tokens[step], tokens[step + 1]
    if masked[head.end : item.start] != " " or not item.is_digits or len(item.word) != padding:
        return False
    return padding >= ROW_DIGITS and 0 < int(item.word) - int(head.word[-padding:]) <= ROW_STEP


def _items(head: Token, item: Token, year: str, padding: int, *, is_range: bool) -> Iterator[Reading]:
    if (year and len(item.word) > padding) or not item.word.lstrip("0"):
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
            yield Reading(str(number), DIGITS_KINDS, strength, start, item.end)


def windows(tokens: list[Token], sealed: Sequence[tuple[int, int]]) -> tuple[list[Reading], bool]:
    """Numbers glued together without a separator: every part of a long run that could be a whole number."""
    parts: list[Reading] = []
    for token in tokens:
        is_sealed = any(start <= token.start < end for start, end in sealed)
        if is_sealed or not token.is_digits or len(token.word) < WINDOW_RUN:
            continue
        for length in range(min(len(token.word) - 1, WINDOW_MAX), MIN_DIGITS, -1):
            for offset in range(len(token.word) - length + 1):
                if len(parts) >= MAX_WINDOWS:
                    return parts, True
                begin = token.start + offset
                key = token.word[offset : offset + length]
                run = (token.start, token.end)
                parts.append(Reading(key, DIGITS_KINDS, Strength.WEAK, begin, begin + length, run=run))
    return parts, False
