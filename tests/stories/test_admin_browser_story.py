"""What an admin does beyond the one click, and what others may not, in a real browser on ``make demo``."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from bot.cli.demo import running_demo
from tests.support.browsing import PHONE, OpenPage, become, card, command, pay, shape
from tests.support.processes import free_port

pytestmark = pytest.mark.browser

UNDO = "Annuler l’association"


async def pick(dialog: Locator, text: str, option: str) -> None:
    await dialog.get_by_role("combobox", name="Factures").fill(text)
    await dialog.get_by_role("option", name=option).click()


async def to_the_end(dialog: Locator) -> None:
    await dialog.locator(".modal-body").evaluate("node => node.scrollTo(0, node.scrollHeight)")


async def test_a_newcomer_reconciles_by_hand_ignores_undoes_and_finds_who_did_what(
    tmp_path: Path, open_page: OpenPage, artifacts: Path
) -> None:
    ports = {"page_port": free_port(), "bot_port": free_port()}
    async with running_demo(tmp_path, **ports) as (url, sandbox, _):
        page = await open_page(url)
        await _reconciles(page, artifacts)
        await _undoes(page, artifacts)
        await _ignores_and_brings_back(page, artifacts)
        await _others_may_not(page, artifacts)
        await _finds_who_did_what(page, artifacts)
        await _asks(page, artifacts)
        await _talent_asks(page, artifacts)
        assert list(sandbox.workspace.problems) == []


async def _reconciles(page: Page, artifacts: Path) -> None:
    """Three invoices, two paid and the last in part, with all that can be typed wrong on the way."""
    await pay(page, "Groupé, la dernière en partie")
    grouped = card(page, "OCEANE COSMETIQUES")
    await grouped.get_by_role("button", name="Autre facture…").click()
    dialog = page.get_by_role("dialog", name="Associer un paiement")
    await expect(dialog).to_be_visible()
    await shape(page, artifacts, "manual-1-empty")
    await dialog.get_by_role("combobox", name="Factures").fill("oceane")
    await expect(dialog.get_by_role("option", name="FACT-2026-044")).to_be_visible()
    await page.screenshot(path=artifacts / "manual-2-search.png")
    await dialog.get_by_role("option", name="FACT-2026-044").click()
    await expect(dialog.get_by_label("FACT-2026-044 — reste dû")).to_have_value("640,00")
    await pick(dialog, "1130,50", "FACT-2026-045")
    await expect(dialog.get_by_label("FACT-2026-045 — reste dû")).to_have_value("1130,50")
    await pick(dialog, "garnier solaire", "FACT-2026-046")
    last = dialog.get_by_label("FACT-2026-046 — reste dû")
    await expect(last).to_have_value("729,50")
    await last.fill("9000")
    await expect(dialog.get_by_text("de trop\u00a0: diminuez un montant")).to_be_visible()
    await dialog.get_by_role("button", name="Associer", exact=True).click()
    await expect(dialog.get_by_text("FACT-2026-046 ne doit plus que")).to_be_visible()
    await shape(page, artifacts, "manual-3-error")
    await last.fill("654,50")
    await expect(dialog.get_by_text("Reste à associer\u00a0: 75,00\u00a0€")).to_be_visible()
    await shape(page, artifacts, "manual-4-filled")
    await to_the_end(dialog)
    await shape(page, artifacts, "manual-5-gap")
    await dialog.get_by_role("button", name="Associer", exact=True).click()
    partly = card(page, "Associé en partie", "reste 75,00\u00a0€ à associer")
    await expect(partly).to_be_visible()
    await expect(partly.get_by_text("déjà payée")).to_have_count(0)
    await expect(partly.get_by_text("déjà associé")).to_have_count(0)
    rest = partly.get_by_role("button", name="Associer FACT-2026-046")
    await expect(rest).to_be_visible()
    await shape(page, artifacts, "manual-6-partly", top=partly)
    await page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    await partly.evaluate("node => node.scrollIntoView()")
    await expect(rest).to_be_in_viewport(ratio=1)


async def _undoes(page: Page, artifacts: Path) -> None:
    partly = card(page, "Associé en partie", "reste 75,00\u00a0€ à associer")
    await partly.get_by_role("button", name=f"{UNDO}…").click()
    undo = page.get_by_role("dialog", name=UNDO)
    await undo.get_by_label("FACT-2026-045").check()
    await undo.get_by_label("Pourquoi").fill("Erreur de facture")
    await shape(page, artifacts, "manual-7-undo")
    await undo.get_by_role("button", name=UNDO, exact=True).click()
    await expect(card(page, "Association annulée par", "Erreur de facture")).to_be_visible()


async def _ignores_and_brings_back(page: Page, artifacts: Path) -> None:
    await pay(page, "Remboursement de TVA")
    await card(page, "DGFIP").get_by_role("button", name="Pas un paiement client").click()
    ignore = page.get_by_role("dialog", name="Pas un paiement client")
    await expect(ignore.get_by_label("TVA, impôts ou organisme social")).to_be_checked()
    await shape(page, artifacts, "manual-8-ignore")
    await ignore.get_by_role("button", name="Confirmer").click()
    set_aside = card(page, "Hors facturation (TVA, impôts ou organisme social)")
    await expect(set_aside).to_be_visible()
    await set_aside.get_by_role("button", name="Remettre à rapprocher").click()
    await card(page, "DGFIP", "À rapprocher").get_by_role("button", name="Pas un paiement client").click()
    await ignore.get_by_role("button", name="Confirmer").click()
    await expect(set_aside).to_be_visible()
    await shape(page, artifacts, "manual-9-ignored")


async def _others_may_not(page: Page, artifacts: Path) -> None:
    """Somebody without the right clicks every button there is, and is told each time; nothing opens."""
    await become(page, "Hugo Marchand")
    refused = card(page, "Seuls les administrateurs peuvent")
    find = re.compile("^(Autre|Chercher une) facture…$")
    buttons: tuple[tuple[str, str | re.Pattern[str]], ...] = (
        ("OCEANE", find),
        ("OCEANE", f"{UNDO}…"),
        ("OCEANE", "Voir l’historique"),
    )
    for number, (words, label) in enumerate((*buttons, ("DGFIP", "Remettre à rapprocher")), 1):
        await card(page, words).get_by_role("button", name=label).first.click()
        await expect(refused).to_have_count(number)
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await command(page, "/qonto historique")
    await expect(card(page, "Les paiements sont réservés aux administrateurs")).to_be_visible()
    await shape(page, artifacts, "other-refused")


async def _finds_who_did_what(page: Page, artifacts: Path) -> None:
    await become(page, "Maud Lefèvre")
    await command(page, "/qonto historique")
    history = page.get_by_role("dialog", name="Historique", exact=True)
    await expect(history.get_by_text("2\u00a0paiements")).to_be_visible()
    await shape(page, artifacts, "history-1-list")
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
    await expect(story.get_by_text("Choisi à la main")).to_be_visible()
    await shape(page, artifacts, "history-2-story")
    await to_the_end(story)
    await shape(page, artifacts, "history-3-story-end")
    await story.get_by_role("button", name="Fermer", exact=True).click()
    await history.get_by_role("button", name="Fermer", exact=True).click()


async def _asks(page: Page, artifacts: Path) -> None:
    for words, shown in (
        ("/qonto", "Rapprocher les virements reçus"),
        ("/qonto FACTURES 044", "Facture FACT-2026-044"),
        ("/qonto client océane", "Dont en retard"),
        ("/qonto stats", "Première suggestion juste"),
        ("/qonto reglage", "onglet Accueil"),
        ("/qonto statu", "Dernière synchronisation"),
        ("/qonto exprot", "Vouliez-vous dire"),
    ):
        await command(page, words)
        await expect(card(page, shown).first).to_be_visible()
        if words == "/qonto stats":
            await shape(page, artifacts, "commands-0")
    await shape(page, artifacts, "commands-1")
    await command(page, "/qonto export")
    await expect(card(page, "Les fichiers sont dans votre conversation")).to_be_visible()
    await page.get_by_role("button", name="Rapprochement").first.click()
    await expect(card(page, ".xlsx", ".csv")).to_be_visible()
    await shape(page, artifacts, "commands-2-export")


async def _talent_asks(page: Page, artifacts: Path) -> None:
    """A talent gets their own collaborations, and a polite no for the rest."""
    await become(page, "Camille Durand")
    await page.get_by_role("button", name="Rapprochement").first.click()
    await command(page, "/qonto Statut")
    await expect(card(page, "Vos collaborations", "Campagne printemps")).to_be_visible()
    await command(page, "/qonto client océane")
    refused = card(page, "Le reste est réservé aux administrateurs")
    await expect(refused).to_be_visible()
    await shape(page, artifacts, "commands-3-talent")
    for number, words in enumerate(("paiements", "historique", "sync", "export", "réglages"), 2):
        await command(page, f"/qonto {words}")
        await expect(refused).to_have_count(number)
    await expect(page.get_by_role("button", name="paiements")).to_have_count(0)
    await expect(page.get_by_role("dialog")).to_have_count(0)
