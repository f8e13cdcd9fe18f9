"""What decisions teach."""

from datetime import date

from matching import (
    ClientId,
    InvoiceId,
    Memory,
    Outcome,
    OutcomeKind,
    PayerClass,
    PaymentId,
    conflicts,
    contested,
    match,
    normal_name,
)
from tests.matching.builders import DAY, DOLMEN, NIKE, NIKE_IBAN, a_payment, an_index, an_invoice
from tests.matching.generator.learning import (
    chose_another,
    confirmed,
    declared,
    dismissed,
    forgotten,
    merged,
    not_a_client_payment,
    undone,
)

ALIAS = normal_name("NIKE FRANCE")


def test_a_confirmation_teaches_iban_name_and_delay() -> None:
    memory = confirmed(Memory(), a_payment(), [an_invoice(1)], DAY)
    link = memory.ibans[NIKE_IBAN].link(NIKE.id)
    assert link is not None
    assert (link.confirmations, link.last_date) == (1, DAY)
    assert memory.aliases[ALIAS].links == (link,)
    assert memory.delays[NIKE.id] == (5,)


def test_confirmations_add_up_and_only_the_last_delays_are_kept() -> None:
    memory = Memory()
    for _ in range(20):
        memory = confirmed(memory, a_payment(), [an_invoice(1)], DAY)
    assert memory.ibans[NIKE_IBAN].links[0].confirmations == 20
    assert len(memory.delays[NIKE.id]) == 15


def test_after_two_confirmations_the_payer_is_known() -> None:
    memory = Memory()
    for _ in range(2):
        memory = confirmed(memory, a_payment(payer_name="TRESORERIE"), [an_invoice(1)], DAY)
    outcome = match(
        a_payment(123_457, payer_name="TRESORERIE"), an_index(an_invoice(2, 123_457), memory=memory)
    )
    assert {"iban_known", "alias_known"} <= outcome.proposals[0].evidence.keys()


def test_choosing_another_dismisses_what_was_shown() -> None:
    shown, chosen = an_invoice(1), an_invoice(2)
    memory = chose_another(Memory(), a_payment(), [chosen], [shown.id], DAY)
    outcome = match(a_payment(), an_index(shown, chosen, memory=memory))
    assert [one.allocations[0].invoice_id for one in outcome.proposals] == [chosen.id]


def test_a_dismissal_holds_for_this_payment_only() -> None:
    invoice = an_invoice(1)
    memory = dismissed(Memory(), a_payment(text=invoice.number), [invoice], DAY)
    assert match(a_payment(text=invoice.number), an_index(invoice, memory=memory)).proposals == ()
    other = a_payment(text=invoice.number, id=PaymentId(2))
    assert match(other, an_index(invoice, memory=memory)).proposals[0].evidence["refused_lately"] == 1


def test_dismissing_nothing_changes_nothing() -> None:
    assert dismissed(Memory(), a_payment(payer_name="", payer_iban=None), [], DAY) == Memory()


def test_a_payer_that_is_no_client_is_remembered() -> None:
    memory = not_a_client_payment(Memory(), a_payment())
    assert memory.ibans[NIKE_IBAN].not_client_count == 1
    assert memory.aliases[ALIAS].not_client_count == 1


def test_an_undo_contradicts_and_blocks() -> None:
    invoice = an_invoice(1)
    memory = undone(confirmed(Memory(), a_payment(), [invoice], DAY), a_payment(), [invoice], DAY)
    link = memory.ibans[NIKE_IBAN].links[0]
    assert (link.contradictions, link.blocked) == (1, True)
    later = a_payment(text=invoice.number, id=PaymentId(2))
    assert match(later, an_index(invoice, memory=memory)).kind is not OutcomeKind.AUTO


def test_an_admin_can_declare_and_forget_a_payer() -> None:
    memory = declared(Memory(), a_payment(), PayerClass.FACTOR)
    assert memory.ibans[NIKE_IBAN].declared is PayerClass.FACTOR
    assert forgotten(memory, iban=NIKE_IBAN).ibans == {}
    assert forgotten(memory, alias=ALIAS).aliases == {}
    assert forgotten(memory, alias=ALIAS).ibans == memory.ibans


def test_a_merged_client_keeps_its_memory() -> None:
    memory = confirmed(Memory(), a_payment(), [an_invoice(1)], date(2026, 1, 1))
    memory = confirmed(memory, a_payment(), [an_invoice(2, client_id=DOLMEN.id)], DAY)
    joined = merged(memory, NIKE.id, DOLMEN.id)
    assert [
        (link.client_id, link.confirmations, link.last_date) for link in joined.ibans[NIKE_IBAN].links
    ] == [(DOLMEN.id, 2, DAY)]
    assert joined.delays.keys() == {DOLMEN.id}
    assert merged(memory, ClientId(77), DOLMEN.id) == memory


def outcome_of(text: str, invoice_id: int) -> Outcome:
    return match(a_payment(text=text, id=PaymentId(invoice_id)), an_index(an_invoice(1), an_invoice(2)))


def test_two_payments_of_one_invoice_are_shown_as_a_conflict() -> None:
    outcomes = {
        PaymentId(1): outcome_of("FACT-2026-001", 1),
        PaymentId(2): outcome_of("FACT-2026-001", 2),
        PaymentId(3): outcome_of("FACT-2026-002", 3),
    }
    open_cents = {InvoiceId(1): 150_000, InvoiceId(2): 150_000}
    assert conflicts(outcomes, open_cents) == {
        PaymentId(1): frozenset({PaymentId(2)}),
        PaymentId(2): frozenset({PaymentId(1)}),
    }
    assert conflicts(dict(reversed(outcomes.items())), open_cents) == conflicts(outcomes, open_cents)
    shown = contested(outcomes[PaymentId(1)], frozenset({PaymentId(2)}))
    assert (shown.kind, [flag.code for flag in shown.flags]) == (OutcomeKind.SUGGEST, ["contested"])


def test_two_parts_that_fit_are_no_conflict() -> None:
    outcomes = {PaymentId(one): outcome_of("FACT-2026-001", one) for one in (1, 2)}
    assert conflicts(outcomes, {InvoiceId(1): 300_000}) == {}
