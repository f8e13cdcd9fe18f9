"""A few kills under load; a hundred are ``python -m tests.faults.kills``."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.agency import write_invoices_csv
from tests.faults.kills import kill_again_and_again, kill_the_worker_for_good, scene, verdict
from tests.support.templates import copy_example, import_example

KILLS = 3


@pytest.mark.slow
async def test_killed_under_load_nothing_is_lost_and_nothing_doubled(tmp_path: Path) -> None:
    async with scene(tmp_path, copy_example(tmp_path), seed=1) as at:
        await kill_again_and_again(at, KILLS)
        outcome = await verdict(at, time.monotonic())
    assert outcome.problems == []
    assert outcome.counts["starts"] == KILLS + 2
    assert outcome.counts["webhooks acknowledged"] > 10


@pytest.mark.slow
async def test_of_two_processes_one_dies_for_good_and_nothing_is_lost(
    tmp_path: Path, postgres_url: str
) -> None:
    write_invoices_csv(tmp_path / "factures.csv", datetime.now(UTC).date())
    await import_example(postgres_url, tmp_path / "factures.csv")
    async with scene(tmp_path, postgres_url, seed=2, processes=2) as at:
        await kill_the_worker_for_good(at, seconds=6)
        outcome = await verdict(at, time.monotonic())
    assert outcome.problems == []
    assert outcome.counts["webhooks acknowledged"] > 10
