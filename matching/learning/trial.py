"""Refit on what people decided, and keep the new weights only if they do better on decisions they never saw.

Decisions come in the order they were made: the last ones are held back. Some right answers are hidden on
purpose, because an invoice that is missing from the pool is when something else looks right.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from matching.learning.fit import fit, log_loss, probabilities
from matching.learning.log import Decision
from matching.weights import Model

MIN_DECISIONS = 50
HELD_BACK = 0.3
HIDE_EVERY = 8
BINS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """How a model does on some decisions. ``sure``: announced at the auto threshold or above."""

    decisions: int
    log_loss: float
    first_right: int
    sure: int
    sure_wrong: int


@dataclass(frozen=True, slots=True)
class Reliability:
    """Of decisions whose best answer was announced with about this probability, how many proved right."""

    announced: float
    right: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refit:
    """A trial: the model to use from now on, whether it is the new one, and both on the held-back part."""

    model: Model
    accepted: bool
    candidate: Model
    previous: Model
    before: Assessment
    after: Assessment


def refit(decisions: Sequence[Decision], current: Model, *, version: str) -> Refit:
    """Fit on the older decisions, judge on the newer. Fewer than MIN_DECISIONS change nothing.

    Every refit starts from the shipped table, however often the weights moved before.
    """
    cut = round(len(decisions) * (1 - HELD_BACK))
    held_back = with_hidden(decisions[cut:])
    fitted = fit(with_hidden(decisions[:cut]), replace(current, weights=Model().weights), version=version)
    candidate = replace(fitted, decisions=cut)
    before, after = assess(held_back, current), assess(held_back, candidate)
    accepted = (
        len(decisions) >= MIN_DECISIONS
        and after.log_loss <= before.log_loss
        and after.sure_wrong <= before.sure_wrong
    )
    model = candidate if accepted else current
    return Refit(
        model=model, accepted=accepted, candidate=candidate, previous=current, before=before, after=after
    )


def with_hidden(decisions: Sequence[Decision]) -> list[Decision]:
    """The decisions, and every eighth answered one again with its right answer taken away."""
    answered = [decision for decision in decisions if decision.chosen < len(decision.options) - 1]
    return [*decisions, *(without_answer(decision) for decision in answered[::HIDE_EVERY])]


def without_answer(decision: Decision) -> Decision:
    """The same payment, had the right invoices not been in the pool: then *none* is right."""
    options = tuple(option for place, option in enumerate(decision.options) if place != decision.chosen)
    return Decision(options, len(options) - 1)


def assess(decisions: Sequence[Decision], model: Model) -> Assessment:
    """Count what the model gets right, and what it is sure of and wrong about."""
    first_right = sure = sure_wrong = 0
    for decision in decisions:
        chances = probabilities(decision, model)
        best = max(range(len(chances)), key=lambda place: chances[place])
        is_right = best == decision.chosen
        is_sure = best < len(chances) - 1 and chances[best] >= model.auto
        first_right += is_right
        sure += is_sure
        sure_wrong += is_sure and not is_right
    loss = log_loss(decisions, model)
    return Assessment(
        decisions=len(decisions), log_loss=loss, first_right=first_right, sure=sure, sure_wrong=sure_wrong
    )


def reliability(decisions: Sequence[Decision], model: Model) -> list[Reliability]:
    """The reliability table: probability announced for the best answer, *none* included, and how it went."""
    bins: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for decision in decisions:
        chances = probabilities(decision, model)
        best = max(range(len(chances)), key=lambda place: chances[place])
        bins[min(int(chances[best] * BINS), BINS - 1)].append((chances[best], best == decision.chosen))
    return [
        Reliability(
            math.fsum(chance for chance, _ in pairs) / len(pairs),
            sum(right for _, right in pairs),
            len(pairs),
        )
        for _, pairs in sorted(bins.items())
    ]
