from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from bot.messages.preferences import Choices, Notices, Personal
from bot.queries.admin_home import UnlinkedTalent
from bot.queries.payment_lists import ListedLine, Listing
from bot.slack.blocks.kit import Message
from bot.slack.home.invoices_view import DueInvoices, invoices_modal
from bot.slack.home.waiting_lists import card_group, digest
from bot.slack.notices.paid import PaidLine, correction, link_question, paid
from bot.slack.preferences.view import admin_settings, all_linked, link_modal, talent_settings
from sandbox.slack.limits import check_message, check_view
from store.invoices.read import OpenSummary
from tests.bot.slack.home.test_admin_view import LONG, a_waiting
from tests.support.views import a_line
from tests.support.world import buttons_in, text_of

DAY = date(2026, 1, 27)


def said(message: Message) -> str:
    assert check_message({"text": message.text, "blocks": message.blocks}) == []
    return text_of({"blocks": message.blocks})


def labels(message: Message) -> list[str]:
    return [button["text"]["text"] for _, button in buttons_in(message.blocks)]


def listed(state: str | None = "proposed", *, has_card: bool = False, **changes: Any) -> ListedLine:
    return ListedLine(a_waiting(**changes), state, has_card)


def test_a_digest_says_how_much_waits_and_since_when() -> None:
    lines = (listed(), listed(is_clear=False), listed(suggestion_id=None, numbers=()), listed("allocated"))
    message = digest(Listing(lines, 2))
    assert (
        message.text
        == "3\u00a0paiements attendent · 4\u202f500,00\u00a0€ · le plus ancien depuis 2\u00a0jours"
    )
    assert "✓ 1\u202f500,00\u00a0€ · NIKE FRANCE · 27\u00a0janv.\nRapproché" in said(message)
    assert labels(message) == ["Associer", "Autre facture…", "Chercher une facture…"]
    done = digest(Listing((listed("ignored"), listed(None)), 0))
    assert done.text == "Tout est rapproché. Plus rien n’attend."
    assert "Hors facturation" in said(done)
    more = digest(Listing((listed(), listed("allocated")), 0, 20, {"EUR": 50_000, "USD": 100}))
    assert more.text == "21\u00a0paiements attendent · 2\u202f000,00\u00a0€ et 1,00\u00a0$US"
    assert "… et 20\u00a0autres paiements dans l’accueil" in said(more)


def test_a_group_offers_a_card_for_each_and_fits_in_slack() -> None:
    lines = tuple(listed(id=n + 1, payer=LONG, client=LONG, has_card=n == 0) for n in range(500))
    message = card_group(Listing(lines, 0))
    text = said(message)
    assert "500\u00a0paiements reçus à la fois" in text
    assert "… et 460\u00a0autres paiements dans l’accueil" in text
    assert labels(message) == ["Afficher la carte"] * 39
    assert "tout est rapproché" in said(card_group(Listing((listed("allocated", left_cents=0),), 0)))


PAID = PaidLine("Campagne <printemps>", "M&S", "FACT-1", 150_000, 150_000, None, "EUR", True, DAY)


@pytest.mark.parametrize(
    ("line", "shown", "french", "english"),
    [
        (
            PAID,
            True,
            (
                "Payé\u202f! M&amp;S a réglé votre collaboration Campagne &lt;printemps&gt;\u00a0: 1\u202f500,00\u00a0€,"
                " paiement reçu le 27\u00a0janvier 2026."
            ),
            (
                "Paid! M&amp;S paid for your collaboration Campagne &lt;printemps&gt;: €1,500.00."
                " Payment received on 27 January 2026."
            ),
        ),
        (
            replace(PAID, net_cents=120_000),
            True,
            "votre part\u00a0: 1\u202f200,00\u00a0€",
            "your share: €1,200.00",
        ),
        (
            replace(PAID, received_cents=50_000),
            True,
            "500,00\u00a0€, le solde de 1\u202f500,00\u00a0€",
            "€500.00, the balance of €1,500.00",
        ),
        (
            replace(PAID, received_cents=50_000, fully_paid=False),
            True,
            "une partie de votre collaboration Campagne &lt;printemps&gt;\u00a0: 500,00\u00a0€ sur",
            "paid part of your collaboration Campagne &lt;printemps&gt;: €500.00 of €1,500.00",
        ),
    ],
)
def test_a_talent_is_told_in_french_or_english(
    line: PaidLine, shown: bool, french: str, english: str
) -> None:
    for language, words in (("fr", french), ("en", english)):
        message = paid([line], show_amounts=shown, language=language)
        assert words in message.text
        said(message)
        hidden = paid([line], show_amounts=False, language=language)
        assert "€" not in said(hidden) + hidden.text
        assert "M&amp;S" in hidden.text


def test_several_payments_of_a_day_are_one_list_that_fits() -> None:
    lines = [replace(PAID, invoice_number=f"FACT-{number}") for number in range(12)]
    message = paid(lines)
    said(message)
    first, *rest = message.text.split("\n")
    assert first == "Payé\u202f!"
    assert len(rest) == 11
    assert rest[-1] == "• Et 2\u00a0autres règlements."
    assert paid(lines, language="en").text.endswith("• And 2 more payments.")


def test_a_correction_names_the_client() -> None:
    assert "paiement de NIKE et M&amp;S concernait" in correction(["NIKE", "M&S"]).text
    assert "payment from NIKE and M&amp;S was" in correction(["NIKE", "M&S"], "en").text


def test_the_question_becomes_a_record_of_the_answer() -> None:
    asked = link_question(3, "Inès Benali", "U0MAUD", "asked")
    assert "Êtes-vous bien Inès Benali\u202f?" in said(asked)
    assert labels(asked) == ["C’est moi", "Ce n’est pas moi"]
    for state, words in (("confirmed", "Merci, Inès Benali."), ("refused", "vous n’êtes pas Inès Benali")):
        answered = link_question(3, "Inès Benali", "U0MAUD", state)
        assert words in said(answered)
        assert labels(answered) == []


def test_the_question_is_asked_in_english_of_who_chose_it() -> None:
    asked = link_question(3, "Camille", "U0MAUD", "asked", "en")
    assert "Are you Camille?" in said(asked)
    assert labels(asked) == ["That’s me", "That’s not me"]
    for state, words in (("confirmed", "Thank you, Camille."), ("refused", "you are not Camille")):
        assert words in said(link_question(3, "Camille", "U0MAUD", state, "en"))


def test_every_modal_is_accepted_by_slack() -> None:
    talents = [UnlinkedTalent(n, LONG, None, None) for n in range(1, 150)]
    due = DueInvoices(
        OpenSummary(90, {"EUR": 1, "USD": 2}, 1, {"EUR": 1}),
        tuple(a_line(LONG, client=LONG, talent=LONG) for _ in range(40)),
        DAY,
    )
    empty = DueInvoices(OpenSummary(0, {}, 0, {}), (), DAY)
    views = [
        admin_settings(Choices(), Personal(Notices.NOTHING), 2),
        admin_settings(
            Choices(5_000, None, tell_partial=False, show_amounts=False), Personal(Notices.IMMEDIATE, 23), 0
        ),
        talent_settings(Personal(Notices.DIGEST, 3, "en")),
        link_modal(talents),
        all_linked(),
        invoices_modal(due),
        invoices_modal(empty),
    ]
    for view in views:
        assert check_view(view) == []
    assert "Les 40 premières" in text_of(views[5])
    assert "Aucune facture n’attend" in text_of(views[6])


def test_the_settings_show_what_is_chosen() -> None:
    view = admin_settings(Choices(5_000, None, tell_partial=False), Personal(Notices.DIGEST, 8), 1)
    chosen = {
        block["block_id"]: (block["element"].get("initial_option") or {}).get("value")
        or block["element"].get("initial_value")
        for block in view["blocks"]
        if block["type"] == "input"
    }
    assert chosen == {
        "digest": "none",
        "threshold": "50,00",
        "partial": "wait",
        "amounts": "shown",
        "notices": "digest",
        "hour": "8",
    }
