"""``make bench``: run every measure, print one table."""

import argparse
import asyncio
import tempfile
from pathlib import Path

from benchmarks import busy, clicks, imports, lookups, search, sync, webhooks
from benchmarks.report import table

MEASURES = {
    "webhooks": webhooks.measure,
    "busy": busy.measure,
    "clicks": clicks.measure,
    "sync": sync.measure,
    "imports": imports.measure,
    "lookups": lookups.measure,
    "search": search.measure,
}


def main() -> None:
    """Run the measures named on the command line, or all of them."""
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *MEASURES], help="les mesures à prendre (toutes)")
    names = parser.parse_args().names or list(MEASURES)
    rows = []
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            rows += asyncio.run(MEASURES[name](Path(folder)))
    print(table(rows))


if __name__ == "__main__":
    main()
