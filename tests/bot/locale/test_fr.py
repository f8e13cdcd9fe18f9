from datetime import UTC, date, datetime, timedelta

import pytest

from bot.locale import fr


@pytest.mark.parametrize(
    ("cents", "text"),
    [
        (150000, "1\u202f500,00\u00a0€"),
        (0, "0,00\u00a0€"),
        (5, "0,05\u00a0€"),
        (-1500, "\u221215,00\u00a0€"),
        (12345678901, "123\u202f456\u202f789,01\u00a0€"),
    ],
)
def test_cents_are_written_as_a_french_person_writes_euros(cents: int, text: str) -> None:
    assert fr.amount(cents) == text


def test_another_currency_keeps_its_own_sign() -> None:
    assert fr.amount(120000, "USD") == "1\u202f200,00\u00a0$US"


def test_a_decimal_text_is_exact_even_where_a_float_is_not() -> None:
    assert fr.decimal_text(820) == "8.20"
    assert fr.decimal_text(1999) == "19.99"
    assert fr.typed_amount(150000) == "1500,00"


def test_the_first_of_a_month_is_premier() -> None:
    assert fr.day(date(2026, 3, 1)) == "1er\u00a0mars 2026"
    assert fr.day(date(2026, 1, 27)) == "27\u00a0janvier 2026"
    assert fr.short_day(date(2026, 1, 11)) == "11\u00a0janv."


def test_a_transfer_late_in_the_utc_evening_belongs_to_tomorrow_in_paris() -> None:
    assert fr.paris_day(datetime(2026, 7, 14, 22, 30, tzinfo=UTC)) == date(2026, 7, 15)
    assert fr.moment(datetime(2026, 1, 27, 13, 5, tzinfo=UTC)) == "27\u00a0janv. à\u00a014:05"


@pytest.mark.parametrize(
    ("days", "text"),
    [
        (-12, "échue il y a 12\u00a0jours"),
        (-1, "échue il y a 1\u00a0jour"),
        (0, "échéance aujourd’hui"),
        (5, "échéance dans 5\u00a0jours"),
    ],
)
def test_a_due_date_says_where_it_stands(days: int, text: str) -> None:
    today = date(2026, 11, 22)
    assert fr.due(today + timedelta(days=days), today) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "il y a 0\u00a0seconde"),
        (3, "il y a 3\u00a0secondes"),
        (90, "il y a 1\u00a0minute"),
        (7300, "il y a 2\u00a0heures"),
        (200000, "il y a 2\u00a0jours"),
        (-5, "il y a 0\u00a0seconde"),
    ],
)
def test_how_long_ago_is_counted_in_the_largest_whole_unit(seconds: int, text: str) -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert fr.ago(now - timedelta(seconds=seconds), now) == text


def test_zero_is_singular_in_french() -> None:
    assert fr.count(0, "facture") == "0\u00a0facture"
    assert fr.count(1, "facture") == "1\u00a0facture"
    assert fr.count(2, "facture") == "2\u00a0factures"
    assert fr.count(2, "nouveau", "nouveaux") == "2\u00a0nouveaux"


def test_an_iban_keeps_its_country_and_its_last_four_characters() -> None:
    assert fr.masked_iban("FR76 3000 4000 0100 0012 3456 789") == "FR••6789"
    assert fr.masked_iban(None) is None


def test_lists_are_joined_with_et() -> None:
    assert fr.join(["F-1", "F-2", "F-3"]) == "F-1, F-2 et F-3"
    assert fr.join([]) == ""
