"""The Home tab, the settings and the lists, in a real browser, on a desktop and on a phone."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import update

from bot.app import Service
from bot.bank.sync import sync_recent
from bot.cli.demo import running_demo
from bot.context import Context
from bot.locale import fr
from bot.messages.digest import want_digest
from sandbox.agency import GENERAL_CHANNEL, scenario
from sandbox.app import Sandbox
from sandbox.slack.model import Message as SlackMessage
from store.models import Message
from store.types import MessagePurpose
from tests.support.browsing import OpenPage, become, card, command, shape
from tests.support.processes import free_port

pytestmark = pytest.mark.browser

SCENARIOS = ["numero-exact", "meme-montant", "groupe", "payeur-inconnu", "partiel"]
UNKNOWN = 18  # with the ready ones, more than one page of Home
FOR_CAMILLE = [
    scenario("montant-exact").payment(),
    scenario("numero-exact").payment() | {"amount_cents": 30_000, "reference": "Acompte FACT-2026-043"},
]


async def go(page: Page, url: str, where: str) -> None:
    await page.goto(f"{url}#{where}")
    await page.reload()


async def test_everyone_reads_their_home(tmp_path: Path, open_page: OpenPage, artifacts: Path) -> None:
    ports = {"page_port": free_port(), "bot_port": free_port()}
    async with running_demo(tmp_path, **ports) as (url, sandbox, _):
        page = await open_page(f"{url}#U0MAUD/home")
        await expect(page.get_by_text("Tout est rapproché.")).to_be_visible()
        await shape(page, artifacts, "home-empty")
        for each in SCENARIOS:
            await page.request.post(f"{url}/bank/sandbox/pay", data=scenario(each).payment())
        await expect(page.get_by_text("5 sur 5")).to_be_visible()
        await page.get_by_role("button", name="Associer FACT-2026-042").click()
        await expect(page.get_by_text("Derniers rapprochements")).to_be_visible()
        await shape(page, artifacts, "home-admin")
        await _opens_what_the_buttons_promise(page, artifacts)
        await _a_small_payment_has_no_card(page, url)
        await _a_talent_chooses_english(page, url, artifacts)

        await go(page, url, "U0HUGO/home")
        await expect(page.get_by_text("pour une question sur un règlement")).to_be_visible()
        await shape(page, artifacts, "home-other")
        await _an_old_button_is_refused_politely(page, sandbox, artifacts)
        assert list(sandbox.workspace.problems) == []


async def _opens_what_the_buttons_promise(page: Page, artifacts: Path) -> None:
    await page.get_by_role("button", name="Factures", exact=True).click()
    await expect(page.get_by_role("dialog", name="Factures à encaisser")).to_be_visible()
    await shape(page, artifacts, "home-invoices")
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Réglages").click()
    settings = page.get_by_role("dialog", name="Réglages")
    await expect(settings.get_by_text("Pour l’agence")).to_be_visible()
    await shape(page, artifacts, "home-settings")
    await settings.get_by_label("Montant à partir duquel").fill("pas un montant")
    await settings.get_by_role("button", name="Enregistrer").click()
    await expect(settings.get_by_text("Écrivez un montant comme 1500,00.")).to_be_visible()
    await shape(page, artifacts, "home-settings-error")
    await settings.get_by_role("button", name="Mémoire des payeurs").click()
    memory = page.get_by_role("dialog", name="Mémoire des payeurs")
    await expect(memory.get_by_text("1 confirmation").first).to_be_visible()
    await shape(page, artifacts, "home-memory")
    await page.keyboard.press("Escape")
    await settings.get_by_role("button", name="Relier un talent").click()
    await expect(page.get_by_role("dialog", name="Relier un talent")).to_be_visible()
    await shape(page, artifacts, "home-link")
    await page.keyboard.press("Escape")


async def _a_small_payment_has_no_card(page: Page, url: str) -> None:
    settings = page.get_by_role("dialog", name="Réglages")
    await settings.get_by_label("Montant à partir duquel").fill("50")
    await settings.get_by_role("button", name="Enregistrer").click()
    await expect(settings).to_have_count(0)
    small = scenario("payeur-inconnu").payment() | {"amount_cents": 1_234}
    await page.request.post(f"{url}/bank/sandbox/pay", data=small)
    await expect(page.get_by_text("12,34\u00a0€")).to_be_visible()
    await page.get_by_role("button", name="paiements").first.click()
    await expect(card(page, "735,20\u00a0€")).to_be_visible()
    await expect(card(page, "12,34\u00a0€")).to_have_count(0)


async def _a_talent_chooses_english(page: Page, url: str, artifacts: Path) -> None:
    await go(page, url, "U0CAMILLE/home")
    await expect(page.get_by_text("✓ Payée")).to_be_visible()
    await shape(page, artifacts, "home-talent")
    await page.get_by_role("button", name="Mes réglages").click()
    mine = page.get_by_role("dialog", name="Réglages")
    await expect(mine).to_be_visible()
    await shape(page, artifacts, "home-talent-settings")
    await mine.get_by_label("English").check()
    await mine.get_by_role("button", name="Enregistrer").click()
    await expect(page.get_by_text("✓ Paid")).to_be_visible()
    await shape(page, artifacts, "home-talent-english")
    await page.get_by_role("button", name="My settings").click()
    await expect(page.get_by_role("dialog", name="Settings")).to_be_visible()
    await shape(page, artifacts, "home-talent-settings-english")
    await page.keyboard.press("Escape")


async def _an_old_button_is_refused_politely(page: Page, sandbox: Sandbox, artifacts: Path) -> None:
    """What a version of long ago left in a channel everybody reads, in the words of who clicks."""
    workspace = sandbox.workspace
    old = {"type": "button", "action_id": "v0.settle", "text": {"type": "plain_text", "text": "Solder"}}
    blocks = [{"type": "actions", "block_id": "b", "elements": [old | {"value": "v0:1"}]}]
    workspace.add_message(
        SlackMessage(GENERAL_CHANNEL, workspace.stamps.next(), workspace.app.bot_user, "Solder", blocks)
    )
    await page.get_by_role("button", name="general").click()
    for person, said in (
        ("Maud Lefèvre", "Ce bouton n’est plus reconnu. Ouvrez la carte à jour du paiement."),
        ("Hugo Marchand", "Ce bouton n’est plus reconnu."),
        ("Camille Durand", "This button is no longer known."),
    ):
        await become(page, person)
        await page.get_by_role("button", name="Solder").click()
        await expect(card(page, said)).to_be_visible()
    await shape(page, artifacts, "old-button")


async def test_lists_pages_and_questions_read_well(
    tmp_path: Path, open_page: OpenPage, artifacts: Path
) -> None:
    ports = {"page_port": free_port(), "bot_port": free_port()}
    async with running_demo(tmp_path, **ports) as (url, sandbox, service):
        await service.slack.people.link_by_email("U0CAMILLE")
        page = await open_page(f"{url}#U0CAMILLE/home")
        await _a_talent_wants_one_message_a_day(page)
        await go(page, url, "U0MAUD/C0PAIEMENTS")
        await _a_flood_is_one_message(page, url, service, artifacts)
        await _a_digest_is_one_message(page, service, artifacts)
        await _a_talent_reads_one_message(page, f"{url}#U0CAMILLE/{direct(sandbox, 'U0CAMILLE')}", service)
        await shape(page, artifacts, "talent-digest")
        await _somebody_else_reads_none(page, f"{url}#U0HUGO/{direct(sandbox, 'U0HUGO')}", artifacts)
        await become(page, "Maud Lefèvre")
        await _home_has_pages(page, artifacts)
        await _a_talent_is_linked(page, url, sandbox, artifacts)
        assert list(sandbox.workspace.problems) == []


def direct(sandbox: Sandbox, user: str) -> str:
    return sandbox.workspace.open_im(user).id


async def _a_talent_wants_one_message_a_day(page: Page) -> None:
    await page.get_by_role("button", name="Mes réglages").click()
    mine = page.get_by_role("dialog", name="Réglages")
    await mine.get_by_label("Une fois par jour, à heure fixe").check()
    await mine.get_by_role("button", name="Enregistrer").click()
    await expect(mine).to_have_count(0)


async def _a_flood_is_one_message(page: Page, url: str, service: Service, artifacts: Path) -> None:
    payments = [scenario(each).payment() for each in SCENARIOS]
    unknown = scenario("payeur-inconnu").payment()
    payments += FOR_CAMILLE
    payments += [unknown | {"amount_cents": 10_000 + number} for number in range(UNKNOWN)]
    for payment in payments:
        await page.request.post(f"{url}/bank/sandbox/pay", data=payment | {"deliver": False})
    await sync_recent(service.ctx, days=2)
    group = card(page, "25 paiements reçus à la fois")
    await expect(group.get_by_text("FACT-2026-042")).to_be_visible()
    await group.get_by_role("button", name="Afficher la carte de 1 500,00 €").click()
    # The card comes after twenty-five suggestions and the alerts, one message a second.
    await page.get_by_role("button", name="Associer FACT-2026-042").click(timeout=60_000)
    await expect(group.get_by_text("Rapproché", exact=False).first).to_be_visible()
    await shape(page, artifacts, "list-group", top=group)


async def _a_digest_is_one_message(page: Page, service: Service, artifacts: Path) -> None:
    day = working_day()
    morning = replace(service.ctx, clock=lambda: fr.at_hour(day, 9))
    assert await want_digest(morning, "C0PAIEMENTS", 9)
    await hurry(service.ctx, MessagePurpose.DIGEST)
    digest = card(page, "24\u00a0paiements attendent")
    await expect(digest.get_by_text("… et 4\u00a0autres paiements dans l’accueil")).to_be_visible()
    await expect(digest.get_by_role("button", name="Associer les 3")).to_be_visible()
    await shape(page, artifacts, "list-digest", top=digest)
    both = digest.get_by_role("button", name=re.compile("^Associer FACT-2026-04[38]"))
    for button in (both.first, both.last):
        await button.click()
    await expect(both).to_have_count(0)


async def _a_talent_reads_one_message(page: Page, address: str, service: Service) -> None:
    """Three payments since yesterday, one in part: one message, and not before its hour."""
    await page.goto(address)
    await page.reload()
    await expect(page.get_by_label("Message ou commande")).to_be_visible()
    await expect(page.get_by_role("article")).to_have_count(0)
    await hurry(service.ctx, MessagePurpose.TALENT_PAID)
    told = card(page, "Payé\u202f!")
    for deal in ("Campagne printemps", "Recettes d’automne"):
        await expect(told.get_by_text(f"a réglé votre collaboration {deal}")).to_be_visible()
    await expect(told.get_by_text("a réglé une partie de votre collaboration")).to_be_visible()
    await expect(told.get_by_role("listitem")).to_have_count(3)
    await expect(page.get_by_role("article")).to_have_count(1)


async def _somebody_else_reads_none(page: Page, address: str, artifacts: Path) -> None:
    """Nothing is sent to them; the choices are not theirs to make, and they are told whose they are."""
    await page.goto(address)
    await page.reload()
    await command(page, "/qonto réglages")
    await expect(card(page, "Les paiements sont réservés aux administrateurs")).to_be_visible()
    await expect(page.get_by_role("article")).to_have_count(1)
    await shape(page, artifacts, "other-digest")
    await page.get_by_role("button", name="Accueil").click()
    await expect(page.get_by_text("pour une question sur un règlement")).to_be_visible()
    await expect(page.get_by_role("main").get_by_role("button", name="Réglages")).to_have_count(0)
    await page.get_by_role("button", name="paiements").first.click()
    digest = card(page, "paiements attendent")
    await digest.get_by_role("button", name="Chercher une facture…").first.click()
    await expect(card(page, "Seuls les administrateurs peuvent")).to_be_visible()
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def _home_has_pages(page: Page, artifacts: Path) -> None:
    await page.get_by_role("button", name="Accueil").click()
    await expect(page.get_by_text("1 à 20 sur 22")).to_be_visible()
    await page.get_by_role("button", name="Suivants").scroll_into_view_if_needed()
    await shape(page, artifacts, "home-page-1")
    await page.get_by_role("button", name="Suivants").click()
    await expect(page.get_by_text("21 à 22 sur 22")).to_be_visible()
    await expect(page.get_by_role("button", name="Suivants")).to_have_count(0)
    await shape(page, artifacts, "home-page-2")
    await page.get_by_role("button", name="Précédents").click()
    await expect(page.get_by_text("1 à 20 sur 22")).to_be_visible()


async def _a_talent_is_linked(page: Page, url: str, sandbox: Sandbox, artifacts: Path) -> None:
    """An admin guesses wrong, then right: the person says yes, and the message that waited leaves."""
    await page.get_by_role("button", name="Associer les 3", exact=False).first.click()
    await expect(page.get_by_text("1 à 20 sur 21")).to_be_visible()
    await _ask(page, "Hugo Marchand")
    await go(page, url, f"U0HUGO/{direct(sandbox, 'U0HUGO')}")
    await expect(card(page, "Êtes-vous bien Inès Benali")).to_be_visible()
    await expect(page.get_by_role("article").get_by_text("€")).to_have_count(0)
    await page.get_by_role("button", name="Ce n’est pas moi").click()
    await expect(card(page, "vous n’êtes pas Inès Benali")).to_be_visible()
    await shape(page, artifacts, "other-question")
    await go(page, url, "U0MAUD/home")
    await expect(page.get_by_text("a répondu non")).to_be_visible()
    await _ask(page, "Inès Benali")
    await go(page, url, f"U0INES/{direct(sandbox, 'U0INES')}")
    await expect(page.get_by_role("button", name="C’est moi", exact=True)).to_be_visible()
    await shape(page, artifacts, "talent-question")
    await page.get_by_role("button", name="C’est moi", exact=True).click()
    await expect(card(page, "Payé", "Océane Cosmétiques")).to_be_visible()
    await shape(page, artifacts, "talent-linked")
    await become(page, "Maud Lefèvre")


async def _ask(page: Page, person: str) -> None:
    await page.get_by_role("button", name="Relier un talent").click()
    link = page.get_by_role("dialog", name="Relier un talent")
    await link.get_by_label("Talent sans compte Slack").select_option("Inès Benali")
    await link.get_by_label("Personne dans Slack").fill(person[:4])
    await link.get_by_role("listbox").get_by_role("option", name=person).click()
    await link.get_by_role("button", name="Poser la question").click()
    await expect(page.get_by_text("question posée à")).to_be_visible()


def working_day() -> date:
    day = fr.paris_day(datetime.now(UTC)) + timedelta(days=1)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day


async def hurry(ctx: Context, purpose: MessagePurpose) -> None:
    """Let what was wanted for a later instant leave now."""
    async with ctx.database.write() as session:
        await session.execute(
            update(Message).where(Message.purpose == purpose).values(next_attempt_at=ctx.clock())
        )
