"""Amounts as people type them: comma or point, spaces, euro sign; never a guess."""

import re
from decimal import Decimal

from bot.errors import InvalidRequestError

_SPACES = re.compile(r"[\s\u00a0\u202f]")
_PLAIN = re.compile(r"-?\d{1,15}(?:[.,]\d{1,2})?")
_GROUPED_FR = re.compile(r"-?\d{1,3}(?:\.\d{3})+,\d{1,2}")
_GROUPED_EN = re.compile(r"-?\d{1,3}(?:,\d{3})+\.\d{1,2}")


def typed_cents(text: str) -> int:
    """Read « 1 500,00 € » or « 1500.5 » as cents.

    Raises InvalidRequestError for anything that is not plainly one amount.
    """
    compact = _SPACES.sub("", text).removesuffix("€").removesuffix("EUR")
    if _GROUPED_FR.fullmatch(compact):
        compact = compact.replace(".", "")
    elif _GROUPED_EN.fullmatch(compact):
        compact = compact.replace(",", "")
    if not _PLAIN.fullmatch(compact) or not compact.isascii():
        raise InvalidRequestError("Écrivez un montant comme 1500,00.")
    return int(Decimal(compact.replace(",", ".")).scaleb(2))
