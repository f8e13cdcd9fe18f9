"""The bank's amounts, read into whole cents without ever rounding."""

import re
from decimal import Context, Decimal, Inexact, InvalidOperation

# Ten trillion euros: above it a figure is a mistake, and below it every sum fits a 64-bit column.
MAX_CENTS = 10**15
_CENT = Decimal("0.01")
_EXACT = Context(prec=60, traps=[Inexact, InvalidOperation])
_DECIMAL_TEXT = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,20})?")


class UnreadableAmount(ValueError):
    """An amount that cannot be taken as exact cents; the message says why, without the amount."""


def cents_from(amount: object) -> int:
    """Turn an amount in units (`50.01`, `"50.00"`, `50`) into cents, exactly.

    Raises UnreadableAmount for fractions of a cent, for anything above MAX_CENTS, and for values
    that are no amount (booleans, lists, NaN, texts that are not plain decimals).
    """
    value = _decimal_of(amount)
    if not value.is_finite() or value.copy_abs() > MAX_CENTS // 100:
        raise UnreadableAmount("amount out of range")
    try:
        return int(value.quantize(_CENT, context=_EXACT).scaleb(2))
    except Inexact:
        raise UnreadableAmount("amount with a fraction of a cent") from None


def whole_cents(cents: object) -> int:
    """Take a `*_cents` value as it is; raises UnreadableAmount unless it is an integer in range."""
    if isinstance(cents, bool) or not isinstance(cents, int):
        raise UnreadableAmount("cents that are not an integer")
    if abs(cents) > MAX_CENTS:
        raise UnreadableAmount("amount out of range")
    return cents


def agreed_cents(cents: object, amount: object) -> int | None:
    """Read an amount given as cents, in units, or both; None if it is not given at all.

    The cents are authoritative (docs.qonto.com, list-transactions), yet a pair that disagrees
    proves nothing and raises UnreadableAmount.
    """
    if cents is None:
        return None if amount is None else cents_from(amount)
    whole = whole_cents(cents)
    if amount is not None and cents_from(amount) != whole:
        raise UnreadableAmount("amount and amount_cents disagree")
    return whole


def _decimal_of(amount: object) -> Decimal:
    match amount:
        case bool():
            raise UnreadableAmount("amount that is not a number")
        case int() | Decimal():
            return Decimal(amount)
        case float():
            # Rows kept as JSON hold only floats whose shortest writing is the bank's own.
            return Decimal(repr(amount))
        case str() if _DECIMAL_TEXT.fullmatch(amount):
            return Decimal(amount)
        case _:
            raise UnreadableAmount("amount that is not a number")
