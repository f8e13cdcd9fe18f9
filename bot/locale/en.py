"""English formatting for talents who chose it; ``bot.locale.fr`` is its sister."""

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


def due(due_date: date, today: date) -> str:
    """Say where a due date stands: « due 12 days ago », « due in 5 days »."""
    days = (due_date - today).days
    if days == 0:
        return "due today"
    counted = f"{abs(days)} day{'s' if abs(days) > 1 else ''}"
    return f"due in {counted}" if days > 0 else f"due {counted} ago"


def join(items: Sequence[str]) -> str:
    """Join as « F-1, F-2 and F-3 »."""
    return str(format_list(list(items), locale=LOCALE))
