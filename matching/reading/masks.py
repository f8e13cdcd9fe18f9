"""Blank out what is certainly not an invoice number.

IBANs, company and VAT numbers, BICs, dates, amounts, phones.

A masked span is replaced by a character that joins nothing, so its neighbours do not grow together.
Dates and phone numbers are only *sealed*: they may still equal a whole number, but never lend a part of
themselves.
"""

import re
from collections.abc import Iterator

from stdnum import iban, luhn
from stdnum.fr import tva

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


def mask(folded: str) -> str:
    """The text with every certainly foreign span blanked; same length."""
    for start, end in _spans(folded):
        folded = folded[:start] + MASK * (end - start) + folded[end:]
    return folded


def sealed_spans(masked: str) -> tuple[tuple[int, int], ...]:
    """Spans that may be quoted whole but never in parts: dates, phone numbers, a bare company number."""
    found = [match.span() for pattern in (_DATE, _PHONE) for match in pattern.finditer(masked)]
    return tuple(sorted(found))


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
