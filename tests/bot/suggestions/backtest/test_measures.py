"""The figures of a backtest."""

from datetime import date

import pytest

from bot.suggestions.backtest.measures import (
    Scored,
    Share,
    measure,
    percentile,
    reliability,
    risk_coverage,
    sliced,
)
from matching import Allocation, InvoiceId, Outcome, OutcomeKind, Payment, PaymentId, Proposal

RIGHT = (Allocation(InvoiceId(1), 100),)
WRONG = (Allocation(InvoiceId(2), 100),)
PAYMENT = Payment(id=PaymentId(1), currency="EUR", amount_cents=100, settled_on=date(2026, 1, 1))


def scored(
    expected: tuple[Allocation, ...], kind: str, *answers: tuple[tuple[Allocation, ...], float]
) -> Scored:
    proposals = tuple(Proposal(allocations=one, probability=chance) for one, chance in answers)
    return Scored(PAYMENT, expected, Outcome(kind=OutcomeKind(kind), proposals=proposals), 0.001, ("all",))


SOME = [
    scored(RIGHT, "auto", (RIGHT, 0.99)),
    scored(RIGHT, "auto", (WRONG, 0.96)),
    scored(RIGHT, "suggest", (WRONG, 0.5), (RIGHT, 0.3)),
    scored(RIGHT, "none"),
    scored((), "suggest", (WRONG, 0.4)),
    scored((), "none"),
]


def test_shares_are_counted_at_payment_level() -> None:
    figures = measure(SOME)
    assert figures.precision == Share(1, 2)
    assert figures.coverage == Share(2, 6)
    assert figures.recall_1 == Share(1, 4)
    assert figures.recall_3 == Share(2, 4)
    assert figures.false_suggestions == Share(1, 2)
    assert (figures.wrong_cents, figures.processed_cents) == (100, 600)


def test_calibration_is_what_was_announced_against_what_came_true() -> None:
    assert [(one.low, one.count, one.right) for one in reliability(SOME)] == [
        (0.4, 1, 0),
        (0.5, 1, 0),
        (0.9, 2, 1),
    ]
    assert measure(SOME).calibration_error == pytest.approx((0.4 + 0.5 + 0.95) / 4)
    assert measure([]).calibration_error == measure([]).brier == 0


def test_the_curve_asks_for_less_and_less() -> None:
    assert risk_coverage(SOME) == [(1 / 6, 1.0), (2 / 6, 0.5), (3 / 6, 1 / 3), (4 / 6, 1 / 4)]


@pytest.mark.parametrize(
    ("right", "total", "bound"),
    [(299, 299, 0.99003), (598, 598, 0.995003), (472, 473, 0.990), (2994, 2995, 0.99842), (0, 10, 0.0)],
)
def test_the_lower_bound_is_exact(right: int, total: int, bound: float) -> None:
    assert Share(right, total).lower() == pytest.approx(bound, abs=2e-5)


def test_bounds_of_nothing_say_nothing() -> None:
    assert (Share(0, 0).value, Share(0, 0).lower(), Share(0, 0).upper()) == (0.0, 0.0, 1.0)
    assert Share(5, 5).upper() == 1.0
    assert Share(5, 10).lower(0.025) == pytest.approx(0.18709, abs=1e-4)


def test_percentiles_and_groups() -> None:
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([], 0.99) == 0.0
    assert {name: len(group) for name, group in sliced(SOME).items()} == {"all": 6}
