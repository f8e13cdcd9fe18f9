"""Who writes next on SQLite."""

import asyncio

import pytest

from store.db.sqlite import Turns
from store.errors import DatabaseUnavailable


async def test_an_urgent_writer_goes_before_those_who_wait_and_after_the_one_who_writes() -> None:
    turns, alone, order = Turns(5), asyncio.Lock(), list[str]()
    writing = asyncio.Event()

    async def write(name: str, *, urgent: bool = False) -> None:
        async with turns.mine(urgent=urgent), alone:  # a pool of one connection, in the order of asking
            order.append(name)
            await (writing.wait() if name == "first" else asyncio.sleep(0))

    tasks = []
    for name in ("first", "second", "third"):
        tasks.append(asyncio.create_task(write(name)))
        await asyncio.sleep(0)
    tasks.append(asyncio.create_task(write("webhooks", urgent=True)))
    await asyncio.sleep(0)
    writing.set()
    await asyncio.gather(*tasks)
    assert order == ["first", "webhooks", "second", "third"]


async def test_a_flood_of_urgent_turns_leaves_room_for_the_others() -> None:
    turns, alone = Turns(5), asyncio.Lock()
    done = asyncio.Event()

    async def flood() -> None:
        while not done.is_set():
            async with turns.mine(urgent=True), alone:
                await asyncio.sleep(0)

    flooding = asyncio.create_task(flood())
    await asyncio.sleep(0)
    async with asyncio.timeout(1), turns.mine(urgent=False), alone:
        done.set()
    await flooding


async def test_a_turn_that_never_comes_is_refused_in_time_and_taken_by_the_next() -> None:
    turns = Turns(0.02)
    async with turns.mine(urgent=False):
        with pytest.raises(DatabaseUnavailable, match="every connection is busy"):
            async with turns.mine(urgent=False):
                pass
    async with turns.mine(urgent=False):
        pass
