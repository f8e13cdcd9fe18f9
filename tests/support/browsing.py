"""Finding a browser, and watching what its pages do."""

import re
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import Locator, Page, expect

ARTIFACTS = Path(__file__).parents[1] / "artifacts"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    "--lang=fr-FR",
]
DESKTOP = (1360, 900)
PHONE = (360, 740)
TIMEOUT_MS = 15_000  # the machine may be busy; what works does not wait for it

OpenPage = Callable[..., Awaitable[Page]]


@dataclass
class Watch:
    """What went wrong in the pages of a test: errors, and requests to another origin."""

    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def on(self, page: Page, url: str) -> None:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}/"
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda line: self._hear(line.type, line.text))
        page.on("request", lambda sent: self._note(sent.url, origin))

    def _hear(self, kind: str, text: str) -> None:
        # A story ends by stopping its servers; the page may still ask them something before it closes.
        if kind == "error" and "ERR_CONNECTION_REFUSED" not in text:
            self.errors.append(text)

    def _note(self, url: str, origin: str) -> None:
        if not url.startswith((origin, "data:")):
            self.outside.append(url)


def executable() -> str | None:
    """Return the system's browser; None lets Playwright look for its own."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


async def overflow(page: Page) -> int:
    """Return by how many pixels the page is wider than its window."""
    width: int = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return width


async def cut_off(page: Page) -> list[str]:
    """Return the controls and texts that stick out of the visible column."""
    found: list[str] = await page.evaluate(
        """() => [...document.querySelectorAll("main *, dialog[open] *")]
             .filter((node) => node.checkVisibility() && !node.closest(".sr-only"))
             .filter((node) => node.getBoundingClientRect().right > window.innerWidth + 1)
             .map((node) => node.outerHTML.slice(0, 120))"""
    )
    return found


async def shape(page: Page, artifacts: Path, name: str, *, top: Locator | None = None) -> None:
    """Take the page at both widths, from ``top`` on, and check that nothing sticks out of either."""
    for size in (PHONE, DESKTOP):
        await page.set_viewport_size({"width": size[0], "height": size[1]})
        if top is not None:
            await top.evaluate("node => node.scrollIntoView()")
        await page.screenshot(path=artifacts / f"{name}-{size[0]}.png")
        assert await overflow(page) <= 0, name
        assert await cut_off(page) == [], name


def card(page: Page, *words: str) -> Locator:
    """Find the messages that hold all these words."""
    found = page.get_by_role("article")
    for word in words:
        found = found.filter(has_text=word)
    return found


async def become(page: Page, name: str) -> None:
    """See the page as somebody else."""
    await page.get_by_role("button", name=name).first.click()


async def pay(page: Page, title: str) -> None:
    """Let a client pay, as one of the ready scenarios does."""
    await page.get_by_role("button", name=re.compile(f"^{title}")).click()


async def command(page: Page, text: str) -> None:
    """Type a command and send it."""
    await expect(page.get_by_role("dialog")).to_have_count(0)
    composer = page.get_by_label("Message ou commande")
    await composer.fill(text)
    await page.get_by_role("button", name="Envoyer").click()
    await expect(composer).to_have_value("")
