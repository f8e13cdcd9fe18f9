"""What a reading of a text is: a key to look up, how clearly it quotes a number, and where it stands."""

import re
from dataclasses import dataclass
from enum import IntEnum

from matching.reading.cues import FOREIGN_CUES, INVOICE_CUES, INVOICE_WORDS, LINKING_WORDS
from matching.reading.keys import KeyKind

MAX_GAP = 3
TOKENS = re.compile(r"[A-Z]+|\d+")
INSIDE = re.compile(r"[ \-/._#:°'\\]{0,3}")
DIGITS_KINDS = frozenset({KeyKind.DIGITS, KeyKind.FULL})


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
