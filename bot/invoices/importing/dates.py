"""Days as French people and spreadsheets write them: the day first, never guessed."""

import re
import unicodedata
from datetime import date

from bot.invoices.importing.model import UnreadableCellError
from bot.queries.periods import MONTHS

FIRST_YEAR = 1990
LAST_YEAR = 2100
CENTURY = 2000
SHORT_MONTHS = ("janv", "fev", "mars", "avr", "mai", "juin", "juil", "aout", "sept", "oct", "nov", "dec")
_NUMBER_OF = {name: index for names in (SHORT_MONTHS, MONTHS) for index, name in enumerate(names, start=1)}
_NUMBER_OF |= {"fevr": 2, "jan": 1, "sep": 9, "juill": 7}

_MIDNIGHT = re.compile(r"[t ]0{1,2}:00(?::00(?:\.0+)?)?z?$")
_YEAR_FIRST = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})")
_DAY_FIRST = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})")
_IN_WORDS = re.compile(r"([0-9]{1,2})(?:er)?[ -]([a-z]+)\.?[ -]([0-9]{4}|[0-9]{2})")


def read_day(text: str) -> date:
    """Read ``31/12/2025``, ``31/12/25``, ``31 déc. 2025`` or ``2025-12-31``.

    Raises UnreadableCellError for anything else; ``12/31/2025`` is refused, not turned round.
    """
    folded = _MIDNIGHT.sub("", _fold(text))
    if found := _YEAR_FIRST.fullmatch(folded):
        return _day(int(found[1]), int(found[3]), int(found[4]), text)
    if found := _DAY_FIRST.fullmatch(folded):
        return _day(_year(found[4]), int(found[3]), int(found[1]), text)
    if (found := _IN_WORDS.fullmatch(folded)) and found[2] in _NUMBER_OF:
        return _day(_year(found[3]), _NUMBER_OF[found[2]], int(found[1]), text)
    raise UnreadableCellError(f"date illisible « {text[:40]} » : écrire 31/12/2025 ou 2025-12-31")


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.strip())
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    folded = re.sub(r"\s+", " ", plain).lower()
    return folded if folded.isascii() else ""


def _year(digits: str) -> int:
    return int(digits) + (CENTURY if len(digits) <= len("25") else 0)


def _day(year: int, month: int, day: int, text: str) -> date:
    try:
        value = date(year, month, day)
    except ValueError:
        raise UnreadableCellError(f"date impossible « {text} » : le jour vient en premier") from None
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise UnreadableCellError(f"date hors limites « {text} »")
    return value
