"""An outage is said when it starts and when it ends, however many requests it turns away."""

import logging
import time
from collections.abc import Callable

QUIET_SECONDS = 5.0  # a flickering database is one outage


class Outage:
    """What one door cannot do for the moment. The metrics count each refusal; the log gets two lines."""

    def __init__(
        self, what: str, logger: logging.Logger, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._what = what
        self._logger = logger
        self._clock = clock
        self._refused = 0
        self._since = self._last = 0.0

    def refused(self, reason: str) -> None:
        """Count one refusal; the first of an outage is logged with its reason."""
        self._last = self._clock()
        self._refused += 1
        if self._refused == 1:
            self._since = self._last
            self._logger.error("%s refused", self._what, extra={"reason": reason})

    def taken(self) -> None:
        """Note a success: the first one after a quiet while ends the outage, and says how much it cost."""
        if not self._refused or self._clock() - self._last < QUIET_SECONDS:
            return
        seconds = round(self._last - self._since, 1)
        self._logger.warning(
            "%s taken again", self._what, extra={"refused": self._refused, "seconds": seconds}
        )
        self._refused = 0
