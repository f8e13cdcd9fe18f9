"""Whose turn it is to write on SQLite: one at a time, and a webhook's group before whoever else waits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from store.errors import DatabaseUnavailable


class Turns:
    """An urgent writer waits for the one who writes now, and for nobody behind it.

    The bank gives a webhook a second; a synchronisation, the matcher and the senders may wait for one commit.
    """

    def __init__(self, seconds: float) -> None:
        """Wait ``seconds`` at most for an ordinary turn."""
        self._seconds = seconds
        self._ordinary = asyncio.Lock()
        self._nobody_urgent = asyncio.Event()
        self._nobody_urgent.set()

    @asynccontextmanager
    async def mine(self, *, urgent: bool) -> AsyncIterator[None]:
        """Hold a turn for one transaction. Raises DatabaseUnavailable when an ordinary one never comes.

        There is one urgent writer, and it asks for one turn at a time. Between two of its turns whoever
        waited goes first, so that no flood of webhooks stops the rest.
        """
        if urgent:
            self._nobody_urgent.clear()
            try:
                yield
            finally:
                self._nobody_urgent.set()
            return
        try:
            async with asyncio.timeout(self._seconds):
                await self._ordinary.acquire()
        except TimeoutError:
            raise DatabaseUnavailable("every connection is busy") from None
        try:
            await self._nobody_urgent.wait()
            yield
        finally:
            self._ordinary.release()
