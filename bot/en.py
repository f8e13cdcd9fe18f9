"""English formatting for talents who chose it; the only other place that knows a locale is ``bot.fr``."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_currency

LOCALE = "en_GB"


def amount(cents: int, currency: str = "EUR") -> str:
    """Write ``150000`` cents as « €1,500.00 »."""
    return str(format_currency(Decimal(cents).scaleb(-2), currency, locale=LOCALE))


def day(value: date) -> str:
    """Write « 27 January 2026 »."""
    return str(format_date(value, "d MMMM y", locale=LOCALE))


def join(items: Sequence[str]) -> str:
    """Join as « F-1, F-2 and F-3 »."""
    return str(format_list(list(items), locale=LOCALE))
