"""The page, the stand-in Slack, the stand-in bank and a real Bolt app, as `make demo` puts them together."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer
from playwright.async_api import expect

from sandbox.app import Sandbox, example_bank, example_workspace
from tests.sandbox.page.little_bot import INVOICES, little_bot
from tests.support.browsing import OpenPage

pytestmark = pytest.mark.browser


@pytest.fixture
async def site() -> AsyncIterator[tuple[Sandbox, str]]:
    sandbox = Sandbox(example_workspace(), example_bank())
    async with TestServer(sandbox.application()) as stand_in:
        url = str(stand_in.make_url("/"))
        env = sandbox.environment(url)
        bot = little_bot(env["SLACK_BOT_TOKEN"], env["SLACK_SIGNING_SECRET"], env["SLACK_API_URL"])
        async with TestServer(bot) as running:
            sandbox.connect(str(running.make_url("/")))
            yield sandbox, url


async def test_a_client_pays_an_admin_decides_and_the_talent_reads_it(
    site: tuple[Sandbox, str], open_page: OpenPage, artifacts: Path
) -> None:
    sandbox, url = site
    page = await open_page(url)
    await expect(page.get_by_text("Aucun paiement pour le moment.")).to_be_visible()
    await page.screenshot(path=artifacts / "together-start.png")
    await page.get_by_role("button", name="Numéro exact cité").click()
    card = page.get_by_role("article")
    await expect(card).to_contain_text("NIKE FRANCE")
    await page.get_by_role("button", name="Hugo Marchand").click()
    await card.get_by_role("button", name="Associer").click()
    refusal = page.get_by_role("article").filter(has_text="Visible par vous uniquement")
    await expect(refusal).to_contain_text("Seuls les administrateurs")
    await page.get_by_role("button", name="Maud Lefèvre").click()
    await expect(page.get_by_role("article")).to_have_count(1)
    await card.get_by_role("button", name="Associer").click()
    await expect(card).to_contain_text("Associé à FACT-2026-031 par @Maud Lefèvre")
    await page.screenshot(path=artifacts / "together-decided.png")
    await page.get_by_role("button", name="Camille Durand").click()
    await expect(page.get_by_role("button", name="paiements")).to_have_count(0)
    await page.get_by_role("button", name="Rapprochement").click()
    await expect(page.get_by_role("article")).to_contain_text("Payé ! NIKE a réglé votre collaboration.")
    await page.screenshot(path=artifacts / "together-talent.png")
    assert list(sandbox.workspace.problems) == []


async def test_a_modal_is_searched_corrected_and_sent(site: tuple[Sandbox, str], open_page: OpenPage) -> None:
    sandbox, url = site
    page = await open_page(url)
    await page.get_by_role("button", name="Paiement partiel").click()
    await page.get_by_role("button", name="Autre facture…").click()
    dialog = page.get_by_role("dialog", name="Associer un paiement")
    await dialog.get_by_label("Factures").fill("nike")
    await dialog.get_by_role("option", name=INVOICES[0]["text"]["text"]).click()
    await dialog.get_by_role("button", name="Associer", exact=True).click()
    await expect(dialog.get_by_text("Il reste à associer, lu : 1 000,00")).to_be_visible()
    await dialog.get_by_label("Montant").fill("1 500,00")
    await dialog.get_by_role("button", name="Associer", exact=True).click()
    await expect(dialog).to_be_hidden()
    await expect(page.get_by_role("button", name="Autre facture…")).to_be_focused()
    assert list(sandbox.workspace.problems) == []


async def test_home_and_command_answer(site: tuple[Sandbox, str], open_page: OpenPage) -> None:
    page = await open_page(site[1])
    draft = page.get_by_label("Message ou commande")
    await draft.fill("/qonto sync 30")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("article")).to_contain_text("Synchronisation demandée : sync 30")
    await page.get_by_role("button", name="Accueil").click()
    await expect(page.get_by_role("heading", name="Rapprochement Qonto")).to_be_visible()


async def test_an_app_that_is_down_is_told_to_the_person(
    site: tuple[Sandbox, str], open_page: OpenPage
) -> None:
    sandbox, url = site
    page = await open_page(url)
    await page.get_by_role("button", name="Numéro exact cité").click()
    associate = page.get_by_role("button", name="Associer FACT-2026-042")
    await expect(associate).to_be_visible()
    sandbox.connect("http://127.0.0.1:9")
    await associate.click()
    await expect(page.get_by_role("status").get_by_text("Réessayez.")).to_be_visible()
    await expect(page.get_by_role("heading", name="Anomalies relevées")).to_be_visible()
