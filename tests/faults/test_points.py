"""Every place where a plan may break the process is really met: otherwise the fault runner tests nothing."""

from pathlib import Path

import pytest

from sandbox.agency import scenario
from tests.faults.plan import POINTS
from tests.support.fault_points import KILLED, VARIABLE
from tests.support.processes import BotProcess, free_port
from tests.support.world import eventually, stand_ins

TASKS = {"commit": ("inbox-writer", "worker:inbox", "worker:matching"), "send": ("worker:messages",)}


@pytest.mark.parametrize(
    ("point", "task"), [(point, task) for point in POINTS for task in TASKS[point.partition(".")[0]]]
)
async def test_the_process_dies_where_it_was_told_to(
    point: str, task: str, tmp_path: Path, sqlite_url: str
) -> None:
    async with stand_ins(f"http://127.0.0.1:{free_port()}") as (world, url):
        bot = BotProcess(world.sandbox.environment(url) | {"DATABASE_URL": sqlite_url}, tmp_path)
        bot.set(VARIABLE, f"{point}:{task}@1=crash")
        try:
            await bot.start()
            await world.people.post("/bank/sandbox/pay", **scenario("payeur-inconnu").payment())
            await eventually(lambda: not bot.alive, 20)
            assert await bot.gone() == KILLED
        finally:
            await bot.close()
