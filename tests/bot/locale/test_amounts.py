import pytest

from bot.locale.amounts import UnreadableAmountError, read_cents


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("1500", 150000),
        ("1500.5", 150050),
        ("1500,50", 150050),
        ("1 500,00 €", 150000),
        ("1\u202f234,56\u00a0€", 123456),
        ("1\u00a0234\u00a0567,89", 123456789),
        ("1\u2009000", 100000),
        ("1.234,56", 123456),
        ("1,234.56", 123456),
        ("1.234.567", 123456700),
        ("12,345,678.9", 1234567890),
        ("€ 19.99", 1999),
        ("8,2 EUR", 820),
        ("-12,00", -1200),
        ("\u2212 12,00", -1200),
        ("+3", 300),
        ("0", 0),
        ("10000000000000", 10**15),
    ],
)
def test_an_amount_is_read_exactly(text: str, cents: int) -> None:
    assert read_cents(text) == cents


@pytest.mark.parametrize("text", ["1,234", "1.234", "12.345"])
def test_an_amount_that_reads_two_ways_is_refused_with_both_readings(text: str) -> None:
    with pytest.raises(UnreadableAmountError, match="ambigu"):
        read_cents(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "illisible"),
        ("abc", "illisible"),
        ("1 2,50", "illisible"),
        ("12 34", "illisible"),
        ("1.23.45", "illisible"),
        ("1,234,56", "illisible"),
        ("1e5", "illisible"),
        ("--5", "illisible"),
        ("(5,00)", "illisible"),
        ("nan", "illisible"),
        ("١٢٣", "illisible"),
        ("5 $", "illisible"),
        ("1234,567", "centime"),
        ("1 234,567", "centime"),
        ("10000000000000,01", "trop grand"),
        ("9" * 16, "trop grand"),
        ("9" * 200, "illisible"),
    ],
)
def test_anything_else_is_refused_and_never_becomes_zero(text: str, reason: str) -> None:
    with pytest.raises(UnreadableAmountError, match=reason):
        read_cents(text)
