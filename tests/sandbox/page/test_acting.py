"""What a person does on the page, by name and by keyboard, and what the server receives."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.sandbox.page.canned import Canned, message
from tests.sandbox.page.gallery import CARD, DAY, DECIDED, ELEMENTS, button, option
from tests.support.browsing import OpenPage

pytestmark = pytest.mark.browser

TS = f"{DAY}.000100"
IN_MESSAGE = {"type": "message", "channel": "C0PAIEMENTS", "ts": TS}
INVOICES = [
    option("i42", "FACT-2026-042 · NIKE · 1 500,00 €"),
    option("i43", "FACT-2026-043 · NIKE · 800,00 €", "Stories"),
]


async def test_a_button_sends_its_value_once_while_it_is_busy(canned: Canned, open_page: OpenPage) -> None:
    canned.messages = [message(TS, CARD)]
    canned.hold = asyncio.Event()
    page = await open_page(canned.url)
    associate = page.get_by_role("button", name="Associer FACT-2026-042")
    await associate.click()
    await expect(associate).to_have_attribute("aria-busy", "true")
    await associate.click()
    canned.hold.set()
    await expect(associate).not_to_have_attribute("aria-busy", "true")
    assert canned.count("/ui/click") == 1
    assert canned.last("/ui/click") == {
        "user": "U0MAUD",
        "container": IN_MESSAGE,
        "block_id": "one",
        "action_id": "associate",
        "value": "v1:associate",
        "state": {},
    }


async def test_a_refused_click_is_told_in_a_toast(canned: Canned, open_page: OpenPage) -> None:
    canned.messages = [message(TS, CARD)]
    canned.answers["/ui/click"] = {
        "ok": False,
        "error": "operation_timeout",
        "text": "L’application n’a pas répondu.",
    }
    page = await open_page(canned.url)
    await page.get_by_role("button", name="Autre facture…").click()
    await expect(page.get_by_role("status").get_by_text("L’application n’a pas répondu.")).to_be_visible()


async def test_the_keyboard_stays_on_a_card_that_is_redrawn(canned: Canned, open_page: OpenPage) -> None:
    canned.messages = [message(TS, CARD)]
    page = await open_page(canned.url)
    await page.get_by_role("button", name="Associer FACT-2026-042").focus()
    await page.keyboard.press("Enter")
    await canned.wait("/ui/click")
    canned.messages = [message(TS, DECIDED)]
    canned.tell({"type": "changed"})
    await expect(page.get_by_role("button", name="Annuler l’association")).to_be_visible()
    await expect(page.get_by_role("article")).to_be_focused()


async def test_a_confirmation_is_asked_and_may_be_declined(canned: Canned, open_page: OpenPage) -> None:
    canned.messages = [message(TS, DECIDED)]
    page = await open_page(canned.url)
    undo = page.get_by_role("article").get_by_role("button", name="Annuler l’association")
    dialog = page.get_by_role("dialog", name="Annuler l’association")
    await undo.click()
    await expect(dialog).to_contain_text("La facture FACT-2026-042 sera de nouveau ouverte.")
    await dialog.get_by_role("button", name="Garder").click()
    await expect(undo).to_be_focused()
    assert canned.count("/ui/click") == 0
    await undo.click()
    await dialog.get_by_role("button", name="Annuler l’association").click()
    assert (await canned.wait("/ui/click"))["action_id"] == "undo"


async def test_the_overflow_menu_works_by_keyboard(canned: Canned, open_page: OpenPage) -> None:
    canned.messages = [message(TS, CARD)]
    page = await open_page(canned.url)
    opener = page.get_by_role("button", name="Plus d’actions")
    await opener.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("menuitem", name="Voir l’historique")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(opener).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    body = await canned.wait("/ui/click")
    assert body["selected_option"]["value"] == "json"
    assert await page.get_by_role("menu").count() == 0


async def test_choices_in_a_message_are_actions(canned: Canned, open_page: OpenPage) -> None:
    canned.messages = [message(TS, ELEMENTS)]
    page = await open_page(canned.url)
    await page.get_by_label("Période").select_option("Cette année")
    body = await canned.wait("/ui/click")
    assert body["action_id"] == "period"
    assert body["selected_option"]["value"] == "year"
    await page.get_by_label("Escompte").check()
    await page.get_by_label("Récapitulatif").check()
    await page.get_by_label("Jour", exact=True).fill("2026-02-01")
    state = (await canned.wait("/ui/click", 4))["state"]
    assert state["static"]["period"]["selected_option"]["value"] == "year"
    assert state["pick"]["radio"]["selected_option"]["value"] == "discount"
    assert [item["value"] for item in state["pick"]["boxes"]["selected_options"]] == ["b"]
    assert state["pick"]["day"] == {"type": "datepicker", "selected_date": "2026-02-01"}


async def test_commands_are_suggested_and_sent(canned: Canned, open_page: OpenPage) -> None:
    page = await open_page(canned.url)
    draft = page.get_by_label("Message ou commande")
    await draft.fill("/")
    await page.get_by_role("button", name="/qonto [sync|statut|aide] Rapprocher les paiements").click()
    await expect(draft).to_be_focused()
    await page.keyboard.type("sync")
    await page.keyboard.press("Enter")
    assert await canned.wait("/ui/command") == {
        "user": "U0MAUD",
        "channel": "C0PAIEMENTS",
        "text": "/qonto sync",
    }
    await draft.fill("Bonjour")
    await page.get_by_role("button", name="Envoyer").click()
    assert await canned.wait("/ui/message") == {
        "user": "U0MAUD",
        "channel": "C0PAIEMENTS",
        "text": "Bonjour",
    }


async def test_a_refused_command_is_given_back(canned: Canned, open_page: OpenPage) -> None:
    canned.answers["/ui/command"] = {"ok": False, "text": "/qonto a échoué."}
    page = await open_page(canned.url)
    draft = page.get_by_label("Message ou commande")
    await draft.fill("/qonto sync")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("/qonto a échoué.")).to_be_visible()
    await expect(draft).to_have_value("/qonto sync")


async def test_another_person_sees_with_their_own_eyes(canned: Canned, open_page: OpenPage) -> None:
    canned.messages = [
        message(TS, [{"type": "actions", "block_id": "a", "elements": [button("Associer", "associate")]}])
    ]
    canned.unread = 2
    page = await open_page(canned.url)
    await page.get_by_role("button", name="Hugo Marchand").click()
    await expect(page.get_by_text("Vu par Hugo Marchand")).to_be_visible()
    await expect(page.get_by_role("button", name="Ancien Collègue")).to_have_count(0)
    await page.get_by_role("button", name="Associer").click()
    assert (await canned.wait("/ui/click"))["user"] == "U0HUGO"
    await page.get_by_role("button", name="general 2 non lus").click()
    await expect(page.get_by_role("heading", name="# general")).to_be_visible()
    assert await canned.wait("/ui/read") == {"user": "U0HUGO", "channel": "C0GENERAL"}
    await page.reload()
    await expect(page.get_by_text("Vu par Hugo Marchand")).to_be_visible()


async def test_a_scenario_pays_and_may_lose_its_webhook(canned: Canned, open_page: OpenPage) -> None:
    canned.answers["/bank/sandbox/pay"] = {"transaction": {"id": "t1"}}
    page = await open_page(canned.url)
    await page.get_by_role("button", name="Numéro exact cité").click()
    body = await canned.wait("/bank/sandbox/pay")
    assert (body["amount_cents"], body["reference"], body["deliver"]) == (
        150000,
        "Paiement facture FACT-2026-042",
        True,
    )
    await expect(page.get_by_role("list", name="Paiements envoyés")).to_contain_text("NIKE FRANCE")
    await page.get_by_label("Perdre le webhook").check()
    await page.get_by_role("button", name="Paiement partiel").click()
    await expect(page.get_by_role("status").get_by_text("webhook perdu, taper /qonto sync")).to_be_visible()
    assert canned.last("/bank/sandbox/pay")["deliver"] is False


async def test_the_bank_tells_what_became_of_the_webhook_and_may_refuse_later(
    canned: Canned, open_page: OpenPage
) -> None:
    canned.answers["/bank/sandbox/pay"] = {"transaction": {"id": "t1"}}
    canned.answers["/bank/sandbox/change/t1"] = {"transaction": {"id": "t1"}}
    canned.deliveries = [{"outcome": "delivered", "body": '{"id": "t1"}'}]
    page = await open_page(canned.url)
    sent = page.get_by_role("list", name="Paiements envoyés")
    await page.get_by_role("button", name="Numéro exact cité").click()
    await expect(sent).to_contain_text("le robot est prévenu")
    await sent.get_by_role("button", name="Refuser après coup").click()
    await expect(sent).to_contain_text("refusé par la banque")
    assert canned.last("/bank/sandbox/change/t1") == {"status": "declined"}


async def test_a_payment_the_bank_refuses_is_told(canned: Canned, open_page: OpenPage) -> None:
    canned.answers["/bank/sandbox/pay"] = {"error": "montant"}
    page = await open_page(canned.url)
    await page.get_by_role("button", name="Numéro exact cité").click()
    await expect(page.get_by_text("La banque d’essai a refusé ce paiement\u00a0: montant")).to_be_visible()


async def test_a_free_payment_reads_a_french_amount(canned: Canned, open_page: OpenPage) -> None:
    page = await open_page(canned.url)
    await page.get_by_text("Autre paiement…").click()
    amount = page.get_by_label("Montant en euros")
    await amount.fill("beaucoup")
    await page.get_by_role("button", name="Payer", exact=True).click()
    await expect(page.get_by_text("Indiquer un montant comme 1 500,00.")).to_be_visible()
    await amount.fill("1 234,5")
    await page.get_by_label("Payeur", exact=True).fill("NIKE FRANCE")
    await page.get_by_label("Libellé").fill("solde")
    await page.get_by_role("button", name="Payer", exact=True).click()
    assert await canned.wait("/bank/sandbox/pay") == {
        "amount_cents": 123450,
        "payer_name": "NIKE FRANCE",
        "payer_iban": "FR7630003004100002005001744",
        "reference": "solde",
        "deliver": True,
    }
