"""Read the keys a text may quote. The text is parsed; invoices are never searched in it.

First, what is certainly no invoice number is masked: IBANs, company and VAT numbers, BICs, amounts. A masked
span is replaced by a character that joins nothing, so its neighbours do not grow together. Dates and phone
numbers are only *sealed*: they may equal a whole number, but never lend a part of themselves.

A reading starts and ends where a run of digits (or of letters) does, so ``14`` is never read inside ``1814``.
Every limit that cuts something off is reported, because a cut text can no longer be applied alone.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from stdnum import iban, luhn
from stdnum.fr import tva

from matching.reading.cues import GENERIC_PREFIXES, INVOICE_CUES
from matching.reading.keys import (
    MIN_DIGITS,
    TEXT_LIMIT,
    KeyKind,
    fold,
    short_year_key,
    structured_references,
    year_key,
)
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
    lists,
    names_invoice,
    windows,
)

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
MASK = "\x00"

_IBAN = re.compile(r"(?<![0-9A-Z])[A-Z]{2}\d\d(?: ?[0-9A-Z]){11,30}(?![0-9A-Z])")
_IBAN_LENGTHS = (27, 22, 24, 21, 18, 20, 23, 16, 19, 25, 26, 28, 29, 31, 15, 30, 17, 32, 33, 34)
_TVA = re.compile(r"(?<![0-9A-Z])FR ?[0-9A-Z]{2} ?\d{3} ?\d{3} ?\d{3}(?!\d)")
_SIRET = re.compile(r"(?<!\d)\d{3} ?\d{3} ?\d{3} ?\d{5}(?!\d)")
_SIREN = re.compile(r"(?:SIREN|SIRET|RCS(?: [A-Z]+)?)[ :]*(?:N[O°]? ?)?\d{3} ?\d{3} ?\d{3}(?: ?\d{5})?(?!\d)")
_BIC = re.compile(
    r"(?<![0-9A-Z])[A-Z]{4}(?:FR|BE|DE|LU|CH|ES|IT|NL|GB|IE|PT|AT)(?=[0-9A-Z]*\d)[0-9A-Z]{2}(?:[0-9A-Z]{3})?(?![0-9A-Z])"
)
_AMOUNT = re.compile(
    r"(?<![\dA-Z.,/-])(?:[1-9]\d{0,2}(?:[ .']\d{3})+|[1-9]\d*|0),\d\d(?![\d,])"
    r"|(?<![\d.,/-])(?:[1-9]\d{0,2}(?:[ ,.']\d{3})+|[1-9]\d*|0)(?:[.,]\d\d)? ?(?:EUR(?:OS?)?(?![A-Z])|€)"
    r"|(?<=EUR)[ :]?\d[\d ]*[.,]\d\d(?!\d)|(?<![\d.,/-])[1-9]\d{0,2}(?:,\d{3})+\.\d\d(?!\d)"
)
_PLACEHOLDER = re.compile(r"NOT ?PROVIDED|VIR(?:EMENT)? (?:SEPA|INST(?:ANTANE)?)(?: (?:RE[CÇ]U|RE|DE))?")
_DATE = re.compile(
    r"(?<!\d)(?:0?[1-9]|[12]\d|3[01])([/.-])(?:0?[1-9]|1[0-2])\1(?:20)?\d\d(?!\d)"
    r"|(?<![\dA-Z-])20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?![\d-])"
)
_PHONE = re.compile(
    r"(?<!\d)(?:\+33 ?|0033 ?|0)[1-9](?:[ .]\d\d){4}(?!\d)|(?:TEL|MOB|FAX)[ :.]*\+?\d{9,12}(?!\d)"
)


@lru_cache(maxsize=64)
def read(text: str) -> Parsed:
    """Every reading of a text, in bounded time whatever the text."""
    folded = fold(text)
    masked = mask(folded)
    readings = [
        Reading(reference, frozenset({KeyKind.STRUCTURED}), Strength.STRUCTURED, start, end)
        for reference, start, end in structured_references(folded)
    ]
    plain, capped = _readings(masked)
    readings += plain
    repaired = _LOOKALIKE.sub(lambda match: match.group().translate(_LOOKALIKES), masked)
    if repaired != masked:
        readings += _repaired(masked, repaired)
    near = tuple(
        reading
        for reading in readings
        if KeyKind.DIGITS in reading.kinds and reading.strength >= Strength.UNPADDED
    )
    return Parsed(folded, tuple(dict.fromkeys(readings)), near, capped or len(text) > TEXT_LIMIT)


def _repaired(masked: str, repaired: str) -> Iterator[Reading]:
    """Readings that exist only once look-alike letters are read as digits: never as strong as a clean one."""
    changed = {place for place, (old, new) in enumerate(zip(masked, repaired, strict=True)) if old != new}
    for reading in _readings(repaired)[0]:
        if reading.strength >= Strength.UNPADDED and changed.intersection(range(reading.start, reading.end)):
            yield Reading(reading.key, reading.kinds, Strength.REPAIRED, reading.start, reading.end)


def _readings(masked: str) -> tuple[list[Reading], bool]:
    matches = list(TOKENS.finditer(masked))
    tokens = [
        Token(match.group(), match.start(), match.end(), match.group().isdigit())
        for match in matches[:MAX_TOKENS]
    ]
    readings = [reading for first in range(len(tokens)) for reading in _joins(masked, tokens, first)]
    readings += lists(masked, tokens)
    # Spans that may be quoted whole but never in parts: dates and phone numbers.
    sealed = sorted(match.span() for pattern in (_DATE, _PHONE) for match in pattern.finditer(masked))
    if sealed:
        readings = [kept for reading in readings if (kept := _beside_sealed(reading, sealed))]
    parts, parts_capped = windows(tokens, sealed)
    return readings + parts, parts_capped or len(matches) > MAX_TOKENS


def _beside_sealed(reading: Reading, sealed: Sequence[tuple[int, int]]) -> Reading | None:
    """None for a part of a date; a whole one may equal a number of ours, but never looks like one."""
    met = [span for span in sealed if reading.start < span[1] and span[0] < reading.end]
    if any(start < reading.start or end > reading.end for start, end in met):
        return None
    return replace(reading, looks_like_invoice=False) if met and reading.looks_like_invoice else reading


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


def mask(folded: str) -> str:
    """The text with every certainly foreign span blanked; same length."""
    for start, end in _spans(folded):
        folded = folded[:start] + MASK * (end - start) + folded[end:]
    return folded


def _spans(folded: str) -> Iterator[tuple[int, int]]:
    for match in _IBAN.finditer(folded):
        length = _iban_length(match.group())
        if length:
            yield match.start(), match.start() + length
    yield from (match.span() for match in _TVA.finditer(folded) if tva.is_valid(match.group()))
    yield from (
        match.span() for match in _SIRET.finditer(folded) if luhn.is_valid(match.group().replace(" ", ""))
    )
    for pattern in (_SIREN, _BIC, _AMOUNT, _PLACEHOLDER):
        yield from (match.span() for match in pattern.finditer(folded))


def _iban_length(candidate: str) -> int | None:
    """How many characters of the candidate make a valid IBAN, words after it left out."""
    compacted = candidate.replace(" ", "")
    for length in _IBAN_LENGTHS:
        if length <= len(compacted) and iban.is_valid(compacted[:length], check_country=False):
            return _end_of(candidate, length)
    return None


def _end_of(candidate: str, length: int) -> int | None:
    seen = 0
    for place, char in enumerate(candidate):
        seen += char != " "
        if seen == length:
            following = candidate[place + 1 : place + 2]
            return place + 1 if following in {"", " "} else None
    return None
