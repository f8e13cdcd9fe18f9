"""A server of fixed state behind the page."""

from collections.abc import AsyncIterator

import pytest
from aiohttp.test_utils import TestServer

from tests.sandbox.page.canned import Canned


@pytest.fixture
async def canned() -> AsyncIterator[Canned]:
    """A server of fixed state behind the page, at `canned.url`."""
    canned = Canned()
    async with TestServer(canned.application()) as server:
        canned.url = str(server.make_url("/"))
        yield canned
        canned.leave()
