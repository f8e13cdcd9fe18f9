"""What the page shows: every block, at both widths, without asking anyone else for anything."""

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.sandbox.page.canned import Canned, message, modal
from tests.sandbox.page.gallery import CARD, DAY, DECIDED, ELEMENTS, INPUTS, MARKUP
from tests.support.browsing import DESKTOP, PHONE, OpenPage, cut_off, overflow

pytestmark = pytest.mark.browser

both_widths = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])


def fill(canned: Canned) -> None:
    canned.messages = [
        message(f"{DAY}.000100", [], text="Bonjour à tous", user="U0HUGO"),
        message(f"{DAY + 60}.000100", DECIDED),
        message(f"{DAY + 120}.000100", CARD, edited=True),
        message(f"{DAY + 180}.000100", [], text="Demandez à <@U0MAUD>.", ephemeral=True),
    ]
    canned.direct = [message(f"{DAY}.000100", [], text=MARKUP), message(f"{DAY + 60}.000100", ELEMENTS)]
    canned.home = {"id": "V0HOME", "type": "home", "blocks": ELEMENTS[:5] + CARD}


async def check_shape(page: Page) -> None:
    assert await overflow(page) <= 0
    assert await cut_off(page) == []
    assert await page.locator("[data-unknown-block]").count() == 0


@both_widths
async def test_every_block_of_a_message_fits(
    canned: Canned, open_page: OpenPage, artifacts: Path, size: tuple[int, int]
) -> None:
    fill(canned)
    page = await open_page(canned.url, size=size)
    await expect(page.get_by_role("button", name="Associer FACT-2026-042")).to_be_visible()
    await check_shape(page)
    await page.screenshot(path=artifacts / f"page-channel-{size[0]}.png")

    await page.goto(f"{canned.url}#U0MAUD/D0QONTO")
    await expect(page.get_by_role("heading", name="Tous les éléments")).to_be_visible()
    await check_shape(page)
    await page.screenshot(path=artifacts / f"page-elements-{size[0]}.png")
    kinds = await page.eval_on_selector_all("[data-block]", "nodes => nodes.map(node => node.dataset.block)")
    assert set(kinds) == {block["type"] for block in ELEMENTS}


@both_widths
async def test_every_field_of_a_modal_fits(
    canned: Canned, open_page: OpenPage, artifacts: Path, size: tuple[int, int]
) -> None:
    canned.modals = [modal("V1", "Associer un paiement", INPUTS)]
    page = await open_page(canned.url, size=size)
    dialog = page.get_by_role("dialog", name="Associer un paiement")
    await expect(dialog).to_be_visible()
    for block in INPUTS[1:]:
        await expect(dialog.get_by_label(block["label"]["text"]).first).to_be_attached()
    await check_shape(page)
    await page.screenshot(path=artifacts / f"page-modal-{size[0]}.png")


@both_widths
async def test_the_home_tab_fits_and_says_where_one_is(
    canned: Canned, open_page: OpenPage, artifacts: Path, size: tuple[int, int]
) -> None:
    fill(canned)
    page = await open_page(f"{canned.url}#U0MAUD/home", size=size)
    await expect(page.get_by_role("heading", name="Accueil", level=1)).to_be_visible()
    await expect(page.get_by_role("button", name="Autre facture…")).to_be_visible()
    await check_shape(page)
    await page.screenshot(path=artifacts / f"page-home-{size[0]}.png")
    assert canned.last("/ui/home") == {"user": "U0MAUD"}


@both_widths
async def test_the_bank_and_the_people_fit(
    canned: Canned, open_page: OpenPage, artifacts: Path, size: tuple[int, int]
) -> None:
    page = await open_page(canned.url, size=size)
    for tab in ("Conversations", "Banque"):
        if size == PHONE:
            await page.get_by_role("button", name=tab).click()
        assert await overflow(page) <= 0
        await page.screenshot(path=artifacts / f"page-{tab.lower()}-{size[0]}.png")
    await expect(page.get_by_role("button", name="Numéro exact cité")).to_be_visible()


async def test_the_page_says_that_it_is_not_slack(canned: Canned, open_page: OpenPage) -> None:
    page = await open_page(canned.url)
    await expect(page.get_by_text("Aperçu de démonstration\u00a0: ce n’est pas Slack.")).to_be_visible()
    response = await page.request.get(canned.url)
    assert response.headers["content-security-policy"].startswith("default-src 'self';")


async def test_markup_becomes_nodes_and_never_html(canned: Canned, open_page: OpenPage) -> None:
    fill(canned)
    page = await open_page(f"{canned.url}#U0MAUD/D0QONTO")
    first = page.get_by_role("article").first
    await expect(first.locator("strong", has_text="gras avec italique").locator("em")).to_have_text(
        "italique"
    )
    await expect(first.locator("s")).to_have_text("barré")
    await expect(first.locator("code")).to_have_text("code *brut*")
    await expect(first.locator("blockquote")).to_have_text("une citationsur deux lignes")
    await expect(first.locator("li")).to_have_count(2)
    await expect(first.locator("pre")).to_have_text("FACT-2026-042\n  1 500,00")
    await expect(first.get_by_role("link", name="un lien")).to_have_attribute("rel", "noopener noreferrer")
    await expect(first).to_contain_text("@Camille Durand dans #general le 21/09/2026 à 16:13")
    await expect(first).to_contain_text("R&D <b>pas du HTML</b>")
    await expect(first).to_contain_text("3*4*5 snake_case_name")
    assert await page.locator("main script, main b").count() == 0


async def test_links_that_are_not_web_links_stay_text(canned: Canned, open_page: OpenPage) -> None:
    canned.messages = [
        message(
            f"{DAY}.000100",
            [],
            text="<javascript:alert(1)|cliquez> et <mailto:a@b.example|écrire> à <!subteam^S0FINANCE>",
        )
    ]
    page = await open_page(canned.url)
    await expect(page.get_by_role("article")).to_contain_text("cliquez et écrire à @finance")
    assert await page.get_by_role("article").get_by_role("link").all_inner_texts() == ["écrire"]


async def test_an_unknown_block_is_a_red_box(canned: Canned, open_page: OpenPage) -> None:
    unknown = {"type": "actions", "block_id": "a", "elements": [{"type": "hologram", "action_id": "h"}]}
    canned.messages = [message(f"{DAY}.000100", [{"type": "carousel", "block_id": "c"}, unknown])]
    page = await open_page(canned.url)
    await expect(page.get_by_text("Bloc inconnu\u00a0: carousel")).to_be_visible()
    await expect(page.get_by_text("Élément inconnu\u00a0: hologram")).to_be_visible()
    assert await page.locator("[data-unknown-block]").count() == 2


async def test_problems_of_the_stand_in_are_listed(canned: Canned, open_page: OpenPage) -> None:
    canned.problems = [
        {"at": "2026-01-27T13:05:00+00:00", "where": "chat.postMessage", "text": "/blocks/0 : trop long"}
    ]
    page = await open_page(canned.url)
    await expect(page.get_by_role("heading", name="Anomalies relevées (1)")).to_be_visible()
    await expect(page.get_by_text("14:05 · chat.postMessage")).to_be_visible()


async def test_a_new_message_is_read_aloud_and_the_list_follows_it(
    canned: Canned, open_page: OpenPage
) -> None:
    fill(canned)
    page = await open_page(canned.url)
    await expect(page.get_by_role("article")).to_have_count(4)
    canned.messages.append(message(f"{DAY + 240}.000100", CARD, text="1 500,00 € de NIKE FRANCE"))
    canned.tell({"type": "changed"})
    await expect(page.get_by_role("article")).to_have_count(5)
    await expect(page.get_by_role("article").last).to_be_in_viewport()
    await expect(page.locator("#announcer")).to_have_text(
        "Nouveau message de Qonto\u00a0: 1 500,00 € de NIKE FRANCE"
    )


async def test_the_json_of_a_message_can_be_shown(canned: Canned, open_page: OpenPage) -> None:
    fill(canned)
    page = await open_page(canned.url)
    await page.get_by_label("Montrer le JSON").check()
    await page.get_by_text("JSON du message").last.click()
    await expect(page.get_by_text('"ephemeral": true')).to_be_visible()
