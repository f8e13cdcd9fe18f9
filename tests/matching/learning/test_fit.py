"""Weights move towards decisions, held back by the table and by decisions they never saw."""

import json
import random

import pytest

from matching import (
    Model,
    ModelUnreadableError,
    fit,
    from_json,
    gather,
    refit,
    to_json,
    weigh_all,
    weighing_from_json,
    weighing_of,
    weighing_to_json,
)
from matching.learning.fit import log_loss
from matching.learning.log import Decision
from matching.learning.trial import assess, reliability, with_hidden
from tests.matching.generator.generate import make_world

QUOTED, AMOUNT, NONE = {"reference_full": 1.0, "amount_exact": 3.0}, {"amount_exact": 3.0}, {"none": 1.0}


def decisions(count: int, *, quoted_is_right: float, seed: int = 1) -> list[Decision]:
    rng = random.Random(seed)
    return [
        Decision((QUOTED, AMOUNT, NONE), 0 if rng.random() < quoted_is_right else 1) for _ in range(count)
    ]


def test_no_decision_leaves_the_table() -> None:
    assert fit([], Model(), version="v2").weights == pytest.approx(dict(Model().weights))


def test_many_contrary_decisions_move_the_weight() -> None:
    model = fit(decisions(400, quoted_is_right=0.2), Model(), version="v2")
    assert model.weights["reference_full"] < Model().weights["reference_full"] - 3
    assert (model.version, model.previous_version, model.decisions) == ("v2", Model().version, 400)


def test_few_decisions_move_it_less() -> None:
    few = fit(decisions(5, quoted_is_right=0.2), Model(), version="v2")
    many = fit(decisions(400, quoted_is_right=0.2), Model(), version="v2")
    assert few.weights["reference_full"] > many.weights["reference_full"]


def test_fitting_explains_the_decisions_better() -> None:
    some = decisions(200, quoted_is_right=0.6)
    assert log_loss(some, fit(some, Model(), version="v2")) < log_loss(some, Model())
    assert log_loss([], Model()) == 0


def test_a_better_model_is_adopted() -> None:
    trial = refit(decisions(300, quoted_is_right=0.3), Model(), version="v2")
    assert trial.accepted
    assert trial.model.version == "v2"


def test_a_model_that_does_worse_on_later_decisions_is_refused() -> None:
    early = decisions(140, quoted_is_right=0.0)
    late = decisions(60, quoted_is_right=1.0)
    trial = refit([*early, *late], Model(), version="v2")
    assert not trial.accepted
    assert trial.model == Model()


def test_too_few_decisions_change_nothing() -> None:
    assert not refit(decisions(20, quoted_is_right=0.3), Model(), version="v2").accepted


def test_right_answers_are_hidden_on_purpose() -> None:
    some = decisions(16, quoted_is_right=1.0)
    hidden = with_hidden(some)[16:]
    assert [(len(one.options), one.chosen) for one in hidden] == [(2, 1), (2, 1)]
    assert assess(some, Model()).sure_wrong == 0


def test_what_was_weighed_survives_its_log_and_meets_the_answer() -> None:
    world = make_world(201, invoices=60, clients=12, payments=5)
    truth = next(one for one in world.truths if one.expected)
    weighing = weighing_of(weigh_all(truth.payment, gather(truth.payment, world.index()), Model()))
    assert weighing_from_json(weighing_to_json(weighing)) == weighing
    decision = weighing.decision(reversed(truth.expected))
    assert weighing.hypotheses[decision.chosen][0] == truth.expected
    assert weighing.decision([]).chosen == len(decision.options) - 1


def test_a_second_refit_is_held_by_the_shipped_table_too() -> None:
    """Weights that moved away come back when the decisions no longer support the move."""
    moved = fit(decisions(400, quoted_is_right=0.0), Model(), version="v2")
    back = refit(decisions(60, quoted_is_right=1.0), moved, version="v3")
    assert back.accepted
    assert back.model.weights["reference_full"] > Model().weights["reference_full"] - 1
    assert back.model.previous_version == "v2"


def test_reliability_sets_what_was_announced_beside_what_came() -> None:
    (one,) = reliability(decisions(50, quoted_is_right=1.0), Model())
    assert (one.right, one.count, one.announced > 0.9) == (50, 50, True)


def test_a_model_survives_its_text() -> None:
    model = fit(decisions(50, quoted_is_right=0.5), Model(), version="v7")
    assert from_json(to_json(model)) == model


def test_codes_a_model_lacks_keep_the_shipped_weight() -> None:
    body = json.loads(to_json(Model()))
    del body["weights"]["late"]
    assert from_json(json.dumps(body)).weights["late"] == Model().weights["late"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 9}'])
def test_another_text_is_no_model(text: str) -> None:
    with pytest.raises(ModelUnreadableError):
        from_json(text)
