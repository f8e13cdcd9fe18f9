"""Text as it is stored, compared and searched: one rule for both databases."""

import re
import unicodedata

_REFUSED = re.compile("[\x00\ud800-\udfff]")
_SPACES = re.compile(r"\s+")
REPLACEMENT = "\ufffd"


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
