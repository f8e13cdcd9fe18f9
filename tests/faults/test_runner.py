"""A short run of the seeded fault runner on both databases; the long one is ``python -m tests.faults``."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.agency import write_invoices_csv
from tests.faults.plan import make_plan
from tests.faults.run import run_seed
from tests.support.templates import copy_example, import_example

STEPS = 10


@pytest.mark.slow
@pytest.mark.parametrize("seed", [7001, 7002, 7003])
async def test_a_seed_ends_well_on_sqlite(seed: int, tmp_path: Path) -> None:
    outcome = await run_seed(make_plan(seed, STEPS), tmp_path, copy_example(tmp_path))
    assert outcome.problems == [], f"replay with python -m tests.faults --first {seed} --seeds 1"


@pytest.mark.slow
@pytest.mark.parametrize("seed", [7004, 7005])
async def test_a_seed_ends_well_on_postgresql(seed: int, tmp_path: Path, postgres_url: str) -> None:
    write_invoices_csv(tmp_path / "factures.csv", datetime.now(UTC).date())
    await import_example(postgres_url, tmp_path / "factures.csv")
    outcome = await run_seed(make_plan(seed, STEPS), tmp_path, postgres_url)
    assert outcome.problems == [], f"replay with --database postgresql --first {seed} --seeds 1"


def test_the_same_seed_is_the_same_plan_and_another_is_not() -> None:
    assert make_plan(11, 30) == make_plan(11, 30)
    assert make_plan(11, 30) != make_plan(12, 30)
