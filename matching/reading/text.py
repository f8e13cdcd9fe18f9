"""Normalise what banks and people write, so that both sides of every comparison look the same."""

import re
import unicodedata

TEXT_LIMIT = 2_000

_DASHES = re.compile(r"[\u2010-\u2015\u2043\u2212\uFE58\uFE63\uFF0D\u00AD]")
_NOT_KEY = re.compile(r"[^0-9A-Z]+")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BLANKS = re.compile(r"\s")


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
