"""What may be applied alone, and what never."""

from dataclasses import replace
from datetime import date

import pytest

from matching import Invoice, Link, Memory, Model, Outcome, OutcomeKind, Payer, match
from tests.matching.builders import DAY, NIKE, NIKE_IBAN, a_payment, an_index, an_invoice, learnt

KNOWN = learnt(**{NIKE_IBAN: 1})


def codes(outcome: Outcome) -> set[str]:
    return {flag.code for flag in outcome.flags}


def test_a_full_number_and_the_exact_amount_are_enough() -> None:
    assert match(a_payment(text="FACT-2026-001"), an_index(an_invoice(1))).kind is OutcomeKind.AUTO


def test_the_exact_amount_without_number_nor_iban_is_not() -> None:
    outcome = match(a_payment(123_457, payer_iban=None), an_index(an_invoice(1, 123_457)))
    assert outcome.kind is not OutcomeKind.AUTO


def test_a_known_iban_needs_a_telling_amount() -> None:
    assert match(a_payment(123_457), an_index(an_invoice(1, 123_457), memory=KNOWN)).kind is OutcomeKind.AUTO
    assert (
        match(a_payment(200_000), an_index(an_invoice(1, 200_000), memory=KNOWN)).kind is not OutcomeKind.AUTO
    )


@pytest.mark.parametrize(
    ("invoice", "flag"),
    [
        (an_invoice(1, disputed=True), "disputed"),
        (an_invoice(1, due_date=date(2026, 1, 1)), "old_invoice"),
        (an_invoice(1, issue_date=date(2026, 7, 1)), "before_issue"),
    ],
)
def test_one_doubt_about_the_invoice_is_enough(invoice: Invoice, flag: str) -> None:
    outcome = match(a_payment(text="FACT-2026-001"), an_index(invoice))
    assert flag in codes(outcome)
    assert outcome.kind is not OutcomeKind.AUTO


def test_a_pair_undone_once_is_never_applied_alone_again() -> None:
    link = Link(client_id=NIKE.id, confirmations=5, contradictions=1, blocked=True)
    memory = Memory(ibans={NIKE_IBAN: Payer(links=(link,))})
    outcome = match(a_payment(text="FACT-2026-001"), an_index(an_invoice(1), memory=memory))
    assert "undone_before" in codes(outcome)
    assert outcome.kind is OutcomeKind.PRESELECT


@pytest.mark.parametrize(("days", "weight"), [(0, 1.0), (44, 1 / 45), (45, None)])
def test_a_refusal_fades_over_forty_five_days(days: int, weight: float | None) -> None:
    link = Link(client_id=NIKE.id, confirmations=3, refused_date=date.fromordinal(DAY.toordinal() - days))
    memory = Memory(ibans={NIKE_IBAN: Payer(links=(link,))})
    evidence = (
        match(a_payment(text="FACT-2026-001"), an_index(an_invoice(1), memory=memory)).proposals[0].evidence
    )
    assert evidence.get("refused_lately") == (pytest.approx(weight) if weight else None)


def test_a_usual_delay_is_a_little_evidence() -> None:
    memory = replace(KNOWN, delays={NIKE.id: (3, 5, 7)})
    evidence = (
        match(a_payment(text="FACT-2026-001"), an_index(an_invoice(1), memory=memory)).proposals[0].evidence
    )
    assert evidence["delay_usual"] == 1


def test_a_very_late_payment_weighs_against() -> None:
    invoice = an_invoice(1, due_date=date(2025, 11, 1), issue_date=date(2025, 10, 1))
    outcome = match(a_payment(text="FACT-2026-001"), an_index(invoice))
    assert outcome.proposals[0].evidence["late"] == 1


def test_above_the_ceiling_a_person_decides() -> None:
    model = Model(ceiling_cents=100_000)
    outcome = match(a_payment(text="FACT-2026-001"), an_index(an_invoice(1)), model)
    assert "over_ceiling" in codes(outcome)
    assert outcome.kind is OutcomeKind.PRESELECT


def test_nothing_found_is_none_with_certainty() -> None:
    outcome = match(a_payment(), an_index())
    assert (outcome.kind, outcome.proposals, outcome.none_probability) == (OutcomeKind.NONE, (), 1.0)


def test_an_amount_must_be_positive() -> None:
    with pytest.raises(ValueError, match="positive"):
        a_payment(0)
