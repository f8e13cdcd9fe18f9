"""The one active worker: drains what the tables say is left to do, again and again.

Each loop asks for one step of work; when there was none it sleeps until woken or until its interval ends.
A failing step is logged once, waits longer each time, and shows in ``/ready``; it never ends silently. The
watchdog notices when the event loop stands still, since every request waits while it does.
"""

import asyncio
import contextlib
import logging
import random
import sys
import threading
import time
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 60.0
MOMENT_SECONDS = 0.01
APART_SECONDS = 0.1
logger = logging.getLogger(__name__)

Step = Callable[[], Awaitable[int]]


class Wake:
    """Tells the worker's loops, in this process, that the tables hold work.

    The database calls ``notify`` after each commit; nobody else does. A lost wake-up costs one polling
    interval, never the work: the tables are the truth.
    """

    def __init__(self) -> None:
        self._events: set[asyncio.Event] = set()
        self._soon: asyncio.TimerHandle | None = None
        self._last = 0.0

    def notify(self) -> None:
        """Wake every loop in a moment: the answer to whoever made the work leaves first.

        Ten times a second at most: a backlog commits a hundred times, and each look costs some queries.
        """
        if self._events and self._soon is None:
            loop = asyncio.get_running_loop()
            self._soon = loop.call_at(
                max(loop.time() + MOMENT_SECONDS, self._last + APART_SECONDS), self._wake
            )

    def _wake(self) -> None:
        self._soon, self._last = None, asyncio.get_running_loop().time()
        for event in self._events:
            event.set()

    def subscribe(self) -> asyncio.Event:
        """Give a loop its own event; the loop clears it."""
        event = asyncio.Event()
        self._events.add(event)
        return event


@dataclass(slots=True)
class LoopHealth:
    """How one loop is doing; ``beat`` is a monotonic second."""

    beat: float = field(default_factory=time.monotonic)
    failures: int = 0
    last_error: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A step to repeat. ``interval`` is the longest sleep, in seconds; ``woken`` jobs listen to Wake."""

    name: str
    step: Step
    interval: float
    woken: bool = True


class Worker:
    """Runs the jobs while this process holds the right to (the worker lock)."""

    def __init__(self, jobs: list[Job], wake: Wake) -> None:
        self.jobs = jobs
        self.health = {job.name: LoopHealth() for job in jobs}
        self._wake = wake

    async def run(self) -> None:
        """Run every job until cancelled."""
        async with asyncio.TaskGroup() as group:
            for job in self.jobs:
                group.create_task(self._loop(job), name=f"worker:{job.name}")

    async def _loop(self, job: Job) -> None:
        event = self._wake.subscribe()
        health = self.health[job.name]
        while True:
            event.clear()
            pause = await self._step(job, health)
            if pause <= 0:
                continue
            if job.woken and not health.failures:
                await _wait(event, pause)
            else:
                await asyncio.sleep(pause)

    async def _step(self, job: Job, health: LoopHealth) -> float:
        """Do one step; return how long to rest after it, in seconds."""
        try:
            done = await job.step()
        except Exception as error:
            # The top of the loop: whatever went wrong, the work is still in the tables.
            health.failures += 1
            health.last_error = type(error).__name__
            health.beat = time.monotonic()
            logger.exception("worker step failed", extra={"job": job.name, "failures": health.failures})
            return _backoff(health.failures)
        health.failures, health.last_error, health.beat = 0, None, time.monotonic()
        return 0.0 if done and job.woken else job.interval


def _backoff(failures: int) -> float:
    ceiling = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(failures - 1, 10))
    return ceiling * random.uniform(0.5, 1.0)  # noqa: S311  # jitter, not a secret


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return


LONGEST_STALL = 0.1
BEAT_SECONDS = 0.05
QUIET_SECONDS = 10.0
DEEPEST = 12


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
