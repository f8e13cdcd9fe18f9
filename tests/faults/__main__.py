"""``python -m tests.faults --seeds 500 --database sqlite``: the long run, and the replay of one seed."""

import argparse
import asyncio
import logging
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.faults.places import Places, places
from tests.faults.plan import make_plan
from tests.faults.record import Outcome
from tests.faults.run import run_seed
from tests.faults.sometimes import SOMETIMES


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seeds", type=int, default=500)
    parser.add_argument("--first", type=int, default=1, help="the first seed; with --seeds 1, replay one")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--jobs", type=int, default=4, help="seeds at a time: most of one is waiting")
    parser.add_argument("--steps", type=int, default=16)
    parser.add_argument("--minutes", type=float, default=0, help="start no more after so long; 0: never stop")
    parser.add_argument("--keep-log", type=Path, help="where to copy the log of a seed that failed")
    return parser.parse_args()


async def run_all(options: argparse.Namespace) -> list[Outcome]:
    """Run the seeds, several at a time, each on a database of its own."""
    outcomes: list[Outcome] = []
    async with places(options.database) as place, asyncio.TaskGroup() as group:
        waiting = _seeds(options)

        async def work() -> None:
            for seed in waiting:
                outcome = await run_one(seed, options, place)
                outcomes.append(outcome)
                say(f"seed {seed}: {outcome.seconds:.1f} s {'; '.join(outcome.problems) or 'ok'}")

        for _ in range(options.jobs):
            group.create_task(work())
    return outcomes


def _seeds(options: argparse.Namespace) -> Iterator[int]:
    last = time.monotonic() + options.minutes * 60
    for seed in range(options.first, options.first + options.seeds):
        if options.minutes and time.monotonic() > last:
            return
        yield seed


async def run_one(seed: int, options: argparse.Namespace, place: Places) -> Outcome:
    """Run one seed; a driver that fails is a failure of this seed, not of the others."""
    async with place.fresh() as (folder, url):
        try:
            outcome = await run_seed(make_plan(seed, options.steps), folder, url)
        except Exception as error:
            logging.getLogger(__name__).exception("seed %d", seed)
            outcome = Outcome(seed, [f"the driver failed: {error!r}"], Counter(), set(), 0)
        if outcome.problems and options.keep_log:
            options.keep_log.mkdir(parents=True, exist_ok=True)
            shutil.copy(folder / "bot.log", options.keep_log / f"{options.database}-{seed}.log")
    return outcome


def report(outcomes: list[Outcome], seconds: float) -> int:
    """Print the totals; returns 1 when an invariant broke or a "sometimes" was never seen."""
    counts: Counter[str] = sum((one.counts for one in outcomes), Counter())
    often = Counter(name for one in outcomes for name in one.sometimes)
    failed = sorted(one.seed for one in outcomes if one.problems)
    say(f"{len(outcomes)} seeds in {seconds / 60:.1f} minutes, failed: {failed or 'none'}")
    for name, number in sorted(counts.items()):
        say(f"  {name}: {number}")
    for name in sorted(SOMETIMES):
        say(f"  sometimes, {name}: {often[name]} of {len(outcomes)} seeds")
    return 1 if failed or any(not often[name] for name in SOMETIMES) else 0


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    options, started = _options(), time.monotonic()
    return report(asyncio.run(run_all(options)), time.monotonic() - started)


if __name__ == "__main__":
    sys.exit(main())
