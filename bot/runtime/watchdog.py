"""Notice when the event loop stands still: every request, webhook and click waits while it does."""

import asyncio
import contextlib
import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable

LONGEST_STALL = 0.1
BEAT_SECONDS = 0.05
QUIET_SECONDS = 10.0
DEEPEST = 12
logger = logging.getLogger(__name__)


class Watchdog:
    """A heart in the loop and a thread that listens to it.

    ``stalled`` is called in the loop with the length of each stall, in seconds. The stack of the loop's
    thread, taken while it stands still, is logged at most every 10 seconds.
    """

    def __init__(self, stalled: Callable[[float], None]) -> None:
        self._stalled = stalled
        self._beat = time.monotonic()
        self._loop_thread = threading.get_ident()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="watchdog", daemon=True)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start both, in the loop to be watched."""
        self._loop_thread = threading.get_ident()
        self._task = asyncio.create_task(self._heart(), name="watchdog")
        self._thread.start()

    async def stop(self) -> None:
        """Stop both."""
        self._over.set()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            await asyncio.to_thread(self._thread.join)

    async def _heart(self) -> None:
        self._beat = time.monotonic()
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            now = time.monotonic()
            late = now - self._beat - BEAT_SECONDS
            self._beat = now
            if late > LONGEST_STALL:
                self._stalled(late)

    def _listen(self) -> None:
        logged = 0.0
        while not self._over.wait(BEAT_SECONDS):
            now = time.monotonic()
            if now - self._beat > LONGEST_STALL + BEAT_SECONDS and now - logged > QUIET_SECONDS:
                logged = now
                logger.warning("event loop stalled", extra={"stack": self._stack()})

    def _stack(self) -> str:
        """Say where the loop stands: files and functions, no values."""
        frame = sys._current_frames().get(self._loop_thread)  # noqa: SLF001  # the documented way to see another thread
        frames = traceback.extract_stack(frame)[-DEEPEST:] if frame else []
        return " > ".join(f"{line.filename.rsplit('/', 1)[-1]}:{line.lineno} {line.name}" for line in frames)
