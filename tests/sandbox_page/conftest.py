"""A real browser for tests: the system's Chromium when there is one, watched while it is used."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Error, Page, async_playwright

from tests.sandbox_page.browsing import ARGUMENTS, ARTIFACTS, DESKTOP, TIMEOUT_MS, OpenPage, Watch, executable
from tests.sandbox_page.canned import Canned


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


@pytest.fixture
async def canned() -> AsyncIterator[Canned]:
    """A server of fixed state behind the page, at `canned.url`."""
    canned = Canned()
    async with TestServer(canned.application()) as server:
        canned.url = str(server.make_url("/"))
        yield canned
        canned.leave()
