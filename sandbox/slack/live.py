"""Telling open pages that something changed, by server-sent events."""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Iterator

COALESCE_SECONDS = 0.03
HEARTBEAT_SECONDS = 15.0


class _Listener:
    """One open page: what it has not been told yet."""

    def __init__(self, user: str) -> None:
        self.user = user
        self.changed = False
        self.toasts: list[str] = []
        self.wake = asyncio.Event()


class Live:
    """The open pages and what they must hear; changes close together are told once."""

    def __init__(self) -> None:
        self._listeners: set[_Listener] = set()
        self._closing = False

    def changed(self, users: set[str] | None = None) -> None:
        """Tell the pages of these people (None: everyone) to read the state again."""
        for listener in self._listeners:
            if users is None or listener.user in users:
                listener.changed = True
                listener.wake.set()

    def toast(self, user: str, text: str) -> None:
        """Show a red error to one person."""
        for listener in self._listeners:
            if listener.user == user:
                listener.toasts.append(text)
                listener.wake.set()

    def close(self) -> None:
        """End every stream, so that the server can stop."""
        self._closing = True
        for listener in self._listeners:
            listener.wake.set()

    async def stream(self, user: str) -> AsyncGenerator[str, None]:
        """Yield server-sent events for one page until `close`."""
        with self._listening(user) as listener:
            yield ": bonjour\n\n"
            while not self._closing:
                if not await _woken(listener.wake):
                    yield ": toujours là\n\n"
                    continue
                await asyncio.sleep(COALESCE_SECONDS)
                for event in _drain(listener):
                    yield f"data: {json.dumps(event, ensure_ascii=False)}\n\n"

    @contextlib.contextmanager
    def _listening(self, user: str) -> Iterator[_Listener]:
        listener = _Listener(user)
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)


async def _woken(wake: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(HEARTBEAT_SECONDS):
            await wake.wait()
    except TimeoutError:
        return False
    return True


def _drain(listener: _Listener) -> list[dict[str, str]]:
    listener.wake.clear()
    events = [{"type": "toast", "text": text} for text in listener.toasts]
    if listener.changed:
        events.append({"type": "changed"})
    listener.toasts, listener.changed = [], False
    return events
