"""Which of our files one payment runs through, from its webhook to the talent's message.

``python -m benchmarks.journey`` plays the happy path against the stand-ins, with a profile hook in the service
(start-up left out), and lists the files whose functions ran. Files that only serve are told apart (~) from those that
carry the payment or decide about it.
"""

import asyncio
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from tests.support.world import CAMILLE, MAUD, eventually, inside

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 3.0  # the first round of each job belongs to the start
OURS = ("bot/", "store/", "matching/", "qonto/")
# What serves those that carry the payment: the process and its doors, wording and blocks, tables and SQL, lookups of
# people and accounts, the bank's and Slack's transport, the matcher's values and weights.
SERVING = (
    *(
        "bot/app",
        "bot/audit",
        "bot/context",
        "bot/errors",
        "bot/settings",
        "bot/locale/",
        "bot/runtime/",
        "bot/cli/",
    ),
    *("bot/bank/access", "bot/bank/circuit_breaker", "bot/messages/alerts", "bot/messages/preferences"),
    *(
        "bot/messages/talent_links",
        "bot/queries/",
        "bot/suggestions/weights",
        "bot/web/middleware",
        "bot/web/health",
    ),
    *("bot/web/slack_events", "bot/web/heads", "bot/slack/app", "bot/slack/blocks/", "bot/slack/dispatch/"),
    *(
        "bot/slack/home/",
        "bot/slack/listeners",
        "bot/slack/people",
        "bot/slack/card/view",
        "bot/slack/card/decided_view",
    ),
    *(
        "bot/slack/notices/",
        "bot/slack/delivery/failures",
        "bot/slack/delivery/result",
        "bot/slack/call_errors",
    ),
    *(
        "matching/learning/",
        "matching/lookups",
        "matching/reading/keys",
        "matching/sentences",
        "matching/values",
    ),
    *("matching/weights", "qonto/client", "qonto/fields", "qonto/models", "qonto/paging", "qonto/transport"),
    *(
        "store/books/audit",
        "store/candidates/fetch",
        "store/candidates/payer",
        "store/candidates/sql",
        "store/db/",
    ),
    *(
        "store/errors",
        "store/messages/alerts",
        "store/messages/keys",
        "store/messages/lists",
        "store/messages/state",
    ),
    *(
        "store/models/",
        "store/paging",
        "store/payments/accounts",
        "store/people",
        "store/queries/",
        "store/text",
    ),
    "store/types",
)


class Files:
    """A profile hook that remembers each file of ours whose functions were called."""

    def __init__(self) -> None:
        self.seen: set[str] = set()

    def __call__(self, frame: FrameType, event: str, _argument: object) -> None:
        """Note the file of a call; the body of a module is its start, not its work."""
        if event == "call" and frame.f_code.co_name != "<module>":
            self.seen.add(frame.f_code.co_filename)

    def ours(self) -> list[str]:
        """List them as paths from the root, in order."""
        inside_root = (Path(name) for name in self.seen if name.startswith(str(ROOT)))
        paths = sorted(path.relative_to(ROOT).as_posix() for path in inside_root)
        return [path for path in paths if path.startswith(OURS)]


def profiled(hook: Callable[[FrameType, str, object], None] | None) -> None:
    """Put the hook into this thread and those to come; None takes it out."""
    threading.setprofile(hook)
    sys.setprofile(hook)


async def journey(folder: Path) -> list[str]:
    """Play it: a client pays with the number in the label, an admin clicks once, the talent is told."""
    files = Files()
    async with inside(folder) as (world, _):
        await asyncio.sleep(START_SECONDS)
        profiled(files)
        await world.people.pay("numero-exact")
        card = await world.card("NIKE FRANCE", "FACT-2026-042")
        await world.people.click(MAUD, card, "Associer")
        await world.card("✓ Associé à", "facture payée", "talent prévenu")

        async def told() -> bool:
            return len(await world.people.direct_messages(CAMILLE)) == 1

        await eventually(told)
        profiled(None)
    return files.ours()


def main() -> None:
    """Print the files, and how many carry the payment."""
    with tempfile.TemporaryDirectory() as folder:
        files = asyncio.run(journey(Path(folder)))
    carrying = [path for path in files if not path.startswith(SERVING)]
    for path in files:
        print("   " if path in carrying else "  ~", path)
    print(f"{len(files)} files, of which {len(carrying)} carry the payment or decide about it")


if __name__ == "__main__":
    main()
