"""The figures of a backtest, each with its count and, for a share, its exact 95 % bounds."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
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
        """Of the first hypothesis; 0 without row."""
        return self.outcome.proposals[0].probability if self.outcome.proposals else 0.0

    def is_right_within(self, count: int) -> bool:
        """Is the complete right answer among the first hypotheses?"""
        return any(proposal.allocations == self.expected for proposal in self.outcome.proposals[:count])


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
    autos = [row for row in scored if row.outcome.kind is OutcomeKind.AUTO]
    answered = [row for row in scored if row.expected]
    unanswered = [row for row in scored if not row.expected]
    wrong = [row for row in autos if not row.is_right_within(1)]
    return Figures(
        payments=len(scored),
        precision=Share(len(autos) - len(wrong), len(autos)),
        coverage=Share(len(autos), len(scored)),
        recall_1=Share(sum(row.is_right_within(1) for row in answered), len(answered)),
        recall_3=Share(sum(row.is_right_within(3) for row in answered), len(answered)),
        false_suggestions=Share(sum(bool(row.outcome.proposals) for row in unanswered), len(unanswered)),
        calibration_error=calibration_error(scored),
        brier=_brier(scored),
        wrong_cents=sum(row.payment.amount_cents for row in wrong),
        processed_cents=sum(row.payment.amount_cents for row in scored),
    )


def reliability(scored: Iterable[Scored]) -> list[Bin]:
    """Ten equal-width bins over the probability of the first hypothesis; empty ones left out."""
    groups: dict[int, list[Scored]] = defaultdict(list)
    for row in scored:
        if row.outcome.proposals:
            groups[min(int(row.probability * BINS), BINS - 1)].append(row)
    return [
        Bin(
            place / BINS,
            len(group),
            sum(row.is_right_within(1) for row in group),
            sum(row.probability for row in group) / len(group),
        )
        for place, group in sorted(groups.items())
    ]


def calibration_error(scored: Iterable[Scored]) -> float:
    """Mean distance between what was announced and what came true, weighted by bin size (ECE)."""
    bins = reliability(scored)
    total = sum(line.count for line in bins)
    return (
        sum(abs(line.right - line.mean_probability * line.count) for line in bins) / total if total else 0.0
    )


def risk_coverage(scored: Sequence[Scored]) -> list[tuple[float, float]]:
    """(coverage, precision) as the probability asked for goes down: the points of the picture."""
    ranked = sorted((row for row in scored if row.outcome.proposals), key=lambda row: -row.probability)
    points, right = [], 0
    for count, row in enumerate(ranked, start=1):
        right += row.is_right_within(1)
        points.append((count / len(scored), right / count))
    return points


def sliced(scored: Iterable[Scored]) -> dict[str, list[Scored]]:
    """The same payments by group."""
    groups: dict[str, list[Scored]] = defaultdict(list)
    for row in scored:
        for name in row.slices:
            groups[name].append(row)
    return dict(sorted(groups.items()))


def percentile(values: Sequence[float], share: float) -> float:
    """The value that so large a share does not exceed; 0 of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0


def _brier(scored: Sequence[Scored]) -> float:
    shown = [row for row in scored if row.outcome.proposals]
    return (
        sum((row.probability - row.is_right_within(1)) ** 2 for row in shown) / len(shown) if shown else 0.0
    )


def _upper_error(errors: int, total: int, risk: float) -> float:
    """The largest error rate under which so few errors still happen with probability ``risk``."""
    if errors >= total:
        return 1.0
    low, high = errors / total, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(errors, total, middle) > risk else (low, middle)
    return high


def _at_most(errors: int, total: int, rate: float) -> float:
    """P(X <= errors) for a binomial with 0 < rate < 1, term by term in logarithms."""
    log_rate, log_rest, whole = math.log(rate), math.log1p(-rate), math.lgamma(total + 1)
    return math.fsum(
        math.exp(
            whole - math.lgamma(k + 1) - math.lgamma(total - k + 1) + k * log_rate + (total - k) * log_rest
        )
        for k in range(errors + 1)
    )
