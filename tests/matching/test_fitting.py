"""Weights move towards decisions, held back by the table and by decisions they never saw."""

import json
import random

import pytest

from matching import (
    Model,
    ModelUnreadableError,
    decision_from_json,
    decision_of,
    decision_to_json,
    fit,
    from_json,
    gather,
    refit,
    report,
    to_json,
    weigh_all,
)
from matching.fitting import Decision, log_loss
from matching.trial import assess, with_hidden
from tests.matching.generator import make_world

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


def test_a_better_model_is_adopted_and_says_why() -> None:
    trial = refit(decisions(300, quoted_is_right=0.3), Model(), version="v2")
    assert trial.accepted
    assert trial.model.version == "v2"
    assert "adoptés" in report(trial)
    assert "reference_full" in report(trial)


def test_a_model_that_does_worse_on_later_decisions_is_refused() -> None:
    early = decisions(140, quoted_is_right=0.0)
    late = decisions(60, quoted_is_right=1.0)
    trial = refit([*early, *late], Model(), version="v2")
    assert not trial.accepted
    assert trial.model == Model()
    assert "écartés" in report(trial)


def test_too_few_decisions_change_nothing() -> None:
    assert not refit(decisions(20, quoted_is_right=0.3), Model(), version="v2").accepted


def test_right_answers_are_hidden_on_purpose() -> None:
    some = decisions(16, quoted_is_right=1.0)
    hidden = with_hidden(some)[16:]
    assert [(len(one.options), one.chosen) for one in hidden] == [(2, 1), (2, 1)]
    assert assess(some, Model()).sure_wrong == 0


def test_a_decision_survives_its_log() -> None:
    world = make_world(201, invoices=60, clients=12, payments=5)
    truth = next(one for one in world.truths if one.expected)
    decision = decision_of(
        weigh_all(truth.payment, gather(truth.payment, world.index()), Model()), truth.expected
    )
    assert decision_from_json(decision_to_json(decision)) == decision
    assert decision.chosen < len(decision.options) - 1


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
