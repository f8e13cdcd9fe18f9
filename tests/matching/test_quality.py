"""A small agency end to end, so that a change that costs quality fails here; the real measure is `make bench`."""

from bot.suggestions.backtest.measures import Scored, measure
from matching import match
from tests.matching.generator.generate import CALIBRATION_SEEDS, make_world


def scored(*, hidden: float) -> list[Scored]:
    world = make_world(CALIBRATION_SEEDS[0], invoices=700, clients=110, payments=450, hidden=hidden)
    index = world.index()
    return [Scored(one.payment, one.expected, match(one.payment, index), 0.0) for one in world.truths]


def test_nothing_wrong_is_applied_alone_and_nearly_everything_is_found() -> None:
    figures = measure(scored(hidden=0))
    assert figures.precision.count == figures.precision.total > 150
    assert figures.recall_1.value >= 0.96
    assert figures.recall_3.value >= 0.98
    assert figures.calibration_error <= 0.03


def test_nothing_wrong_is_applied_alone_when_right_answers_are_missing() -> None:
    figures = measure(scored(hidden=0.2))
    assert figures.precision.count == figures.precision.total > 100
