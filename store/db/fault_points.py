"""Marked places where a test may make this very process crash, fail or wait.

Nothing happens unless the environment holds ``QONTO_BOT_FAULT_POINTS`` when a place is first reached; only
the fault runner of ``tests/faults`` sets it. The value is a list of ``pattern@nth=action`` joined with ``;``:
``commit.after:worker:*@3=crash`` crashes at the third commit of a worker's task. ``action`` is ``crash``,
``raise`` or ``delay:<milliseconds>``. A place is named ``where:task``, ``task`` being asyncio's name for it.
"""

import asyncio
import os
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache

VARIABLE = "QONTO_BOT_FAULT_POINTS"
KILLED = 137


class InjectedFault(Exception):
    """What the action ``raise`` raises; the marked place turns it into an error of its own kind."""


@dataclass(slots=True)
class _Rule:
    pattern: str
    left: int
    action: str


def _read(text: str) -> list[_Rule]:
    rules = []
    for item in filter(None, text.split(";")):
        place, _, action = item.partition("=")
        pattern, _, nth = place.partition("@")
        rules.append(_Rule(pattern, int(nth or 1), action))
    return rules


@cache
def _rules() -> list[_Rule]:
    return _read(os.environ.get(VARIABLE, ""))


async def reach(where: str) -> None:
    """Let the planned fault of this place happen. Raises InjectedFault for the action ``raise``."""
    if not _rules():
        return
    action = _planned(where)
    if action == "crash":
        os._exit(KILLED)
    if action == "raise":
        raise InjectedFault(where)
    if action is not None:
        await asyncio.sleep(float(action.removeprefix("delay:")) / 1000)


def _planned(where: str) -> str | None:
    task = asyncio.current_task()
    name = f"{where}:{task.get_name() if task else ''}"
    for rule in _rules():
        if fnmatchcase(name, rule.pattern):
            rule.left -= 1
            if rule.left == 0:
                _rules().remove(rule)
                return rule.action
    return None
