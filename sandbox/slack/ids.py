"""Ids in Slack's form, and timestamps that never repeat."""

import secrets
import string
import time
from collections.abc import Callable

_ALPHABET = string.ascii_uppercase + string.digits


def new_id(prefix: str) -> str:
    """Return an id such as V0AB12CD34E."""
    return f"{prefix}0{''.join(secrets.choice(_ALPHABET) for _ in range(9))}"


def short_id() -> str:
    """Return an id as Slack gives to blocks and elements without one."""
    return secrets.token_urlsafe(4)[:5]


class Stamps:
    """Message timestamps: unique and increasing within the workspace, microseconds after the dot."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> str:
        """Return the next timestamp, e.g. "1769511902.000123"."""
        self._last = max(int(self._clock() * 1_000_000), self._last + 1)
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"
