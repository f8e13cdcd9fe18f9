from datetime import date

import pytest

from bot.invoices.importing.dates import read_day
from bot.invoices.importing.model import UnreadableCellError

NEW_YEARS_EVE = date(2025, 12, 31)


@pytest.mark.parametrize(
    "text",
    [
        "31/12/2025",
        "31/12/25",
        "31-12-2025",
        "31.12.2025",
        "31 déc. 2025",
        "31 Décembre 2025",
        "31 dec 25",
        "31\u00a0décembre\u00a02025",
        "2025-12-31",
        "2025/12/31",
        "2025-12-31T00:00:00",
        "2025-12-31 00:00:00",
        "31/12/2025 00:00",
        " 31/12/2025 ",
    ],
)
def test_a_day_is_read_day_first(text: str) -> None:
    assert read_day(text) == NEW_YEARS_EVE


def test_the_first_of_a_month_is_read_in_words_and_in_figures() -> None:
    assert read_day("1er févr. 2026") == read_day("01/02/2026") == read_day("1/2/26") == date(2026, 2, 1)


@pytest.mark.parametrize("text", ["12/31/2025", "31/02/2026", "2025-13-01", "0/1/2026"])
def test_an_impossible_day_is_refused_not_turned_round(text: str) -> None:
    with pytest.raises(UnreadableCellError, match="impossible"):
        read_day(text)


@pytest.mark.parametrize(
    "text", ["", "demain", "45000", "31/12", "31/12-2025", "2025-12-31T08:00", "31 xyz 2025", "٣١/١٢/٢٠٢٥"]
)
def test_anything_else_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableCellError, match="illisible"):
        read_day(text)


@pytest.mark.parametrize("text", ["31/12/0205", "1850-01-01", "31/12/9999"])
def test_a_year_out_of_reach_is_refused(text: str) -> None:
    with pytest.raises(UnreadableCellError, match="limites"):
        read_day(text)
