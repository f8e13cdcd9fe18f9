"""What a failed call to Slack means: for its message a result, for the calls to come a pause.

docs.slack.dev, web-api/rate-limits: a 429 is meant for one method, the others go on; a channel takes about
one message a second, with short bursts.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.slack.call_errors import Fate, classify
from bot.slack.delivery.result import LOOK_UP_AFTER, NO_WAIT, SET_BACK, Outcome, Result

BURST = 8.0
PER_SECOND = 1.0


class Pace:
    """A leaky bucket per channel. ``clock`` is monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._level: dict[str, tuple[float, float]] = {}

    def wait_seconds(self, channel: str) -> float:
        """Tell how long to wait before one more message fits; 0 when it fits now, and it is then counted."""
        now = self._clock()
        level, at = self._level.get(channel, (0.0, now))
        level = max(0.0, level - (now - at) * PER_SECOND)
        if level + 1 > BURST:
            return (level + 1 - BURST) / PER_SECOND
        self._level[channel] = (level + 1, now)
        return 0.0


POST, UPDATE, HISTORY, PEOPLE = "chat.postMessage", "chat.update", "conversations.history", "people"
FIRST_RETRY = timedelta(seconds=1)
LONGEST_RETRY = timedelta(minutes=5)
TOKEN_RETRY = timedelta(minutes=1)
logger = logging.getLogger(__name__)


class Failures:
    """Turns failures into results, and remembers what Slack asked us to leave alone. ``clock`` is UTC."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._until: dict[str, datetime] = {}
        self.token_error: str | None = None
        self.token_pause_until: datetime | None = None

    def paused(self) -> bool:
        """True while a token that Slack refuses is not tried again."""
        return self.token_pause_until is not None and self._clock() < self.token_pause_until

    def wait(self, method: str) -> timedelta:
        """Tell how long one method is left alone."""
        now = self._clock()
        return max(NO_WAIT, self._until.get(method, now) - now)

    def works(self) -> None:
        """A call went through: the token is good."""
        self.token_error = self.token_pause_until = None

    def result(self, error: Exception, method: str, attempts: int) -> Result:
        """Say what a failed call means for its message. ``error`` is one of CALL_ERRORS."""
        failure = classify(error)
        details = {"method": method, "slack_error": failure.error, "fate": failure.fate}
        logger.warning("slack call failed", extra=details)
        wait = timedelta(seconds=failure.retry_after or 0) or backoff(attempts)
        if failure.retry_after:
            self._until[method] = self._clock() + wait
        match failure.fate:
            case Fate.GONE if method == UPDATE:
                return Result(Outcome.GONE)
            case Fate.BLOCKED | Fate.CONTENT:
                return Result(Outcome.BLOCKED, failure.error, SET_BACK)
            case Fate.TOKEN:
                self.token_error, self.token_pause_until = failure.error, self._clock() + TOKEN_RETRY
                return Result(Outcome.TOKEN_REFUSED, failure.error, TOKEN_RETRY)
            case Fate.UNKNOWN if method == POST:
                return Result(Outcome.UNKNOWN, failure.error, LOOK_UP_AFTER)
            case _:
                return Result(Outcome.LATER, failure.error, wait)


def backoff(attempts: int) -> timedelta:
    """Say how long to wait after so many attempts."""
    return min(LONGEST_RETRY, FIRST_RETRY * 2.0 ** min(attempts, 12))
