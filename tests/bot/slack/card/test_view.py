from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.queries.payment import PaymentView, TalentNotice
from bot.slack.blocks.kit import Message
from bot.slack.card.view import payment_card
from sandbox.slack.limits import check_message
from store.types import InvoiceStatus, MessageState, PaymentState
from tests.support.views import (
    NOW,
    a_line,
    a_payment,
    a_proposal,
    an_associated_payment,
    an_association,
    an_ignored_payment,
)


def card(view: PaymentView) -> Message:
    message = payment_card(view, NOW)
    assert check_message({"text": message.text, "blocks": message.blocks}) == []
    return message


def walk(item: Any) -> Iterator[dict[str, Any]]:
    if isinstance(item, dict):
        yield item
        for value in item.values():
            yield from walk(value)
    elif isinstance(item, list):
        for value in item:
            yield from walk(value)


def buttons(message: Message) -> dict[str, dict[str, Any]]:
    return {item["text"]["text"]: item for item in walk(message.blocks) if item.get("type") == "button"}


def shown(message: Message) -> str:
    texts = (item.get("text") for item in walk(message.blocks) if item.get("type") in {"text", "mrkdwn"})
    return "\n".join(text for text in texts if isinstance(text, str))


def test_one_clear_suggestion_says_how_much_from_whom_why_and_what_to_do() -> None:
    message = card(a_payment())
    assert message.text == "1\u202f500,00\u00a0€ de NIKE FRANCE, probablement la facture FACT-2026-042."
    text = shown(message)
    assert "27\u00a0janvier 2026 · Paiement facture FACT-2026-042" in text
    assert (
        "*FACT-2026-042* — NIKE · 1\u202f500,00\u00a0€ · échéance dans 3\u00a0jours"
        " · Camille D. (Campagne printemps)\nNuméro FACT-2026-042 lu dans le libellé · montant exact" in text
    )
    assert "À rapprocher · très probable · compte Principal ••4396" in text
    assert list(buttons(message)) == [
        "Associer",
        "Autre facture…",
        "Pas cette facture",
        "Pas un paiement client",
    ]
    assert buttons(message)["Associer"]["style"] == "primary"
    assert buttons(message)["Associer"]["value"] == "v1:7"


def test_equals_have_no_primary_button_and_the_doubt_comes_first() -> None:
    proposals = (a_proposal(a_line("FACT-2026-031"), id=1), a_proposal(a_line("FACT-2026-038"), id=2))
    message = card(
        a_payment(outcome="suggest", suggestions=proposals, doubts=("2 factures ouvertes de ce montant",))
    )
    assert shown(message).index("2 factures ouvertes") < shown(message).index("FACT-2026-031")
    assert all("style" not in button for button in buttons(message).values())


def test_a_group_has_one_button() -> None:
    lines = tuple(a_line(f"FACT-2026-04{n}", amount_cents=50000, open_cents=50000) for n in range(3))
    message = card(a_payment(suggestions=(a_proposal(*lines),)))
    assert "*3 factures*\u00a0: FACT-2026-040, FACT-2026-041 et FACT-2026-042 — total" in shown(message)
    assert "Associer les 3" in buttons(message)


def test_a_gap_offers_to_settle_or_to_leave_it_due() -> None:
    short = a_proposal(
        a_line(open_cents=151500, amount_cents=151500), residual_cents=-1500, residual_reason="fee"
    )
    message = card(a_payment(suggestions=(short,)))
    assert "il manque 15,00\u00a0€ (frais bancaires probables)" in shown(message)
    assert {"Associer et solder", "Associer en partiel"} <= set(buttons(message))


def test_nothing_found_is_said_and_a_search_is_offered() -> None:
    message = card(a_payment(state=PaymentState.UNMATCHED, suggestions=(), outcome="none"))
    assert "Aucune facture ouverte ne correspond." in shown(message)
    assert list(buttons(message)) == ["Chercher une facture…", "Pas un paiement client"]
    assert message.text.endswith("aucune facture ouverte ne correspond.")


def test_after_the_click_the_card_says_who_and_when_and_offers_to_undo() -> None:
    message = card(an_associated_payment())
    assert (
        "✓ Associé à *FACT-2026-042* par <@U0MAUD> le 27\u00a0janv. à\u00a014:05 · facture payée · talent prévenu"
        in shown(message)
    )
    assert list(buttons(message)) == ["Annuler l’association", "Voir l’historique"]
    assert buttons(message)["Annuler l’association"]["value"] == "v1:5"
    assert "confirm" in buttons(message)["Annuler l’association"]


def test_a_part_says_what_is_left_and_keeps_suggesting() -> None:
    message = card(
        a_payment(
            state=PaymentState.PARTLY_ALLOCATED,
            allocated_cents=100000,
            associations=(an_association(a_line(open_cents=0, status=InvoiceStatus.PAID)),),
        )
    )
    assert "Associé en partie\u00a0: 1\u202f000,00\u00a0€ à *FACT-2026-042*" in shown(message)
    assert "*reste 500,00\u00a0€ à associer*" in shown(message)
    # What is left to do first, the way back last: a phone shows the top of the card.
    assert list(buttons(message)) == [
        "Associer",
        "Autre facture…",
        "Pas cette facture",
        "Annuler l’association",
        "Voir l’historique",
    ]
    assert (
        message.blocks[-1]["elements"][0]["text"]
        == "Par <@U0MAUD> le 27\u00a0janv. à\u00a014:05 · facture payée"
    )


def test_what_was_paid_a_second_ago_is_not_suggested_meanwhile() -> None:
    stale = a_proposal(a_line(open_cents=0, status=InvoiceStatus.PAID))
    message = card(
        a_payment(state=PaymentState.PARTLY_ALLOCATED, allocated_cents=100000, suggestions=(stale,))
    )
    assert "Recherche d’une facture pour le reste…" in shown(message)
    assert "Associer" not in buttons(message)


def test_an_ignored_payment_says_why_and_by_whom_and_has_a_way_back() -> None:
    message = card(an_ignored_payment())
    assert "Hors facturation (remboursement TVA) — par <@U0MAUD> le 27\u00a0janv. à\u00a014:05" in shown(
        message
    )
    assert list(buttons(message)) == ["Remettre à rapprocher", "Voir l’historique"]


def test_a_payment_the_bank_took_back_is_flagged_and_never_undone_alone() -> None:
    message = card(an_associated_payment(bank_problem="withdrawn"))
    assert "Qonto a refusé ce paiement après coup. La facture est toujours marquée payée." in shown(message)
    assert list(buttons(message)) == ["Annuler l’association", "C’est réglé", "Voir l’historique"]


def test_a_talent_without_slack_is_said_not_hidden() -> None:
    message = card(
        a_payment(
            state=PaymentState.ALLOCATED,
            allocated_cents=150000,
            suggestions=(),
            associations=(an_association(),),
            notices=(TalentNotice("Inès", MessageState.BLOCKED),),
        )
    )
    assert "Inès non prévenu\u00a0: pas de compte Slack relié" in shown(message)


@pytest.mark.parametrize(("kind", "name"), [("api", "l’API"), ("rule", "une règle")])
def test_a_decision_from_elsewhere_names_its_door(kind: str, name: str) -> None:
    view = a_payment(
        state=PaymentState.ALLOCATED,
        allocated_cents=150000,
        suggestions=(),
        associations=(an_association(actor_kind=kind, actor="x"),),
    )
    assert f"par {name} le" in shown(card(view))


HOSTILE = "<!channel> *gras* <https://evil.example|clic> & `code`"


@example(payer=HOSTILE, reference=HOSTILE, number=HOSTILE)
@given(st.text(max_size=400), st.text(max_size=2000), st.text(min_size=1, max_size=255))
def test_whatever_the_bank_says_the_card_stays_within_slack_s_limits(
    payer: str, reference: str, number: str
) -> None:
    proposal = a_proposal(a_line(number, client=payer))
    message = card(a_payment(payer_name=payer, reference=reference, suggestions=(proposal,) * 3))
    marked = [item["text"] for item in walk(message.blocks) if item.get("type") == "mrkdwn"]
    assert all("<" not in text for text in [*marked, message.text])


def test_a_hundred_invoices_fit_in_one_card() -> None:
    lines = tuple(a_line(f"FACTURE-DE-L-AGENCE-2026-{n:05}", amount_cents=1500) for n in range(100))
    card(a_payment(suggestions=(a_proposal(*lines), a_proposal(*lines), a_proposal(*lines))))
    card(
        a_payment(
            state=PaymentState.ALLOCATED,
            allocated_cents=150000,
            suggestions=(),
            associations=tuple(an_association(line) for line in lines),
        )
    )
