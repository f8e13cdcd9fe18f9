"""Move the weights towards an agency's own decisions, held back by the shipped table.

A conditional logit: each decision is a choice among its hypotheses and *none*. The log-likelihood is
concave; a ridge around the starting weights makes 50 decisions safe to learn from. Newton steps, plain
Python, a few dozen numbers.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

from matching.engine import softmax
from matching.learning.log import Decision
from matching.weights import Model

RIDGE = 6.0
MAX_STEPS = 25
CLOSE_ENOUGH = 1e-4
LARGEST_STEP = 2.0
_LEAST = 1e-12


def fit(decisions: Sequence[Decision], start: Model, *, version: str, ridge: float = RIDGE) -> Model:
    """The weights that explain the decisions best without straying from ``start``. Deterministic.

    ``ridge`` is the weight of the table, in decisions: larger holds it firmer.
    """
    codes = sorted(start.weights)
    centre = [start.weights[code] for code in codes]
    weights = list(centre)
    rows = [_columns(decision, codes) for decision in decisions]
    for _ in range(MAX_STEPS):
        gradient, curvature = _slopes(rows, weights, centre, ridge)
        step = [max(-LARGEST_STEP, min(LARGEST_STEP, change)) for change in _solve(curvature, gradient)]
        weights = [weight + change for weight, change in zip(weights, step, strict=True)]
        if max(map(abs, step), default=0.0) < CLOSE_ENOUGH:
            break
    return replace(
        start,
        version=version,
        previous_version=start.version,
        decisions=len(decisions),
        weights=dict(zip(codes, (round(weight, 4) for weight in weights), strict=True)),
    )


def probabilities(decision: Decision, model: Model) -> list[float]:
    """What a model gives to each option of a decision, *none* last.

    Codes it does not know count for nothing.
    """
    return softmax(
        [
            sum(model.weights.get(code, 0.0) * value for code, value in option.items())
            for option in decision.options
        ]
    )


def log_loss(decisions: Sequence[Decision], model: Model) -> float:
    """Mean surprise of a model over decisions, in nats: lower is better."""
    losses = [-math.log(max(probabilities(made, model)[made.chosen], _LEAST)) for made in decisions]
    return math.fsum(losses) / len(losses) if losses else 0.0


Row = tuple[tuple[tuple[tuple[int, float], ...], ...], int]


def _columns(decision: Decision, codes: Sequence[str]) -> Row:
    place = {code: index for index, code in enumerate(codes)}
    options = tuple(
        tuple((place[code], value) for code, value in option.items() if code in place)
        for option in decision.options
    )
    return options, decision.chosen


def _probabilities(row: Row, weights: Sequence[float]) -> list[float]:
    return softmax([sum(weights[index] * value for index, value in option) for option in row[0]])


def _slopes(
    rows: Sequence[Row], weights: Sequence[float], centre: Sequence[float], ridge: float
) -> tuple[list[float], list[list[float]]]:
    """Gradient of the penalised log-likelihood and its negated curvature."""
    size = len(weights)
    gradient = [ridge * (middle - weight) for weight, middle in zip(weights, centre, strict=True)]
    curvature = [[ridge if row == column else 0.0 for column in range(size)] for row in range(size)]
    for row in rows:
        _add_row(row, _probabilities(row, weights), gradient, curvature)
    return gradient, curvature


def _add_row(
    row: Row, probabilities: list[float], gradient: list[float], curvature: list[list[float]]
) -> None:
    expected: dict[int, float] = {}
    for option, probability in zip(row[0], probabilities, strict=True):
        if probability < CLOSE_ENOUGH / 100:
            continue
        for index, value in option:
            expected[index] = expected.get(index, 0.0) + probability * value
            for other, other_value in option:
                curvature[index][other] += probability * value * other_value
    for index, value in row[0][row[1]]:
        gradient[index] += value
    for index, value in expected.items():
        gradient[index] -= value
        for other, other_value in expected.items():
            curvature[index][other] -= value * other_value


def _solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Gaussian elimination; the ridge keeps the diagonal away from zero."""
    size = len(right)
    rows = [[*matrix[place], right[place]] for place in range(size)]
    for pivot in range(size):
        best = max(range(pivot, size), key=lambda place: abs(rows[place][pivot]))
        rows[pivot], rows[best] = rows[best], rows[pivot]
        for place in range(pivot + 1, size):
            factor = rows[place][pivot] / rows[pivot][pivot]
            if factor:
                rows[place] = [
                    entry - factor * other for entry, other in zip(rows[place], rows[pivot], strict=True)
                ]
    solution = [0.0] * size
    for place in range(size - 1, -1, -1):
        known = sum(rows[place][column] * solution[column] for column in range(place + 1, size))
        solution[place] = (rows[place][size] - known) / rows[place][place]
    return solution
