"""A number that is none of ours: the invoice meant may be missing from the pool."""

import pytest

from matching import OutcomeKind, match
from tests.matching.builders import NIKE_IBAN, a_payment, an_index, an_invoice, learnt

KNOWN = learnt(**{NIKE_IBAN: 1})


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("FACT-2026-777", "2026-777"),
        ("2026-777", "2026-777"),
        ("facture n° 77", "77"),
        ("INV 20260777 merci", "20260777"),
        ("FA 2026 77", "2026 77"),
        ("RE 2026-7", "2026-7"),
        ("FACT-26-777", "26-777"),
        ("2026-77", "2026-77"),
    ],
)
def test_an_unknown_number_is_said_and_nothing_is_applied_alone(text: str, quoted: str) -> None:
    outcome = match(a_payment(123_457, text), an_index(an_invoice(1, 123_457), memory=KNOWN))
    assert outcome.kind is not OutcomeKind.AUTO
    assert {flag.code: flag.params for flag in outcome.flags}["reference_unknown"] == {"quoted": quoted}


@pytest.mark.parametrize(
    "text", ["virement", "devis 2026-777", "tel 06 12 34 56 78", "du 12/03/2026", "periode 03/2026"]
)
def test_other_numbers_are_no_unknown_invoice(text: str) -> None:
    outcome = match(a_payment(123_457, text), an_index(an_invoice(1, 123_457), memory=KNOWN))
    assert outcome.kind is OutcomeKind.AUTO
