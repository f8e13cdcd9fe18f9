from datetime import UTC, date, datetime

import pytest

from bot.queries.periods import read_period

TODAY = date(2026, 3, 15)


@pytest.mark.parametrize(
    ("typed", "start", "end"),
    [
        ("", "2026-03-01", "2026-03-31"),
        ("janvier", "2026-01-01", "2026-01-31"),
        ("Décembre", "2025-12-01", "2025-12-31"),
        ("févr. 2024", "2024-02-01", "2024-02-29"),
        ("mois dernier", "2026-02-01", "2026-02-28"),
        ("Cette année", "2026-01-01", "2026-12-31"),
        ("2025", "2025-01-01", "2025-12-31"),
        ("T1", "2026-01-01", "2026-03-31"),
        ("t4 2025", "2025-10-01", "2025-12-31"),
        ("2026-02", "2026-02-01", "2026-02-28"),
        ("02/2026", "2026-02-01", "2026-02-28"),
        ("30", "2026-02-14", "2026-03-15"),
        ("les 7 derniers jours", "2026-03-09", "2026-03-15"),
        ("du 01/01/2026 au 31/01/2026", "2026-01-01", "2026-01-31"),
        ("2026-02-10 2026-02-01", "2026-02-01", "2026-02-10"),
        ("depuis le 2026-03-01", "2026-03-01", "2026-03-15"),
    ],
)
def test_a_period_is_read_as_people_write_it(typed: str, start: str, end: str) -> None:
    period = read_period(typed, TODAY)
    assert period is not None
    assert (period.start, period.end) == (date.fromisoformat(start), date.fromisoformat(end))


@pytest.mark.parametrize(
    "typed", ["hier peut-être", "ju", "13/2026", "31/02/2026", "0", "janvier 26", "=1+1"]
)
def test_what_names_no_period_is_not_guessed(typed: str) -> None:
    assert read_period(typed, TODAY) is None


def test_everything_has_no_end() -> None:
    period = read_period("tout", TODAY)
    assert period is not None
    assert (period.since(), period.until()) == (None, None)


def test_days_are_those_of_paris() -> None:
    period = read_period("janvier", TODAY)
    assert period is not None
    assert period.since() == datetime(2025, 12, 31, 23, tzinfo=UTC)
    assert period.until() == datetime(2026, 1, 31, 23, tzinfo=UTC)
    assert period.label == "janvier 2026"
