"""Amounts as people type them in a search field."""

import re
from decimal import Decimal

_TYPED = re.compile(r"-?\d{1,15}(?:[.,]\d{1,2})?")
_NOISE = re.compile(r"[\s\u00a0\u202f€]|EUR", re.IGNORECASE)


def cents_typed(text: str) -> int | None:
    """Read ``1500``, ``1 500,00 €`` or ``1500.5`` as cents; None when it is no amount."""
    bare = _NOISE.sub("", text)
    if not bare.isascii() or not _TYPED.fullmatch(bare):
        return None
    return int(Decimal(bare.replace(",", ".")) * 100)
