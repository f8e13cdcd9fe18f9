"""Text as it is stored, compared and searched: one rule for both databases."""

import re
import unicodedata
from decimal import Decimal

_REFUSED = re.compile("[\x00\ud800-\udfff]")
_SPACES = re.compile(r"\s+")
_TYPED = re.compile(r"-?\d{1,15}(?:[.,]\d{1,2})?")
_NOISE = re.compile(r"[\s\u00a0\u202f€]|EUR", re.IGNORECASE)
REPLACEMENT = "\ufffd"
MOST_WORDS = 6
LONGEST_SEARCH = 100


def clean(text: str) -> str:
    """Replace what PostgreSQL cannot hold (NUL, lone surrogates) by U+FFFD, on both databases."""
    if text.isascii() and "\x00" not in text:
        return str(text)
    return _REFUSED.sub(REPLACEMENT, text)


def cut(text: str, length: int) -> str:
    """Shorten to at most ``length`` characters, the last one an ellipsis when something is lost."""
    return text if len(text) <= length else text[: length - 1] + "…"


def fold(text: str) -> str:
    """Fold a name for comparison: accents, case, width and runs of spaces no longer matter."""
    decomposed = unicodedata.normalize("NFKD", clean(text).casefold())
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return _SPACES.sub(" ", bare.casefold()).strip()


def number_key(number: str) -> str:
    """Fold an invoice number: NFKC, case and runs of spaces; dashes and zeros still count."""
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", clean(number)).casefold()).strip()


def words_typed(text: str) -> list[str]:
    """The first words of a search field, folded, each once."""
    return list(dict.fromkeys(fold(text[:LONGEST_SEARCH]).split()))[:MOST_WORDS]


def cents_typed(text: str) -> int | None:
    """Read ``1500``, ``1 500,00 €`` or ``1500.5`` as cents; None unless it is an amount above zero."""
    bare = _NOISE.sub("", text[:LONGEST_SEARCH])
    if not bare.isascii() or not _TYPED.fullmatch(bare):
        return None
    cents = int(Decimal(bare.replace(",", ".")) * 100)
    return cents if cents > 0 else None
