"""A real browser for tests: the system's Chromium when there is one, watched while it is used."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Error, Page, async_playwright, expect

from tests.support.browsing import ARGUMENTS, ARTIFACTS, DESKTOP, TIMEOUT_MS, OpenPage, Watch, executable

expect.set_options(timeout=TIMEOUT_MS)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        try:
            browser = await playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
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
        context = await browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale="fr-FR",
            timezone_id="Europe/Paris",
            reduced_motion="reduce",
        )
        context.set_default_timeout(TIMEOUT_MS)
        page = await context.new_page()
        watch.on(page, url)
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


def main() -> int:
    """Make sure that there is a browser: the system's, else Playwright's own download. Never fails a run."""
    if executable() is not None:
        return 0
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    return subprocess.run(command, check=False).returncode  # noqa: S603  # a fixed command


if __name__ == "__main__":
    if main() != 0:
        sys.stderr.write("No browser: the browser tests will be skipped (or fail when CI=true).\n")
