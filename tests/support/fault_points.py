"""Marked places where a test makes the real process crash, fail or wait. The product knows nothing of them.

The zygote calls ``install`` in a child whose environment holds ``QONTO_BOT_FAULT_POINTS``: a list of
``pattern@nth=action`` joined with ``;``. ``commit.after:worker:*@3=crash`` crashes at the third commit of a
worker's task. ``action`` is ``crash``, ``raise`` or ``delay:<milliseconds>``. A place is named ``where:task``,
``task`` being asyncio's name for it. The places are calls of the libraries that the product stands on, so the
product runs as it is: the COMMIT of a session, the posting of a message, the waiting for a task.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.ext.asyncio import AsyncSession

from store.errors import CommitUnknown, DatabaseUnavailable

VARIABLE = "QONTO_BOT_FAULT_POINTS"
KILLED = 137


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


def install() -> None:
    """Mark the places of this process, when its environment plans a fault."""
    rules = _read(os.environ.get(VARIABLE, ""))
    if rules:
        _mark(AsyncSession, "commit", rules, "commit", DatabaseUnavailable, CommitUnknown)
        _mark(AsyncWebClient, "chat_postMessage", rules, "send", TimeoutError, TimeoutError)
        _mark(asyncio, "wait", rules, "wait", RuntimeError, RuntimeError)


def _mark(
    owner: Any,
    name: str,
    rules: list[_Rule],
    where: str,
    fails_before: type[Exception],
    fails_after: type[Exception],
) -> None:
    """Put the planned faults before and after a call; ``raise`` raises an error of the call's own kind."""
    call: Callable[..., Awaitable[Any]] = getattr(owner, name)

    async def marked(*values: Any, **named: Any) -> Any:
        await _reach(rules, f"{where}.before", fails_before("injected"))
        answer = await call(*values, **named)
        await _reach(rules, f"{where}.after", fails_after("injected"))
        return answer

    setattr(owner, name, marked)


async def _reach(rules: list[_Rule], where: str, failure: Exception) -> None:
    action = _planned(rules, where)
    if action == "crash":
        os._exit(KILLED)
    if action == "raise":
        raise failure
    if action is not None:
        await asyncio.sleep(float(action.removeprefix("delay:")) / 1000)


def _planned(rules: list[_Rule], where: str) -> str | None:
    task = asyncio.current_task()
    name = f"{where}:{task.get_name() if task else ''}"
    for rule in rules:
        if fnmatchcase(name, rule.pattern):
            rule.left -= 1
            if rule.left == 0:
                rules.remove(rule)
                return rule.action
    return None
