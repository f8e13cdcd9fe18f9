"""What an admin does beyond the one click, in a real browser on the page of ``make demo``."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from bot.demo import running_demo
from tests.browsing import PHONE, OpenPage, cut_off, overflow
from tests.processes import free_port

pytestmark = pytest.mark.browser

UNDO = "Annuler l’association"


def card(page: Page, *words: str) -> Locator:
    found = page.get_by_role("article")
    for word in words:
        found = found.filter(has_text=word)
    return found


async def become(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name).first.click()


async def pay(page: Page, title: str) -> None:
    await page.get_by_role("button", name=re.compile(f"^{title}")).click()


async def command(page: Page, text: str) -> None:
    await expect(page.get_by_role("dialog")).to_have_count(0)
    composer = page.get_by_label("Message ou commande")
    await composer.fill(text)
    await page.get_by_role("button", name="Envoyer").click()
    await expect(composer).to_have_value("")


async def pick(dialog: Locator, text: str, option: str) -> None:
    await dialog.get_by_role("combobox", name="Factures").fill(text)
    await dialog.get_by_role("option", name=option).click()


async def test_a_newcomer_reconciles_by_hand_ignores_undoes_and_finds_who_did_what(
    tmp_path: Path, open_page: OpenPage, artifacts: Path
) -> None:
    ports = {"page_port": free_port(), "bot_port": free_port()}
    async with running_demo(tmp_path, **ports) as (url, sandbox, _):
        page = await open_page(url)
        await _reconciles(page, artifacts)
        await _undoes(page, artifacts)
        await _ignores(page, artifacts)
        await _finds_who_did_what(page, artifacts)
        await _asks(page, artifacts)
        assert list(sandbox.workspace.problems) == []


async def _reconciles(page: Page, artifacts: Path) -> None:
    await pay(page, "Paiement groupé de trois factures")
    grouped = card(page, "OCEANE COSMETIQUES")
    await grouped.get_by_role("button", name="Autre facture…").click()
    dialog = page.get_by_role("dialog", name="Associer un paiement")
    await page.screenshot(path=artifacts / "manual-1-empty.png")
    await dialog.get_by_role("combobox", name="Factures").fill("oceane")
    await expect(dialog.get_by_role("option", name="FACT-2026-044")).to_be_visible()
    await page.screenshot(path=artifacts / "manual-2-search.png")
    await dialog.get_by_role("option", name="FACT-2026-044").click()
    await expect(dialog.get_by_label("FACT-2026-044 — reste dû")).to_have_value("640,00")
    await pick(dialog, "1130,50", "FACT-2026-045")
    await expect(dialog.get_by_label("FACT-2026-045 — reste dû")).to_have_value("1130,50")
    await pick(dialog, "garnier solaire", "FACT-2026-046")
    last = dialog.get_by_label("FACT-2026-046 — reste dû")
    await expect(last).to_have_value("975,00")
    await last.fill("9000")
    await expect(dialog.get_by_text("de trop\u00a0: diminuez un montant")).to_be_visible()
    await dialog.get_by_role("button", name="Associer", exact=True).click()
    await expect(dialog.get_by_text("FACT-2026-046 ne doit plus que")).to_be_visible()
    await page.screenshot(path=artifacts / "manual-3-error.png")
    await last.fill("900")
    await expect(dialog.get_by_text("Reste à associer\u00a0: 75,00\u00a0€")).to_be_visible()
    await page.screenshot(path=artifacts / "manual-4-filled.png")
    await dialog.locator(".modal-body").evaluate("node => node.scrollTo(0, node.scrollHeight)")
    await page.screenshot(path=artifacts / "manual-5-gap.png")
    await dialog.get_by_role("button", name="Associer", exact=True).click()
    partly = card(page, "Associé en partie", "reste 75,00\u00a0€ à associer")
    await expect(partly).to_be_visible()
    await page.screenshot(path=artifacts / "manual-6-partly.png")


async def _undoes(page: Page, artifacts: Path) -> None:
    partly = card(page, "Associé en partie", "reste 75,00\u00a0€ à associer")
    await partly.get_by_role("button", name=f"{UNDO}…").click()
    undo = page.get_by_role("dialog", name=UNDO)
    await undo.get_by_label("FACT-2026-045").check()
    await undo.get_by_label("Pourquoi").fill("Erreur de facture")
    await page.screenshot(path=artifacts / "manual-7-undo.png")
    await undo.get_by_role("button", name=UNDO, exact=True).click()
    await expect(card(page, "Association annulée par", "Erreur de facture")).to_be_visible()


async def _ignores(page: Page, artifacts: Path) -> None:
    await pay(page, "Remboursement de TVA")
    await card(page, "DGFIP").get_by_role("button", name="Pas un paiement client").click()
    ignore = page.get_by_role("dialog", name="Pas un paiement client")
    await expect(ignore.get_by_label("TVA, impôts ou organisme social")).to_be_checked()
    await page.screenshot(path=artifacts / "manual-8-ignore.png")
    await ignore.get_by_role("button", name="Confirmer").click()
    await expect(card(page, "Hors facturation (TVA, impôts ou organisme social)")).to_be_visible()
    await page.screenshot(path=artifacts / "manual-9-ignored.png")


async def _finds_who_did_what(page: Page, artifacts: Path) -> None:
    await become(page, "Hugo Marchand")
    await command(page, "/qonto historique")
    await expect(card(page, "Les paiements sont réservés aux administrateurs")).to_be_visible()
    await become(page, "Maud Lefèvre")
    await command(page, "/qonto historique")
    history = page.get_by_role("dialog", name="Historique", exact=True)
    await expect(history.get_by_text("2\u00a0paiements")).to_be_visible()
    await page.screenshot(path=artifacts / "history-1-list.png")
    await history.get_by_label("État").select_option("Hors facturation")
    await expect(history.get_by_text("1\u00a0paiement ")).to_be_visible()
    await history.get_by_label("État").select_option("Tous les états")
    await expect(history.get_by_text("2\u00a0paiements ")).to_be_visible()
    await history.get_by_label("Rechercher").fill("oceane")
    await history.get_by_role("button", name="Chercher").click()
    await expect(history.get_by_text("DGFIP")).to_have_count(0)
    await history.get_by_role("button", name=re.compile("^Détails 2")).click()
    story = page.get_by_role("dialog", name="Historique du paiement")
    await expect(story.get_by_text("Association annulée")).to_be_visible()
    await page.screenshot(path=artifacts / "history-2-story.png")
    await story.locator(".modal-body").evaluate("node => node.scrollTo(0, node.scrollHeight)")
    await page.screenshot(path=artifacts / "history-3-story-end.png")
    await story.get_by_role("button", name="Fermer", exact=True).click()
    await history.get_by_role("button", name="Fermer", exact=True).click()


async def _asks(page: Page, artifacts: Path) -> None:
    for words, shown in (
        ("/qonto", "Rapprocher les virements reçus"),
        ("/qonto factures 044", "Facture FACT-2026-044"),
        ("/qonto client oceane", "Dont en retard"),
        ("/qonto stats", "Première suggestion juste"),
        ("/qonto reglage", "onglet Accueil"),
        ("/qonto statu", "Dernière synchronisation"),
        ("/qonto exprot", "Vouliez-vous dire"),
    ):
        await command(page, words)
        await expect(card(page, shown).first).to_be_visible()
    await page.screenshot(path=artifacts / "commands-1.png", full_page=True)
    await command(page, "/qonto export")
    await expect(card(page, "Les fichiers sont dans votre conversation")).to_be_visible()
    await page.get_by_role("button", name="Rapprochement").first.click()
    await expect(card(page, ".xlsx", ".csv")).to_be_visible()
    await page.screenshot(path=artifacts / "commands-2-export.png")


async def test_the_forms_fit_a_phone(tmp_path: Path, open_page: OpenPage, artifacts: Path) -> None:
    ports = {"page_port": free_port(), "bot_port": free_port()}
    async with running_demo(tmp_path, **ports) as (url, sandbox, _):
        page = await open_page(url, size=PHONE)
        body = {
            "amount_cents": 300000,
            "payer_name": "NIKE FRANCE",
            "payer_iban": "FR7630006000011234567890189",
            "reference": "SOLDE CAMPAGNES",
        }
        await page.request.post(f"{url}/bank/sandbox/pay", data=body)
        waiting = card(page, "SOLDE CAMPAGNES")
        await waiting.get_by_role("button", name="Chercher une facture…").click()
        dialog = page.get_by_role("dialog", name="Associer un paiement")
        await pick(dialog, "042", "FACT-2026-042")
        await expect(dialog.get_by_label("FACT-2026-042 — reste dû")).to_have_value("1500,00")
        await pick(dialog, "043", "FACT-2026-043")
        await expect(dialog.get_by_text("Reste à associer\u00a0: 700,00\u00a0€")).to_be_visible()
        await page.screenshot(path=artifacts / "manual-phone-1.png")
        await dialog.locator(".modal-body").evaluate("node => node.scrollTo(0, node.scrollHeight)")
        await dialog.get_by_label("Trop-perçu à rembourser").check()
        await page.screenshot(path=artifacts / "manual-phone-2.png")
        assert await overflow(page) <= 0
        assert await cut_off(page) == []
        await dialog.get_by_role("button", name="Associer", exact=True).click()
        done = card(page, "trop-perçu de 700,00\u00a0€ à rembourser")
        await expect(done).to_be_visible()
        await page.screenshot(path=artifacts / "manual-phone-3-card.png", full_page=True)
        await done.get_by_role("button", name="Voir l’historique").click()
        story = page.get_by_role("dialog", name="Historique du paiement")
        await expect(story.get_by_text("Choisi à la main")).to_be_visible()
        await page.screenshot(path=artifacts / "history-phone-1.png")
        assert await cut_off(page) == []
        await story.get_by_role("button", name="Fermer", exact=True).click()
        await done.get_by_role("button", name=f"{UNDO}…").click()
        await page.screenshot(path=artifacts / "manual-phone-4-undo.png")
        assert await cut_off(page) == []
        await page.get_by_role("dialog").get_by_role("button", name="Garder").click()
        await command(page, "/qonto historique")
        await expect(page.get_by_role("dialog", name="Historique", exact=True)).to_be_visible()
        await page.screenshot(path=artifacts / "history-phone-2-list.png")
        assert await cut_off(page) == []
        assert list(sandbox.workspace.problems) == []
