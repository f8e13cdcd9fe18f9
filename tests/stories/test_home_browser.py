"""The Home tab, the settings and the lists, in a real browser, on a desktop and on a phone."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import update

from bot import fr
from bot.context import Actor, Context
from bot.demo import running_demo
from bot.digest import want_digest
from bot.home import read_unlinked
from bot.linking import ask_person
from bot.sync import sync_recent
from sandbox.agency import scenario
from store.models import Message
from store.types import ActorKind
from tests.browsing import DESKTOP, PHONE, OpenPage, cut_off, overflow
from tests.processes import free_port

pytestmark = pytest.mark.browser

PATIENCE_MS = 15_000  # the stand-in takes one message a second, as Slack does
SCENARIOS = ["numero-exact", "meme-montant", "groupe", "payeur-inconnu", "partiel"]


async def shape(page: Page, artifacts: Path, name: str, *, full: bool = True) -> None:
    await page.screenshot(path=artifacts / f"{name}.png", full_page=full)
    assert await overflow(page) <= 0
    assert await cut_off(page) == []


async def go(page: Page, url: str, where: str) -> None:
    await page.goto(f"{url}#{where}")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_everyone_reads_their_home(
    tmp_path: Path, open_page: OpenPage, artifacts: Path, size: tuple[int, int]
) -> None:
    ports = {"page_port": free_port(), "bot_port": free_port()}
    async with running_demo(tmp_path, **ports) as (url, sandbox, _):
        page = await open_page(f"{url}#U0MAUD/home", size=size)
        await expect(page.get_by_text("Tout est rapproché.")).to_be_visible()
        await shape(page, artifacts, f"home-empty-{size[0]}")
        for each in SCENARIOS:
            await page.request.post(f"{url}/bank/sandbox/pay", data=scenario(each).payment())
        await expect(page.get_by_text("5 sur 5")).to_be_visible()
        await page.get_by_role("button", name="Associer FACT-2026-042").click()
        await expect(page.get_by_text("Derniers rapprochements")).to_be_visible()
        await shape(page, artifacts, f"home-admin-{size[0]}")

        await page.get_by_role("button", name="Factures", exact=True).click()
        await expect(page.get_by_role("dialog", name="Factures à encaisser")).to_be_visible()
        await shape(page, artifacts, f"home-invoices-{size[0]}", full=False)
        await page.keyboard.press("Escape")

        await page.get_by_role("button", name="Réglages").click()
        settings = page.get_by_role("dialog", name="Réglages")
        await expect(settings.get_by_text("Pour l’agence")).to_be_visible()
        await shape(page, artifacts, f"home-settings-{size[0]}", full=False)
        await settings.get_by_label("Montant à partir duquel").fill("pas un montant")
        await settings.get_by_role("button", name="Enregistrer").click()
        await expect(settings.get_by_text("Écrivez un montant comme 1500,00.")).to_be_visible()
        await settings.get_by_role("button", name="Mémoire des payeurs").click()
        memory = page.get_by_role("dialog", name="Mémoire des payeurs")
        await expect(memory.get_by_text("1 confirmation").first).to_be_visible()
        await shape(page, artifacts, f"home-memory-{size[0]}", full=False)
        await page.keyboard.press("Escape")
        await settings.get_by_role("button", name="Relier un talent").click()
        link = page.get_by_role("dialog", name="Relier un talent")
        await expect(link).to_be_visible()
        await shape(page, artifacts, f"home-link-{size[0]}", full=False)

        await go(page, url, "U0CAMILLE/home")
        await page.reload()
        await expect(page.get_by_text("Mes collaborations")).to_be_visible()
        await expect(page.get_by_text("✓ Payée")).to_be_visible()
        await shape(page, artifacts, f"home-talent-{size[0]}")
        await page.get_by_role("button", name="Mes réglages").click()
        await expect(page.get_by_role("dialog", name="Réglages")).to_be_visible()
        await shape(page, artifacts, f"home-talent-settings-{size[0]}", full=False)

        await go(page, url, "U0HUGO/home")
        await page.reload()
        await expect(page.get_by_text("pour une question sur un règlement")).to_be_visible()
        await shape(page, artifacts, f"home-other-{size[0]}")
        assert list(sandbox.workspace.problems) == []


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_lists_and_questions_read_well(
    tmp_path: Path, open_page: OpenPage, artifacts: Path, size: tuple[int, int]
) -> None:
    ports = {"page_port": free_port(), "bot_port": free_port()}
    async with running_demo(tmp_path, **ports) as (url, sandbox, service):
        page = await open_page(f"{url}#U0MAUD/C0PAIEMENTS", size=size)
        payments = [scenario(each).payment() for each in SCENARIOS]
        payments += [payments[-2] | {"amount_cents": 10_000 + number} for number in range(8)]
        for payment in payments:
            await page.request.post(f"{url}/bank/sandbox/pay", data=payment | {"deliver": False})
        await sync_recent(service.ctx, days=2)
        group = page.get_by_role("article").filter(has_text="13 paiements reçus à la fois")
        await expect(group.get_by_text("FACT-2026-042")).to_be_visible(timeout=PATIENCE_MS)
        await group.get_by_role("button", name="Afficher la carte de 1 500,00 €").click()
        await expect(page.get_by_role("button", name="Associer FACT-2026-042")).to_be_visible(
            timeout=PATIENCE_MS
        )
        await page.get_by_role("button", name="Associer FACT-2026-042").click()
        await expect(group.get_by_text("Rapproché", exact=False).first).to_be_visible(timeout=PATIENCE_MS)
        await shape(page, artifacts, f"list-group-{size[0]}")
        await group.screenshot(path=artifacts / f"list-group-only-{size[0]}.png")

        day = working_day()
        morning = replace(service.ctx, clock=lambda: fr.at_hour(day, 9))
        assert await want_digest(morning, "C0PAIEMENTS", 9)
        await hurry(service.ctx)
        digest = page.get_by_role("article").filter(has_text="12 paiements attendent")
        await expect(digest.get_by_role("button", name="Associer les 3")).to_be_visible(timeout=PATIENCE_MS)
        await digest.screenshot(path=artifacts / f"list-digest-{size[0]}.png")
        await shape(page, artifacts, f"list-channel-{size[0]}")

        admin = Actor(ActorKind.SLACK, "U0MAUD", is_admin=True)
        async with service.ctx.database.read() as session:
            talents = {one.name: one.id for one in await read_unlinked(session, 10)}
        await ask_person(service.ctx, admin, talent_id=talents["Inès Benali"], user_id="U0INES")
        await go(page, url, f"U0INES/{sandbox.workspace.open_im('U0INES').id}")
        await page.reload()
        await expect(page.get_by_role("button", name="C’est moi", exact=True)).to_be_visible(
            timeout=PATIENCE_MS
        )
        await shape(page, artifacts, f"talent-question-{size[0]}")
        assert list(sandbox.workspace.problems) == []


def working_day() -> date:
    day = fr.paris_day(datetime.now(UTC)) + timedelta(days=1)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day


async def hurry(ctx: Context) -> None:
    """Let what was wanted for a later instant leave now."""
    async with ctx.database.write() as session:
        await session.execute(update(Message).values(next_attempt_at=ctx.clock()))
    ctx.wake.notify()
