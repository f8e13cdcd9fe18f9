"""Every modal, as a view: within Slack's limits whatever the data, in French, nothing left to markup."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from slack_sdk.models.views import View as SlackView

from bot.errors import InvalidRequestError
from bot.queries.history import Event, Moved, Page, Story
from bot.queries.payment import InvoiceLine, PaymentView
from bot.reconciliation.form import Gap, Offer, Typed, decision, errors, plan
from bot.slack.associate.view import associate_modal, invoice_options, read_metadata
from bot.slack.blocks.kit import View, message_modal
from bot.slack.card.form_view import guessed_reason, ignore_modal, ignored_reason, undo_modal
from bot.slack.history.list_view import Choices, history_modal, people_options
from bot.slack.history.story_view import story_modal
from sandbox.slack.limits import check_options, check_view
from store.types import InvoiceKind, InvoiceStatus
from tests.support.modals import all_text
from tests.support.views import NOW, a_line, a_payment, a_proposal, an_associated_payment, an_association

TODAY = date(2026, 1, 27)
HOSTILE = "<!channel> *gras* <https://evil.example|clic> & `code`"


def checked(view: View) -> View:
    """Ask our own table, then Slack's own library."""
    assert check_view(view) == []
    SlackView(**view).to_dict()
    return view


def an_offer(*lines: InvoiceLine, **changes: Any) -> Offer:
    return Offer(a_payment(**changes), "abc", lines)


def line(number: int, open_cents: int, **changes: Any) -> InvoiceLine:
    return a_line(f"F-{number}", invoice_id=number, open_cents=open_cents, version=3, **changes)


def test_new_invoices_are_prefilled_with_all_that_fits_and_typed_ones_stay() -> None:
    offer = an_offer(line(1, 100_000), line(2, 90_000))
    made = plan(offer, Typed((1, 2)))
    assert [row.text for row in made.rows] == ["1000,00", "500,00"]
    assert (made.left_cents, made.missing_cents) == (0, 40_000)
    made = plan(offer, Typed((1, 2), {1: "600"}))
    assert [row.cents for row in made.rows] == [60_000, 90_000]
    assert made.left_cents == 0


def test_a_credit_note_gives_to_the_invoices() -> None:
    credit = line(3, 20_000, kind=InvoiceKind.CREDIT_NOTE)
    made = plan(an_offer(line(1, 170_000), credit), Typed((1, 3)))
    assert [row.cents for row in made.rows] == [170_000, -20_000]
    assert (made.left_cents, errors(an_offer(), made)) == (0, {})


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("abc", "Écrivez un montant"),
        ("0", "supérieur à zéro"),
        ("", "Écrivez un montant"),
        ("1000,01", "ne doit plus que"),
    ],
)
def test_what_is_wrong_is_said_of_its_invoice(typed: str, said: str) -> None:
    offer = an_offer(line(1, 100_000))
    wrong = errors(offer, plan(offer, Typed((1,), {1: typed})))
    assert said in wrong[1]


def test_too_much_in_all_is_said_of_the_last_invoice() -> None:
    offer = an_offer(line(1, 100_000), line(2, 100_000))
    wrong = errors(offer, plan(offer, Typed((1, 2), {1: "1000", 2: "1000"})))
    assert wrong == {2: "500,00\u00a0€ de trop en tout\u00a0: diminuez un montant."}


def test_an_invoice_for_which_nothing_is_left_must_go() -> None:
    offer = an_offer(line(1, 150_000), line(2, 100_000))
    assert "Il ne reste rien" in errors(offer, plan(offer, Typed((1, 2))))[2]


@pytest.mark.parametrize(
    ("open_cents", "gaps"),
    [
        (150_000, ()),
        (150_050, (Gap.NONE, Gap.FEE, Gap.DISCOUNT, Gap.ROUNDING, Gap.WITHHOLDING)),
        (151_500, (Gap.NONE, Gap.FEE, Gap.DISCOUNT, Gap.WITHHOLDING)),
        (100_000, (Gap.NONE, Gap.REFUND, Gap.KEPT)),
    ],
)
def test_only_sensible_ways_out_of_a_gap_are_offered(open_cents: int, gaps: tuple[Gap, ...]) -> None:
    assert plan(an_offer(line(1, open_cents)), Typed((1,))).gaps == gaps


def test_a_gap_no_longer_offered_is_not_applied() -> None:
    made = plan(an_offer(line(1, 150_000)), Typed((1,), gap=Gap.REFUND))
    choices, rest = decision(made, Typed((1,), gap=Gap.REFUND, note="x"), {1: 7}, "abc")
    assert (rest.reason, rest.note, choices[0].settles, choices[0].seen_version) == (None, None, False, 7)


def test_the_modal_keeps_what_is_left_in_sight_and_names_no_amount_in_its_metadata() -> None:
    view = checked(associate_modal(an_offer(line(1, 100_000)), Typed((1,)), TODAY))
    assert "Reste à associer\u00a0: 500,00\u00a0€" in all_text(view)
    known = read_metadata(view["private_metadata"])
    assert (known.transaction_id, known.mark, dict(known.versions)) == (12, "abc", {1: 3})
    for text in (None, "", "v1:12", "[]", '{"t": "x", "s": 1, "i": {}}'):
        with pytest.raises(InvalidRequestError):
            read_metadata(text)


@settings(deadline=None, max_examples=40)
@given(st.text(max_size=300), st.text(min_size=1, max_size=255), st.text(max_size=40))
def test_whatever_is_stored_the_modals_stay_within_limits(text: str, number: str, typed: str) -> None:
    lines = tuple(
        replace(line(rank, 10**11), number=number, client=text, talent=text, collaboration=text)
        for rank in range(1, 21)
    )
    offer = Offer(a_payment(payer_name=text, reference=text, allocated_cents=1), "abc", lines)
    checked(associate_modal(offer, Typed(tuple(range(1, 21)), {1: typed[:30]}), TODAY, warning=text or "x"))
    assert check_options({"options": invoice_options(list(lines), TODAY)}) == []
    many = tuple(an_association(one, allocation_id=rank) for rank, one in enumerate(lines * 5, 1))
    checked(undo_modal(_many(text, many)))
    checked(ignore_modal(a_payment(payer_name=text, reference=text)))
    assert check_options({"options": people_options([(1, text)], "Tous les clients")}) == []


def _many(text: str, many: Any) -> PaymentView:
    return replace(an_associated_payment(), payer_name=text, associations=many, remainder_cents=500)


@settings(deadline=None, max_examples=15)
@example("𝑹𝒃" * 120)
@given(st.text(max_size=300))
def test_the_history_stays_within_limits(text: str) -> None:
    view = replace(an_associated_payment(), payer_name=text, reference=text)
    page = Page((view,) * 8, 8, 1000, {"EUR": 10**13, "USD": 5})
    checked(history_modal(page, Choices(text=text[:100]), TODAY))
    lines = tuple(a_line(text or "F", client=text) for _ in range(12))
    shown = (a_proposal(*lines, sentences=(text, text)),) * 3
    moved = tuple(Moved(text, text, 100, 5, "fee") for _ in range(12))
    events = (
        Event(NOW, "suggested", suggestions=shown),
        Event(NOW, "associate", "slack", "U1", moved, followed=shown[0], note=text),
    )
    checked(story_modal(Story(view, events * 45)))


def test_no_data_becomes_markup() -> None:
    view = a_payment(payer_name=HOSTILE, reference=HOSTILE, ignored_reason=HOSTILE, state=None)
    events = (
        Event(NOW, "associate", "slack", "U1", (Moved(HOSTILE, HOSTILE, 1, 0, None),), note=HOSTILE),
        Event(NOW, "ignore", "slack", "U1", note=HOSTILE),
        Event(NOW, "talent_paid", "rule", note=HOSTILE),
    )
    told = all_text(story_modal(Story(view, events))["blocks"][1:])
    listed = history_modal(Page((view,), 0, 1, {}), Choices(), TODAY)["blocks"]
    for text in (told, all_text(listed[3:])):
        assert "<!channel>" not in text
        assert "<https" not in text


def test_an_empty_history_says_what_to_do() -> None:
    text = all_text(checked(history_modal(Page((), 0, 0, {}), Choices(), TODAY)))
    assert "Aucun paiement ne correspond" in text
    assert "0\u00a0paiement" in text


def test_pages_have_their_buttons() -> None:
    views = (a_payment(),) * 8
    assert "Plus anciens" in all_text(history_modal(Page(views, 0, 20, {}), Choices(), TODAY))
    last = all_text(history_modal(Page(views[:4], 16, 20, {}), Choices(), TODAY))
    assert "Plus récents" in last
    assert "Plus anciens" not in last
    assert "17 à 20" in last


@pytest.mark.parametrize(
    ("payer", "code"),
    [("DGFIP", "tax"), ("URSSAF IDF", "tax"), ("AMAZON remboursement", "refund"), ("NIKE FRANCE", None)],
)
def test_the_reason_is_guessed_from_the_payer(payer: str, code: str | None) -> None:
    assert guessed_reason(a_payment(payer_name=payer, label=None, reference=None)) == code


def test_the_reason_is_written_with_its_note() -> None:
    assert ignored_reason("refund", "billet de train") == "Remboursement reçu — billet de train"
    assert ignored_reason("refund", None) == "Remboursement reçu"
    assert ignored_reason("other", "don") == "don"


def test_undoing_lists_each_invoice_and_the_whole() -> None:
    lines = [a_line("F-1", status=InvoiceStatus.PAID), a_line("F-2", status=InvoiceStatus.PAID)]
    view = a_payment(
        associations=tuple(an_association(one, allocation_id=rank) for rank, one in enumerate(lines, 1)),
        allocated_cents=100_000,
        remainder_cents=50_000,
        remainder_reason="to_refund",
    )
    text = all_text(checked(undo_modal(view)))
    assert "Tout\u00a0: 2\u00a0factures, 1\u202f500,00\u00a0€" in text
    assert "Seulement rouvrir le trop-perçu de 500,00\u00a0€" in text
    assert "F-2\u00a0: " in text


def test_a_message_stands_where_a_form_no_longer_applies() -> None:
    checked(message_modal("Déjà rapproché", "Déjà associé."))
