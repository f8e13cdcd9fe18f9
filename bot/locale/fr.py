"""French formatting of money, days and lists. Babel lives here only; the locale never changes."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from babel.dates import format_date, format_datetime
from babel.lists import format_list
from babel.numbers import format_currency

from store.types import PARIS as PARIS  # noqa: PLC0414  # handed on
from store.types import paris_day as paris_day  # noqa: PLC0414  # handed on

LOCALE = "fr_FR"
NBSP = "\u00a0"
SECONDS_PER_MINUTE = 60
SECONDS_PER_HOUR = 3600
SECONDS_PER_DAY = 86400


def amount(cents: int, currency: str = "EUR") -> str:
    """Write ``150000`` cents as « 1 500,00 € »."""
    text = format_currency(Decimal(cents).scaleb(-2), currency, locale=LOCALE)
    return text.replace("-", "\u2212")


def amounts(cents: Mapping[str, int]) -> str:
    """Write the sums of several currencies as « 1 500,00 € et 20,00 $US »; nothing when there is none."""
    return join([amount(total, currency) for currency, total in sorted(cents.items())])


def counted(number: int, noun: str, cents: Mapping[str, int]) -> str:
    """Write « 8 paiements · 12 450,00 € »: how many, and their sums."""
    return " · ".join(filter(None, (count(number, noun), amounts(cents))))


def decimal_text(cents: int) -> str:
    """Write cents as a plain decimal string for JSON and CSV: ``"1500.00"``."""
    return str(Decimal(cents).scaleb(-2))


def typed_amount(cents: int) -> str:
    """Write cents as a person types them: ``1500,00``."""
    return decimal_text(cents).replace(".", ",")


def at_hour(value: date, hour: int) -> datetime:
    """Give the instant when it is ``hour`` o'clock in Paris on a day."""
    return datetime.combine(value, time(hour), tzinfo=PARIS)


def next_hour(now: datetime, hour: int) -> datetime:
    """Give the next instant after ``now`` when it is ``hour`` o'clock in Paris."""
    today = paris_day(now)
    instant = at_hour(today, hour)
    return instant if instant > now else at_hour(today + timedelta(days=1), hour)


def day(value: date) -> str:
    """Write « 27 janvier 2026 » (« 1er » for the first), the day never parted from its month."""
    return _first(format_date(value, "d\u00a0MMMM y", locale=LOCALE))


def short_day(value: date) -> str:
    """Write « 27 janv. »."""
    return _first(format_date(value, "d\u00a0MMM", locale=LOCALE))


def month(value: date) -> str:
    """Write « novembre »."""
    return str(format_date(value, "MMMM", locale=LOCALE))


def moment(instant: datetime) -> str:
    """Write « 27 janv. à 14:05 », Paris time."""
    return _first(format_datetime(instant.astimezone(PARIS), "d\u00a0MMM 'à'\u00a0HH:mm", locale=LOCALE))


def _first(text: str) -> str:
    return "1er" + text[1:] if text.startswith("1\u00a0") else text


def due(due_date: date, today: date) -> str:
    """Say where a due date stands: « échue il y a 12 jours », « échéance dans 5 jours »."""
    days = (due_date - today).days
    if days < 0:
        return f"échue il y a {count(-days, 'jour')}"
    if days == 0:
        return "échéance aujourd’hui"
    return f"échéance dans {count(days, 'jour')}"


def ago(then: datetime, now: datetime) -> str:
    """Say how long ago: « il y a 3 secondes », « il y a 2 jours »."""
    seconds = max(0, int((now - then).total_seconds()))
    if seconds < SECONDS_PER_MINUTE:
        return f"il y a {count(seconds, 'seconde')}"
    if seconds < SECONDS_PER_HOUR:
        return f"il y a {count(seconds // SECONDS_PER_MINUTE, 'minute')}"
    if seconds < SECONDS_PER_DAY:
        return f"il y a {count(seconds // SECONDS_PER_HOUR, 'heure')}"
    return f"il y a {count(seconds // SECONDS_PER_DAY, 'jour')}"


def count(number: int, singular: str, plural: str | None = None) -> str:
    """Agree a noun with its number; zero is singular in French."""
    many = plural or f"{singular}s"
    return f"{number}{NBSP}{many if abs(number) > 1 else singular}"


def join(items: Sequence[str]) -> str:
    """Join as « F-1, F-2 et F-3 »."""
    return format_list(list(items), locale=LOCALE)


def join_few(items: Sequence[str], most: int, singular: str, plural: str) -> str:
    """Join the first ``most`` and say how many more there are: « F-1, F-2 et 3 autres »."""
    more = [count(len(items) - most, singular, plural)] if len(items) > most else []
    return join([*items[:most], *more])


def masked_iban(iban: str | None) -> str | None:
    """Keep the country and the last four characters: « FR••4396 »."""
    if not iban:
        return None
    compact = "".join(iban.split())
    return f"{compact[:2]}••{compact[-4:]}"
