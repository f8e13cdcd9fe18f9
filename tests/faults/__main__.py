"""``python -m tests.faults --seeds 500 --database sqlite``: the long run, and the replay of one seed."""

import argparse
import asyncio
import contextlib
import shutil
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy.engine import URL

from store import schema
from tests.databases import bundled_server, execute
from tests.faults.plan import make_plan
from tests.faults.run import Outcome, run_seed
from tests.templates import sqlite_url_of

SOMETIMES = frozenset({
    "a duplicate was dropped", "a send was resolved after an unknown outcome",
    "a message that never landed was sent again", "two admins collided", "a stale click was refused",
    "reconciliation healed a gap", "the bank changed its mind after a decision",
    "somebody without the right was refused", "a commit's outcome was unknown",
    "a restart found unfinished work",
})  # fmt: skip


@contextlib.contextmanager
def databases(kind: str) -> Iterator["Databases"]:
    """A place where each seed gets a migrated database of its own."""
    with TemporaryDirectory(prefix="faults-") as name:
        folder = Path(name)
        if kind == "sqlite":
            template = folder / "template.db"
            asyncio.run(schema.upgrade(sqlite_url_of(template)))
            yield Databases(folder, template, None)
            return
        server = bundled_server()
        url = next(server)
        try:
            asyncio.run(execute(url, "CREATE DATABASE template_faults"))
            asyncio.run(
                schema.upgrade(url.set(database="template_faults").render_as_string(hide_password=False))
            )
            yield Databases(folder, None, url)
        finally:
            next(server, None)


class Databases:
    """Hands out databases, copied from one that is migrated."""

    def __init__(self, folder: Path, template: Path | None, server: URL | None) -> None:
        self.folder, self._template, self._server = folder, template, server

    @contextlib.contextmanager
    def fresh(self) -> Iterator[tuple[Path, str]]:
        """Yield a folder and the address of a database; both are gone afterwards."""
        own = self.folder / uuid.uuid4().hex
        own.mkdir()
        try:
            if self._template is not None:
                shutil.copyfile(self._template, own / "bot.db")
                yield own, sqlite_url_of(own / "bot.db")
                return
            assert self._server is not None
            name = f"seed_{own.name[:12]}"
            asyncio.run(execute(self._server, f"CREATE DATABASE {name} TEMPLATE template_faults"))
            yield own, self._server.set(database=name).render_as_string(hide_password=False)
            asyncio.run(execute(self._server, f"DROP DATABASE {name} WITH (FORCE)"))
        finally:
            shutil.rmtree(own, ignore_errors=True)


def main() -> int:
    """Run the seeds and print the figures; exit code 1 when an invariant broke or was never tried."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("--seeds", type=int, default=500)
    parser.add_argument("--first", type=int, default=1, help="the first seed; with --seeds 1, replay one")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--steps", type=int, default=22)
    parser.add_argument("--minutes", type=float, default=0, help="stop after so long; 0: never")
    parser.add_argument("--keep-log", type=Path, help="where to copy the log of a seed that failed")
    options = parser.parse_args()
    started, outcomes = time.monotonic(), []
    with databases(options.database) as place:
        for seed in range(options.first, options.first + options.seeds):
            with place.fresh() as (folder, url):
                outcome = asyncio.run(run_seed(make_plan(seed, options.steps), folder, url))
                if outcome.problems and options.keep_log:
                    options.keep_log.mkdir(parents=True, exist_ok=True)
                    shutil.copy(folder / "bot.log", options.keep_log / f"{seed}.log")
            outcomes.append(outcome)
            say(f"seed {seed}: {outcome.seconds:.1f} s {'; '.join(outcome.problems) or 'ok'}")
            if options.minutes and time.monotonic() - started > options.minutes * 60:
                break
    return report(outcomes)


def report(outcomes: list[Outcome]) -> int:
    """Print the totals."""
    counts: Counter[str] = sum((one.counts for one in outcomes), Counter())
    often = Counter(name for one in outcomes for name in one.sometimes)
    failed = [one.seed for one in outcomes if one.problems]
    say(f"{len(outcomes)} seeds, {sum(one.seconds for one in outcomes):.0f} s, failed: {failed or 'none'}")
    for name, number in sorted(counts.items()):
        say(f"  {name}: {number}")
    for name in sorted(SOMETIMES):
        say(f"  sometimes, {name}: {often[name]} of {len(outcomes)} seeds")
    return 1 if failed or any(not often[name] for name in SOMETIMES) else 0


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
