"""Finding a browser, and watching what its pages do."""

import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import Page

ARTIFACTS = Path(__file__).parent / "artifacts"
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
TIMEOUT_MS = 5000

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
        page.on("console", lambda line: self.errors.append(line.text) if line.type == "error" else None)
        page.on("request", lambda sent: self._note(sent.url, origin))

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
