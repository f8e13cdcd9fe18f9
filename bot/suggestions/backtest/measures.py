"""The figures of a backtest, each with its count and, for a share, its exact 95 % bounds."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from matching import Allocation, Outcome, OutcomeKind, Payment

BINS = 10
_HALVINGS = 60


@dataclass(frozen=True, slots=True)
class Scored:
    """One payment with the right answer, ours, and how long it took.

    ``slices`` names the groups it belongs to.
    """

    payment: Payment
    expected: tuple[Allocation, ...]
    outcome: Outcome
    seconds: float
    slices: tuple[str, ...] = ()

    @property
    def probability(self) -> float:
        """Of the first hypothesis; 0 without one."""
        return self.outcome.proposals[0].probability if self.outcome.proposals else 0.0

    def is_right_within(self, count: int) -> bool:
        """Is the complete right answer among the first hypotheses?"""
        return any(one.allocations == self.expected for one in self.outcome.proposals[:count])


@dataclass(frozen=True, slots=True)
class Share:
    """So many out of so many, with exact (Clopper-Pearson) bounds."""

    count: int
    total: int

    @property
    def value(self) -> float:
        """The share, 0 when there is nothing to share."""
        return self.count / self.total if self.total else 0.0

    def lower(self, risk: float = 0.05) -> float:
        """One-sided lower bound: the true share is below it with at most this risk."""
        return 1 - _upper_error(self.total - self.count, self.total, risk) if self.total else 0.0

    def upper(self, risk: float = 0.05) -> float:
        """One-sided upper bound."""
        return _upper_error(self.count, self.total, risk) if self.total else 1.0


@dataclass(frozen=True, slots=True)
class Bin:
    """One line of the reliability table."""

    low: float
    count: int
    right: int
    mean_probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What is reported for a set of payments."""

    payments: int
    precision: Share
    coverage: Share
    recall_1: Share
    recall_3: Share
    false_suggestions: Share
    calibration_error: float
    brier: float
    wrong_cents: int
    processed_cents: int


def measure(scored: Sequence[Scored]) -> Figures:
    """The figures of matching.md 11.1, counted at payment level."""
    autos = [one for one in scored if one.outcome.kind is OutcomeKind.AUTO]
    answered = [one for one in scored if one.expected]
    unanswered = [one for one in scored if not one.expected]
    wrong = [one for one in autos if not one.is_right_within(1)]
    return Figures(
        payments=len(scored),
        precision=Share(len(autos) - len(wrong), len(autos)),
        coverage=Share(len(autos), len(scored)),
        recall_1=Share(sum(one.is_right_within(1) for one in answered), len(answered)),
        recall_3=Share(sum(one.is_right_within(3) for one in answered), len(answered)),
        false_suggestions=Share(sum(bool(one.outcome.proposals) for one in unanswered), len(unanswered)),
        calibration_error=calibration_error(scored),
        brier=_brier(scored),
        wrong_cents=sum(one.payment.amount_cents for one in wrong),
        processed_cents=sum(one.payment.amount_cents for one in scored),
    )


def reliability(scored: Iterable[Scored]) -> list[Bin]:
    """Ten equal-width bins over the probability of the first hypothesis; empty ones left out."""
    groups: dict[int, list[Scored]] = defaultdict(list)
    for one in scored:
        if one.outcome.proposals:
            groups[min(int(one.probability * BINS), BINS - 1)].append(one)
    return [
        Bin(
            place / BINS,
            len(group),
            sum(one.is_right_within(1) for one in group),
            sum(one.probability for one in group) / len(group),
        )
        for place, group in sorted(groups.items())
    ]


def calibration_error(scored: Iterable[Scored]) -> float:
    """Mean distance between what was announced and what came true, weighted by bin size (ECE)."""
    bins = reliability(scored)
    total = sum(one.count for one in bins)
    return sum(abs(one.right - one.mean_probability * one.count) for one in bins) / total if total else 0.0


def risk_coverage(scored: Sequence[Scored]) -> list[tuple[float, float]]:
    """(coverage, precision) as the probability asked for goes down: the points of the picture."""
    ranked = sorted((one for one in scored if one.outcome.proposals), key=lambda one: -one.probability)
    points, right = [], 0
    for count, one in enumerate(ranked, start=1):
        right += one.is_right_within(1)
        points.append((count / len(scored), right / count))
    return points


def sliced(scored: Iterable[Scored]) -> dict[str, list[Scored]]:
    """The same payments by group."""
    groups: dict[str, list[Scored]] = defaultdict(list)
    for one in scored:
        for name in one.slices:
            groups[name].append(one)
    return dict(sorted(groups.items()))


def percentile(values: Sequence[float], share: float) -> float:
    """The value that so large a share does not exceed; 0 of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0


def _brier(scored: Sequence[Scored]) -> float:
    shown = [one for one in scored if one.outcome.proposals]
    return (
        sum((one.probability - one.is_right_within(1)) ** 2 for one in shown) / len(shown) if shown else 0.0
    )


def _upper_error(errors: int, total: int, risk: float) -> float:
    """The largest error rate under which so few errors still happen with probability ``risk``."""
    if errors >= total:
        return 1.0
    return _halve(lambda rate: _at_most(errors, total, rate) > risk, errors / total, 1.0)


def _halve(is_below: Callable[[float], bool], low: float, high: float) -> float:
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if is_below(middle) else (low, middle)
    return high


def _at_most(errors: int, total: int, rate: float) -> float:
    """P(X <= errors) for a binomial, term by term in logarithms."""
    if rate <= 0:
        return 1.0
    if rate >= 1:
        return 0.0
    log_rate, log_rest = math.log(rate), math.log1p(-rate)
    whole = math.lgamma(total + 1)
    return math.fsum(
        math.exp(
            whole
            - math.lgamma(one + 1)
            - math.lgamma(total - one + 1)
            + one * log_rate
            + (total - one) * log_rest
        )
        for one in range(errors + 1)
    )
