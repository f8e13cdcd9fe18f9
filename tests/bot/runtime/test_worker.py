"""The loops: woken at once, repeated while there is work, loud and patient when a step fails."""

import asyncio
import time
from pathlib import Path

from bot.runtime.worker import Job, Wake, Worker, _backoff
from store.messages import state
from tests.support.world import MAUD, eventually, inside


async def run_for(worker: Worker, check: object, seconds: float = 5.0) -> None:
    task = asyncio.create_task(worker.run())
    try:
        await eventually(check, seconds)  # type: ignore[arg-type]  # a plain callable
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_job_repeats_at_once_while_there_is_work() -> None:
    left = [5]

    async def step() -> int:
        if left[0]:
            left[0] -= 1
            return 1
        return 0

    await run_for(Worker([Job("drain", step, 60)], Wake()), lambda: left[0] == 0)


async def test_a_sleeping_job_wakes_when_told() -> None:
    wake, steps = Wake(), [0]

    async def step() -> int:
        steps[0] += 1
        return 0

    worker = Worker([Job("sleepy", step, 60)], wake)
    task = asyncio.create_task(worker.run())
    await eventually(lambda: steps[0] == 1)
    wake.notify()
    await eventually(lambda: steps[0] == 2)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_failing_step_is_tried_again_and_shows_meanwhile() -> None:
    failures = [2]

    async def step() -> int:
        if failures[0]:
            failures[0] -= 1
            raise RuntimeError("the world is broken")
        return 0

    worker = Worker([Job("brave", step, 60)], Wake())
    seen: list[str | None] = []

    def check() -> bool:
        seen.append(worker.health["brave"].last_error)
        return failures[0] == 0 and worker.health["brave"].failures == 0

    await run_for(worker, check, 10)
    assert "RuntimeError" in seen


async def test_a_job_that_keeps_its_own_rhythm_is_not_woken() -> None:
    wake, beats = Wake(), []

    async def step() -> int:
        beats.append(time.monotonic())
        return 1

    worker = Worker([Job("timer", step, 0.2, woken=False)], wake)
    task = asyncio.create_task(worker.run())
    await eventually(lambda: len(beats) >= 2)
    wake.notify()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert beats[1] - beats[0] >= 0.19


def test_the_pause_after_failures_grows_to_a_ceiling() -> None:
    assert 0.25 <= _backoff(1) <= 0.5
    assert 30.0 <= _backoff(50) <= 60.0


async def test_an_idle_service_comes_to_rest(tmp_path: Path) -> None:
    """Each loop writes what it did, and each commit wakes them all: they must not do so for ever."""
    async with inside(tmp_path) as (world, service):
        await world.people.pay("numero-exact")
        await world.people.click(MAUD, await world.card("FACT-2026-042"), "Associer")
        await world.card("talent prévenu")
        loops = [service.worker.health[job.name] for job in service.worker.jobs if job.woken]

        async def steps_in(seconds: float) -> int:
            """Count the steps that these loops end; each leaves another beat."""
            beats = set()
            ends = time.monotonic() + seconds
            while time.monotonic() < ends:
                beats |= {(number, health.beat) for number, health in enumerate(loops)}
                await asyncio.sleep(0.002)
            return len(beats) - len(loops)

        async def rests() -> bool:
            return await steps_in(0.3) == 0

        await eventually(rests)
        assert await steps_in(1.0) <= 2 * len(loops), "more than one look a second"
        async with service.ctx.database.write() as session:
            await state.put(session, "something", {}, service.ctx.clock())
        assert await steps_in(0.2) >= len(loops), "a commit wakes each of them"


async def test_many_commits_at_once_wake_a_loop_a_few_times_only() -> None:
    wake, steps = Wake(), [0]

    async def step() -> int:
        steps[0] += 1
        return 0

    task = asyncio.create_task(Worker([Job("sleepy", step, 60)], wake).run())
    await eventually(lambda: steps[0] == 1)
    started = time.monotonic()
    while time.monotonic() - started < 0.5:
        wake.notify()
        await asyncio.sleep(0.001)
    await asyncio.sleep(0.15)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert 3 <= steps[0] <= 8
