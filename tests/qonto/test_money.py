"""Amounts: exact cents, or a refusal."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qonto import UnreadableAmount, cents_from, read_json
from qonto.fields import MAX_CENTS, agreed_cents


@pytest.mark.parametrize(
    ("amount", "cents"),
    [
        (Decimal("19.99"), 1999),
        (Decimal("8.2"), 820),
        (19.99, 1999),
        (8.2, 820),
        ("50.00", 5000),
        (50, 5000),
        (Decimal("50.0"), 5000),
        (Decimal("1e3"), 100_000),
        ("-12.34", -1234),
        ("0.10", 10),
        (Decimal("10.0000000"), 1000),
        (MAX_CENTS // 100, MAX_CENTS),
    ],
)
def test_amounts_are_read_exactly(amount: object, cents: int) -> None:
    assert cents_from(amount) == cents


@pytest.mark.parametrize(
    ("amount", "reason"),
    [
        (True, "not a number"),
        (False, "not a number"),
        ([], "not a number"),
        ({}, "not a number"),
        (b"50", "not a number"),
        ("", "not a number"),
        ("10,00", "not a number"),
        ("+5", "not a number"),
        (" 5", "not a number"),
        ("5\n", "not a number"),
        ("1_0", "not a number"),
        ("1e3", "not a number"),
        ("١", "not a number"),
        ("NaN", "not a number"),
        ("9" * 10_000, "not a number"),
        (float("nan"), "out of range"),
        (float("inf"), "out of range"),
        (Decimal("NaN"), "out of range"),
        (Decimal("sNaN"), "out of range"),
        (Decimal("-Infinity"), "out of range"),
        (Decimal("1e308"), "out of range"),
        (Decimal("1e999999"), "out of range"),
        (MAX_CENTS // 100 + 1, "out of range"),
        (-MAX_CENTS, "out of range"),
        (Decimal("10.005"), "fraction of a cent"),
        ("10.005", "fraction of a cent"),
        (10.005, "fraction of a cent"),
        (Decimal("1e-999999"), "fraction of a cent"),
        (Decimal("10.00000000000000000000000000000000000000000000000000000000000000001"), "fraction"),
    ],
)
def test_what_is_no_exact_amount_is_refused(amount: object, reason: str) -> None:
    with pytest.raises(UnreadableAmount, match=reason):
        cents_from(amount)


@given(st.integers(-MAX_CENTS, MAX_CENTS))
def test_every_amount_in_range_survives_every_writing(cents: int) -> None:
    sign = "-" if cents < 0 else ""
    text = f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"
    assert cents_from(text) == cents
    assert cents_from(Decimal(text)) == cents
    assert cents_from(read_json(text.encode())) == cents


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4))
def test_no_amount_is_ever_rounded(amount: Decimal) -> None:
    try:
        cents = cents_from(amount)
    except UnreadableAmount:
        return
    assert Decimal(cents) == amount * 100


@pytest.mark.parametrize(
    ("cents", "amount", "expected"), [(None, None, None), (1999, None, 1999), (1999, Decimal("19.99"), 1999)]
)
def test_cents_and_amount_may_come_alone_or_agree(
    cents: object, amount: object, expected: int | None
) -> None:
    assert agreed_cents(cents, amount) == expected


@pytest.mark.parametrize(
    ("cents", "amount", "reason"),
    [
        (10_001, Decimal("100.00"), "disagree"),
        (True, None, "not an integer"),
        ("1999", Decimal("19.99"), "not an integer"),
        (19.0, None, "not an integer"),
        (MAX_CENTS + 1, None, "out of range"),
        (1999, [], "not a number"),
    ],
)
def test_cents_that_prove_nothing_are_refused(cents: object, amount: object, reason: str) -> None:
    with pytest.raises(UnreadableAmount, match=reason):
        agreed_cents(cents, amount)
