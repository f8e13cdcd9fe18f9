"""Pacing: Slack takes about one message a second per channel, with short bursts (web-api/rate-limits)."""

from collections.abc import Callable

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
