"""Readable and usable by everyone: contrast, names, sizes."""

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.sandbox.page.canned import Canned, message, modal
from tests.sandbox.page.gallery import CARD, DAY, DECIDED, ELEMENTS, INPUTS
from tests.support.browsing import DESKTOP, PHONE, OpenPage

pytestmark = pytest.mark.browser

LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3
LEAST_TARGET = 24  # WCAG 2.2, 2.5.8

FAULTS = Path(__file__).with_name("access.js").read_text(encoding="utf-8")


async def check_access(page: Page) -> None:
    faults = await page.evaluate(FAULTS, {"contrast": LEAST_CONTRAST, "target": LEAST_TARGET})
    assert faults == {"faint": [], "small": [], "nameless": [], "doubled": [], "dangling": []}


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_texts_have_contrast_and_controls_a_name_and_a_size(
    canned: Canned, open_page: OpenPage, size: tuple[int, int]
) -> None:
    canned.messages = [
        message(f"{DAY}.000100", CARD),
        message(f"{DAY + 60}.000100", DECIDED, ephemeral=True, edited=True),
        message(f"{DAY + 120}.000100", ELEMENTS),
    ]
    canned.unread = 1
    canned.problems = [{"at": "2026-01-27T13:05:00+00:00", "where": "chat.update", "text": "trop long"}]
    page = await open_page(canned.url, size=size)
    await expect(page.get_by_role("article")).to_have_count(3)
    await check_access(page)
    canned.modals = [modal("V1", "Associer un paiement", INPUTS)]
    canned.tell({"type": "changed"})
    await expect(page.get_by_role("dialog")).to_be_visible()
    await check_access(page)


async def test_the_page_can_be_walked_by_keyboard(canned: Canned, open_page: OpenPage) -> None:
    canned.messages = [message(f"{DAY}.000100", CARD)]
    page = await open_page(canned.url)
    await expect(page.get_by_role("article")).to_be_visible()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Aller à la conversation")).to_be_focused()
    seen = set()
    for _ in range(40):
        await page.keyboard.press("Tab")
        seen.add(await page.evaluate("document.activeElement.textContent.trim().slice(0, 14)"))
    assert {"MLMaud Lefèvre", "#paiements", "Associer", "Envoyer", "Numéro exact c"} <= seen


async def test_choosing_a_place_on_a_phone_moves_the_keyboard_there(
    canned: Canned, open_page: OpenPage
) -> None:
    page = await open_page(canned.url, size=PHONE)
    await page.get_by_role("button", name="Conversations").click()
    await page.get_by_role("button", name="general").click()
    await expect(page.get_by_role("main")).to_be_focused()
    await expect(page.get_by_role("heading", name="# general")).to_be_visible()


async def test_a_message_that_arrives_behind_the_bank_is_marked(canned: Canned, open_page: OpenPage) -> None:
    page = await open_page(canned.url, size=PHONE)
    await expect(page.get_by_role("heading", name="# paiements")).to_be_visible()
    await page.get_by_role("button", name="Banque").click()
    canned.messages = [message(f"{DAY}.000100", CARD)]
    canned.tell({"type": "changed"})
    messages = page.get_by_role("button", name="Messages", exact=True)
    await expect(messages).to_have_class("dot")
    await messages.click()
    await expect(messages).not_to_have_class("dot")
