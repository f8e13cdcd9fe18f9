"""Explanations that the golden cases do not reach: terms, rates, statements, refunds."""

from dataclasses import replace
from datetime import date

import pytest

from matching import (
    Allocation,
    ClientId,
    Discount,
    Invoice,
    InvoiceId,
    InvoiceKind,
    Model,
    Outcome,
    OutcomeKind,
    PastPayment,
    PaymentId,
    Residual,
    Side,
    match,
)
from matching.engine import gather, weigh_all
from matching.explanations.settlements import Shape
from tests.matching.builders import NIKE, NIKE_IBAN, a_payment, an_index, an_invoice, learnt

KNOWN = learnt(**{NIKE_IBAN: 1})


def best(outcome: Outcome) -> tuple[tuple[Allocation, ...], Residual | None]:
    return outcome.proposals[0].allocations, outcome.proposals[0].residual_reason


def test_the_discount_of_the_invoices_own_terms_settles_it() -> None:
    invoice = an_invoice(1, discount=Discount(basis_points=200, within_days=30))
    early = a_payment(147_000, "FACT-2026-001", settled_on=date(2026, 6, 10))
    assert best(match(early, an_index(invoice))) == ((Allocation(InvoiceId(1), 150_000),), Residual.DISCOUNT)


def test_the_same_discount_too_late_is_a_part_payment() -> None:
    invoice = an_invoice(1, 600_000, discount=Discount(basis_points=200, within_days=10))
    late = a_payment(588_000, "FACT-2026-001", settled_on=date(2026, 7, 20))
    assert best(match(late, an_index(invoice))) == ((Allocation(InvoiceId(1), 588_000),), None)


def test_tax_withheld_at_the_clients_rate_settles_it() -> None:
    foreign = replace(NIKE, withholding_basis_points=(1_500,))
    outcome = match(a_payment(127_500, "FACT-2026-001"), an_index(an_invoice(1), clients=(foreign,)))
    assert best(outcome) == ((Allocation(InvoiceId(1), 150_000),), Residual.WITHHOLDING)


def test_an_invoice_does_not_compete_with_itself() -> None:
    """1 198,00 € for the client's only invoice, of 1 200,00 €: a fee, not also a part."""
    payment = a_payment(119_800, payer_iban="DE68291506159982596663")
    weighed = weigh_all(payment, gather(payment, an_index(an_invoice(1, 120_000))), Model())
    assert [draft.shape for draft, _, _ in weighed.ranked] == [Shape.FEE]


def test_a_second_invoice_of_one_amount_is_no_further_chance_to_close_a_gap() -> None:
    """The quoted one and another make the sum; how telling that is does not depend on the other's twins."""
    quoted, closing, twin = an_invoice(1), an_invoice(2, 36_000), an_invoice(3, 36_000)
    payment = a_payment(186_000, "FACT-2026-001")

    def telling(*invoices: Invoice) -> set[float]:
        weighed = weigh_all(payment, gather(payment, an_index(*invoices)), Model())
        sums = [evidence for draft, evidence, _ in weighed.ranked if draft.shape is Shape.SUM]
        return {one.value for evidence in sums for one in evidence if one.code == "amount_sum"}

    assert len(telling(quoted, closing)) == 1
    assert telling(quoted, closing, twin) == telling(quoted, closing)


def test_everything_the_client_owes_is_one_proposal() -> None:
    amounts = [61_111, 72_222, 83_333, 94_444, 105_555, 116_666]
    invoices = [an_invoice(place, cents) for place, cents in enumerate(amounts, start=1)]
    outcome = match(a_payment(sum(amounts), "solde de tout compte"), an_index(*invoices, memory=KNOWN))
    assert len(outcome.proposals[0].allocations) == 6
    assert outcome.kind is not OutcomeKind.AUTO


def test_one_months_invoices_are_one_proposal() -> None:
    may = [an_invoice(place, 50_000 + 1_111 * place, issue_date=date(2026, 5, 2)) for place in range(1, 6)]
    april = an_invoice(9, 77_777, issue_date=date(2026, 4, 2), due_date=date(2026, 5, 30))
    total = sum(one.open_cents for one in may)
    outcome = match(a_payment(total, "factures de mai"), an_index(*may, april, memory=KNOWN))
    assert {one.invoice_id for one in outcome.proposals[0].allocations} == {one.id for one in may}


def test_everything_less_every_credit_note() -> None:
    invoices = [an_invoice(1, 61_111), an_invoice(2, 72_222)]
    note = an_invoice(3, 11_100, kind=InvoiceKind.CREDIT_NOTE, number="AV-2026-003")
    outcome = match(a_payment(122_233, "releve"), an_index(*invoices, note, memory=KNOWN))
    assert Allocation(InvoiceId(3), -11_100) in outcome.proposals[0].allocations


def test_less_than_several_quoted_settles_the_oldest_first() -> None:
    older = an_invoice(1, 61_111, due_date=date(2026, 5, 1))
    newer = an_invoice(2, 272_222)
    outcome = match(a_payment(200_000, "FACT-2026-001 FACT-2026-002"), an_index(older, newer, memory=KNOWN))
    assert best(outcome)[0] == (Allocation(InvoiceId(1), 61_111), Allocation(InvoiceId(2), 138_889))


def test_a_second_part_of_a_begun_invoice_without_number() -> None:
    begun = an_invoice(1, 150_000, open_cents=90_000, status="partly_paid")
    other = an_invoice(2, 333_333)
    outcome = match(a_payment(40_000, "versement 2"), an_index(begun, other, memory=KNOWN))
    assert best(outcome)[0] == (Allocation(InvoiceId(1), 40_000),)


def test_money_sent_back_settles_a_credit_note() -> None:
    note = an_invoice(3, 11_100, kind=InvoiceKind.CREDIT_NOTE, number="AV-2026-003")
    payment = a_payment(11_100, "remboursement AV-2026-003", side=Side.DEBIT)
    outcome = match(payment, an_index(note, an_invoice(1, 11_100), memory=KNOWN))
    assert best(outcome)[0] == (Allocation(InvoiceId(3), -11_100),)
    assert outcome.kind is not OutcomeKind.AUTO


def test_money_that_leaves_as_it_came_is_a_returned_payment() -> None:
    earlier = PastPayment(payment=a_payment(id=PaymentId(9), settled_on=date(2026, 6, 1)))
    index = an_index(an_invoice(1), past=(earlier,))
    outcome = match(a_payment(side=Side.DEBIT, text="rejet"), index)
    assert outcome.kind is OutcomeKind.NONE
    assert [(flag.code, flag.params) for flag in outcome.flags] == [
        ("returned_payment", {"date": "2026-06-01"})
    ]


def test_an_earlier_payment_of_a_quoted_paid_invoice_is_a_duplicate() -> None:
    paid = an_invoice(1, 150_000, open_cents=0, status="paid")
    earlier = PastPayment(
        payment=a_payment(100_000, id=PaymentId(9)), allocations=(Allocation(InvoiceId(1), 100_000),)
    )
    outcome = match(a_payment(100_000, "FACT-2026-001"), an_index(paid, past=(earlier,)))
    assert "duplicate_suspect" in {flag.code for flag in outcome.flags}


@pytest.mark.parametrize(
    ("cents", "settles"), [(149_951, False), (149_950, True), (146_000, True), (145_999, False)]
)
def test_a_fee_is_a_narrow_band_below_the_amount(cents: int, settles: bool) -> None:
    outcome = match(
        a_payment(cents, "FACT-2026-001", payer_iban="GB10NWBK74766299447460"), an_index(an_invoice(1))
    )
    assert (best(outcome)[1] is Residual.FEE) == settles


def test_a_client_with_thousands_of_open_invoices_is_flagged_when_the_choice_depends_on_it() -> None:
    invoices = [an_invoice(place, 100_000 + place) for place in range(1, 300)]
    outcome = match(a_payment(100_250, "virement"), an_index(*invoices, memory=KNOWN))
    assert best(outcome)[0] == (Allocation(InvoiceId(250), 100_250),)
    assert "client_truncated" in {flag.code for flag in outcome.flags}


def test_a_text_that_quotes_hundreds_is_never_applied_alone() -> None:
    invoices = [an_invoice(place, 100_000 + place) for place in range(1, 120)]
    text = " ".join(one.number for one in invoices)
    outcome = match(
        a_payment(sum(one.open_cents for one in invoices), text), an_index(*invoices, memory=KNOWN)
    )
    assert "capped" in {flag.code for flag in outcome.flags}
    assert outcome.kind is not OutcomeKind.AUTO


def test_another_clients_invoices_of_the_same_amount_come_after() -> None:
    ours, theirs = an_invoice(1), an_invoice(2, client_id=ClientId(2), due_date=date(2026, 4, 1))
    outcome = match(a_payment(text="virement"), an_index(ours, theirs, memory=KNOWN))
    assert best(outcome)[0] == (Allocation(InvoiceId(1), 150_000),)
