"""Periods as people name them: « janvier », « mois dernier », « t1 2026 », « 30 jours »; days of Paris."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from bot.locale import fr
from store.text import fold

MONTHS = (
    "janvier",
    "fevrier",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "aout",
    "septembre",
    "octobre",
    "novembre",
    "decembre",
)
SHORTEST_MONTH = 3
MOST_DAYS = 3660
_YEAR = re.compile(r"20\d\d")
_QUARTER = re.compile(r"t([1-4])(?: (20\d\d))?")
_MONTH = re.compile(r"(?:(20\d\d)[-/](\d{1,2}))|(?:(\d{1,2})[-/](20\d\d))")
_DAYS = re.compile(r"(\d{1,4})(?: ?j(?:ours?)?)?")
_FILLERS = re.compile(r"\b(?:du|au|de|depuis|le|les|derniers?|dernieres?|entre|et|a|en)\b")


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days of Paris, both ends included; None is without an end. ``label`` is French."""

    start: date | None
    end: date | None
    label: str

    def since(self) -> datetime | None:
        """Give the first instant (UTC)."""
        return fr.at_hour(self.start, 0).astimezone(UTC) if self.start else None

    def until(self) -> datetime | None:
        """Give the first instant (UTC) that is no longer in it."""
        return fr.at_hour(self.end + timedelta(days=1), 0).astimezone(UTC) if self.end else None


ALL = Period(None, None, "depuis le début")


def this_month(today: date) -> Period:
    """Give the month of ``today``."""
    return _month(today.year, today.month)


def last_month(today: date) -> Period:
    """Give the month before."""
    before = today.replace(day=1) - timedelta(days=1)
    return _month(before.year, before.month)


def this_year(today: date) -> Period:
    """Give the year of ``today``."""
    return _year(today.year)


def last_days(days: int, today: date) -> Period:
    """Give the last ``days`` days, today included."""
    label = f"{fr.count(days, 'dernier jour', 'derniers jours')}" if days > 1 else "aujourd’hui"
    return Period(today - timedelta(days=days - 1), today, label)


def between(start: date, end: date) -> Period:
    """Give the days from one to another, whichever comes first."""
    first, last = min(start, end), max(start, end)
    return Period(first, last, f"du {fr.day(first)} au {fr.day(last)}")


def read_period(typed: str, today: date) -> Period | None:
    """Read what a person typed; an empty text is this month; None when it names no period."""
    text = fold(typed)
    if not text:
        return this_month(today)
    if text in _NAMED:
        return _NAMED[text](today)
    days = re.findall(r"20\d\d-\d\d-\d\d|\d{1,2}/\d{1,2}/20\d\d", text)
    if days:
        return _from_days(days, today)
    bare = " ".join(_FILLERS.sub(" ", text).split())
    return _quarter_or_month(bare, today)


_NAMED: Mapping[str, Callable[[date], Period]] = {
    "mois": this_month,
    "ce mois": this_month,
    "ce mois-ci": this_month,
    "mois dernier": last_month,
    "le mois dernier": last_month,
    "mois precedent": last_month,
    "annee": this_year,
    "cette annee": this_year,
    "annee derniere": lambda today: _year(today.year - 1),
    "l’annee derniere": lambda today: _year(today.year - 1),
    "aujourd’hui": lambda today: last_days(1, today),
    "aujourd'hui": lambda today: last_days(1, today),
    "semaine": lambda today: last_days(7, today),
    "tout": lambda _today: ALL,
}


def _from_days(texts: list[str], today: date) -> Period | None:
    try:
        days = [_day(text) for text in texts[:2]]
    except ValueError:
        return None
    return between(days[0], days[1] if len(days) > 1 else today)


def _day(text: str) -> date:
    if "/" in text:
        day, month, year = text.split("/")
        return date(int(year), int(month), int(day))
    return date.fromisoformat(text)


def _quarter_or_month(text: str, today: date) -> Period | None:
    if found := _QUARTER.fullmatch(text):
        return _quarter(int(found[2] or today.year), int(found[1]))
    if _YEAR.fullmatch(text):
        return _year(int(text))
    if found := _MONTH.fullmatch(text):
        year, month = int(found[1] or found[4]), int(found[2] or found[3])
        return _month(year, month) if 1 <= month <= len(MONTHS) else None
    if found := _DAYS.fullmatch(text):
        days = int(found[1])
        return last_days(days, today) if 1 <= days <= MOST_DAYS else None
    return _named_month(text, today)


def _named_month(text: str, today: date) -> Period | None:
    name, _, year = text.partition(" ")
    name = name.rstrip(".")
    found = [
        rank for rank, month in enumerate(MONTHS, 1) if len(name) >= SHORTEST_MONTH and month.startswith(name)
    ]
    if len(found) != 1 or (year and not _YEAR.fullmatch(year)):
        return None
    month = found[0]
    return _month(int(year) if year else today.year - (month > today.month), month)


def _month(year: int, month: int) -> Period:
    first = date(year, month, 1)
    following = date(year + month // 12, month % 12 + 1, 1)
    return Period(first, following - timedelta(days=1), f"{fr.month(first)} {first.year}")


def _quarter(year: int, quarter: int) -> Period:
    first, last = _month(year, 3 * quarter - 2), _month(year, 3 * quarter)
    rank = "1er" if quarter == 1 else f"{quarter}e"
    return Period(first.start, last.end, f"{rank} trimestre {year}")


def _year(year: int) -> Period:
    return Period(date(year, 1, 1), date(year, 12, 31), f"année {year}")
