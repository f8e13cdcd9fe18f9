"""A real browser for tests: the system's Chromium when there is one, watched for errors and outside requests."""

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Error, Page, async_playwright

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
]
DESKTOP = (1360, 900)
PHONE = (360, 740)
TIMEOUT_MS = 5000

OpenPage = Callable[..., Awaitable[Page]]


@dataclass
class Watch:
    """What went wrong in the pages of a test."""

    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def on(self, page: Page, origin: str) -> None:
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda line: self.errors.append(line.text) if line.type == "error" else None)
        page.on("request", lambda sent: self._note(sent.url, origin))

    def _note(self, url: str, origin: str) -> None:
        if not url.startswith((origin, "data:", "blob:")):
            self.outside.append(url)


def _executable() -> str | None:
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        try:
            browser = await playwright.chromium.launch(executable_path=_executable(), args=ARGUMENTS)
        except Error as error:
            if os.environ.get("CI") == "true":
                raise
            pytest.skip(f"no browser here: {error.message.splitlines()[0]}")
        yield browser
        await browser.close()


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
async def open_page(browser: Browser, watch: Watch) -> AsyncIterator[OpenPage]:
    """Open a URL in a French browser; the test fails on any console error or request to another origin."""

    async def open_it(url: str, *, size: tuple[int, int] = DESKTOP) -> Page:
        width, height = size
        context = await browser.new_context(
            viewport={"width": width, "height": height},
            locale="fr-FR",
            timezone_id="Europe/Paris",
            reduced_motion="reduce",
        )
        context.set_default_timeout(TIMEOUT_MS)
        page = await context.new_page()
        parts = urlsplit(url)
        watch.on(page, f"{parts.scheme}://{parts.netloc}")
        await page.goto(url)
        return page

    yield open_it
    assert watch.errors == []
    assert watch.outside == []


@pytest.fixture
def artifacts() -> Path:
    """Where screenshots are kept."""
    ARTIFACTS.mkdir(exist_ok=True)
    return ARTIFACTS
