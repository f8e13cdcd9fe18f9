"""Modals: searching, filling, errors, stacking, closing."""

import pytest
from playwright.async_api import expect

from tests.sandbox.page.canned import Canned, message, modal
from tests.sandbox.page.gallery import CARD, DAY, INPUTS, OPTIONS, field, md, option, text
from tests.support.browsing import PHONE, OpenPage

pytestmark = pytest.mark.browser

TS = f"{DAY}.000100"
IN_MESSAGE = {"type": "message", "channel": "C0PAIEMENTS", "ts": TS}
INVOICES = [
    option("i42", "FACT-2026-042 · NIKE · 1 500,00 €"),
    option("i43", "FACT-2026-043 · NIKE · 800,00 €", "Stories"),
]


async def test_an_external_select_is_driven_by_keyboard(canned: Canned, open_page: OpenPage) -> None:
    canned.modals = [modal("V1", "Associer un paiement", INPUTS)]
    canned.answers["/ui/options"] = {"options": INVOICES}
    page = await open_page(canned.url)
    search = page.get_by_role("combobox", name="Factures")
    await expect(search).to_be_focused()
    await page.keyboard.type("n")
    await expect(page.get_by_text("Saisir au moins 2 caractères.")).to_be_visible()
    await page.keyboard.type("ik")
    await expect(page.get_by_role("option", name="FACT-2026-043")).to_be_visible()
    assert canned.last("/ui/options")["value"] == "nik"
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Retirer FACT-2026-043")).to_be_visible()
    await page.keyboard.type("04")
    await expect(page.get_by_role("option", name="FACT-2026-043", selected=True)).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Retirer FACT-2026-042")).to_be_visible()
    await page.keyboard.press("Backspace")
    await expect(page.get_by_role("button", name="Retirer FACT-2026-042")).to_have_count(0)
    await page.keyboard.type("04")
    await expect(page.get_by_role("listbox", name="Suggestions")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("listbox", name="Suggestions")).to_be_hidden()
    await expect(page.get_by_role("dialog", name="Associer un paiement")).to_be_visible()
    assert canned.count("/ui/close") == 0


async def test_nothing_found_is_said(canned: Canned, open_page: OpenPage) -> None:
    canned.modals = [modal("V1", "Associer un paiement", INPUTS)]
    canned.answers["/ui/options"] = {"options": []}
    page = await open_page(canned.url)
    await page.get_by_role("combobox", name="Factures").fill("zzz")
    await expect(page.get_by_text("Aucun résultat.")).to_be_visible()


async def test_a_modal_is_sent_with_everything_it_holds(canned: Canned, open_page: OpenPage) -> None:
    canned.modals = [modal("V1", "Associer un paiement", INPUTS)]
    canned.answers["/ui/options"] = {"option_groups": [{"label": text("NIKE"), "options": INVOICES}]}
    page = await open_page(canned.url)
    dialog = page.get_by_role("dialog", name="Associer un paiement")
    await dialog.get_by_label("Factures").fill("nike")
    await dialog.get_by_role("option", name="FACT-2026-042").click()
    await dialog.get_by_label("Frais bancaires").first.check()
    await dialog.get_by_label("Motif").select_option("Aucun")
    await dialog.get_by_label("Remarque").fill("Vu avec NIKE")
    await dialog.get_by_label("Jours").fill("30")
    await dialog.get_by_label("Personnes").fill("camille")
    await dialog.get_by_role("option", name="Camille Durand").click()
    await dialog.get_by_label("Client (facultatif)").fill("nike")
    await dialog.get_by_role("option", name="FACT-2026-043").click()
    await dialog.get_by_role("button", name="Associer", exact=True).click()
    body = await canned.wait("/ui/submit")
    state = body["state"]
    assert body["view_id"] == "V1"
    assert state["invoices"]["pick"]["selected_options"] == [INVOICES[0]]
    assert state["amount"]["amount"] == {"type": "plain_text_input", "value": "1 000,00"}
    assert state["reason"]["reason"]["selected_option"] == OPTIONS[0]
    assert state["why"]["why"]["selected_option"] == OPTIONS[2]
    assert state["note"]["note"]["value"] == "Vu avec NIKE"
    assert state["days"]["days"]["value"] == "30"
    assert state["day"]["day"] == {"type": "datepicker", "selected_date": None}
    assert state["people"]["people"] == {"type": "multi_users_select", "selected_users": ["U0CAMILLE"]}
    assert state["client"]["client"]["selected_option"] == INVOICES[1]
    assert state["kinds"]["kinds"]["selected_options"] == [OPTIONS[0]]
    assert state["notify"]["notify"]["selected_options"] == [OPTIONS[0]]


async def test_errors_stand_under_their_field(canned: Canned, open_page: OpenPage) -> None:
    canned.modals = [modal("V1", "Associer un paiement", INPUTS[2:])]
    canned.answers["/ui/submit"] = {"ok": False, "errors": {"amount": "Le montant dépasse le reste dû."}}
    page = await open_page(canned.url, size=PHONE)
    amount = page.get_by_role("dialog").get_by_label("Montant")
    await amount.fill("")
    await page.get_by_role("button", name="Associer", exact=True).click()
    await expect(amount).to_have_accessible_description(
        "Reste dû\u00a0: 1\u202f000,00\u00a0€ Ce champ est obligatoire."
    )
    assert canned.count("/ui/submit") == 0
    await amount.fill("9 999,00")
    await page.get_by_role("button", name="Associer", exact=True).click()
    await expect(page.get_by_text("Le montant dépasse le reste dû.")).to_be_visible()
    await expect(amount).to_be_focused()
    await expect(amount).to_have_attribute("aria-invalid", "true")


async def test_an_updated_modal_keeps_what_was_typed(canned: Canned, open_page: OpenPage) -> None:
    canned.modals = [modal("V1", "Associer un paiement", INPUTS)]
    page = await open_page(canned.url)
    note = page.get_by_label("Remarque")
    await note.fill("en cours de saisie")
    await page.get_by_label("Montant", exact=True).fill("12,50")
    await page.get_by_label("Montant", exact=True).focus()
    more = {"type": "section", "block_id": "rest", "text": md("Reste à associer : 0,00 €")}
    canned.modals = [modal("V1", "Associer un paiement", [*INPUTS, more])]
    canned.tell({"type": "changed"})
    await expect(page.get_by_text("Reste à associer : 0,00 €")).to_be_attached()
    await expect(note).to_have_value("en cours de saisie")
    await expect(page.get_by_label("Montant", exact=True)).to_have_value("12,50")
    await expect(page.get_by_label("Montant", exact=True)).to_be_focused()


async def test_a_pushed_modal_hides_the_one_below_and_closing_brings_it_back(
    canned: Canned, open_page: OpenPage
) -> None:
    below = modal("V1", "Associer un paiement", INPUTS)
    canned.modals = [below]
    page = await open_page(canned.url)
    await page.get_by_label("Remarque").fill("gardée")
    canned.modals = [
        below,
        modal("V2", "Historique", [{"type": "section", "block_id": "s", "text": md("Rien")}], submit=None),
    ]
    canned.tell({"type": "changed"})
    await expect(page.get_by_role("dialog", name="Historique")).to_be_visible()
    await page.keyboard.press("Escape")
    assert await canned.wait("/ui/close") == {"user": "U0MAUD", "view_id": "V2"}
    canned.modals = [below]
    canned.tell({"type": "changed"})
    await expect(
        page.get_by_role("dialog", name="Associer un paiement").get_by_label("Remarque")
    ).to_have_value("gardée")


async def test_closing_a_modal_gives_the_keyboard_back(canned: Canned, open_page: OpenPage) -> None:
    canned.messages = [message(TS, CARD)]
    page = await open_page(canned.url)
    other = page.get_by_role("button", name="Autre facture…")
    await other.focus()
    canned.modals = [modal("V1", "Associer un paiement", INPUTS)]
    canned.tell({"type": "changed"})
    await expect(page.get_by_role("dialog")).to_be_visible()
    canned.messages = [message(TS, [*CARD, {"type": "divider", "block_id": "new"}])]
    canned.modals = []
    await page.get_by_role("dialog").get_by_role("button", name="Annuler").click()
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await expect(other).to_be_focused()


async def test_a_field_with_dispatch_acts_on_enter(canned: Canned, open_page: OpenPage) -> None:
    search = field(
        "search", "Recherche", {"type": "plain_text_input", "action_id": "search"}, dispatch_action=True
    )
    canned.modals = [modal("V1", "Historique", [search])]
    page = await open_page(canned.url)
    await page.get_by_label("Recherche").fill("nike")
    await page.keyboard.press("Enter")
    body = await canned.wait("/ui/click")
    assert body["container"] == {"type": "view", "view_id": "V1"}
    assert (body["action_id"], body["value"]) == ("search", "nike")
    assert canned.count("/ui/submit") == 0


async def test_toasts_from_the_server_are_shown_above_a_modal(canned: Canned, open_page: OpenPage) -> None:
    canned.modals = [modal("V1", "Associer un paiement", INPUTS)]
    page = await open_page(canned.url)
    await expect(page.get_by_role("dialog")).to_be_visible()
    canned.tell({"type": "toast", "text": "L’application n’a pas répondu en 3 secondes."})
    shown = page.get_by_role("dialog").get_by_role("status").get_by_text("L’application n’a pas répondu")
    await expect(shown).to_be_visible()
    canned.modals = []
    canned.tell({"type": "changed"})
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await expect(page.get_by_role("status").get_by_text("L’application n’a pas répondu")).to_be_visible()
