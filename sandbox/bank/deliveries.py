"""Webhooks on their way: signed, tried again until 2xx, kept for everyone to look at."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import uuid4

import aiohttp
from aiohttp import web

from sandbox.bank.movements import written
from sandbox.bank.signing import sign_body

Outcome = Literal["waiting", "delivered", "failed"]


@dataclass(frozen=True)
class Target:
    """Where events go: a callback, its secret, the types wanted, and the subscription's id."""

    subscription_id: str
    url: str
    secret: str
    types: tuple[str, ...]


@dataclass
class Delivery:
    """One event for one subscription, and what came of each try: a status or the kind of error."""

    number: int
    event_id: str
    type: str
    target: Target
    body: bytes
    outcome: Outcome = "waiting"
    tries: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return what the page and the tests want to see; not the secret."""
        return {
            "number": self.number,
            "event_id": self.event_id,
            "type": self.type,
            "url": self.target.url,
            "outcome": self.outcome,
            "tries": list(self.tries),
            "body": self.body.decode(),
        }


class Courier:
    """Sends deliveries in the background while the application runs.

    The bank waits `ack_seconds` for a 2xx, then tries again after each of `backoff` (seconds), then
    gives up (docs.qonto.com, webhooks/setup; the real spacing is not published).
    """

    def __init__(
        self, now: Callable[[], datetime], ack_seconds: float = 1.0, backoff: tuple[float, ...] = ()
    ) -> None:
        self._now = now
        self._ack = aiohttp.ClientTimeout(total=ack_seconds)
        self._backoff = backoff
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None
        self._held: list[Delivery] = []
        self.holding = False
        self.copies = 1
        self.deliveries: list[Delivery] = []

    async def run(self, _app: web.Application) -> AsyncIterator[None]:
        """Be a `cleanup_ctx`: send what waited for the start, and stop sending at the end."""
        # Waiting for a free connection would count against the bank's one second.
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector, timeout=self._ack) as session:
            self._session = session
            if not self.holding:
                self.release()
            yield
            self._session = None
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def send(self, target: Target, event_type: str, data: dict[str, Any], organization_id: str) -> Delivery:
        """Wrap data in an envelope with a fresh event id and send it (later, while held)."""
        event_id = str(uuid4())
        event = {
            "id": event_id,
            "subscription_id": target.subscription_id,
            "organization_id": organization_id,
            "membership_id": str(uuid4()),
            "type": event_type,
            "created_at": written(self._now()),
            "data": data,
        }
        return self.send_body(target, json.dumps(event).encode(), event_type, event_id)

    def send_body(self, target: Target, body: bytes, event_type: str, event_id: str) -> Delivery:
        """Send these very bytes, signed: whatever the bank might one day send."""
        delivery = Delivery(len(self.deliveries), event_id, event_type, target, body)
        self.deliveries.append(delivery)
        self._start(*[delivery] * self.copies)
        return delivery

    def redeliver(self, number: int) -> Delivery:
        """Send a delivery once more, with the same event id; raises IndexError."""
        delivery = self.deliveries[number]
        self._start(delivery)
        return delivery

    def hold(self) -> None:
        """Keep deliveries back until `release`."""
        self.holding = True

    def release(self, *, backwards: bool = False) -> None:
        """Send what was kept back, in order or with the newest first."""
        self.holding = False
        held, self._held = self._held, []
        self._start(*reversed(held) if backwards else held)

    async def settle(self) -> None:
        """Wait until nothing is on its way."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _start(self, *deliveries: Delivery) -> None:
        if self.holding or self._session is None:
            self._held.extend(deliveries)
            return
        task = asyncio.get_running_loop().create_task(self._deliver_all(deliveries, self._session))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver_all(self, deliveries: Sequence[Delivery], session: aiohttp.ClientSession) -> None:
        """Send one after the other, so that an order asked for is the order of arrival."""
        for delivery in deliveries:
            await self._deliver(delivery, session)

    async def _deliver(self, delivery: Delivery, session: aiohttp.ClientSession) -> None:
        for wait in (0.0, *self._backoff):
            await asyncio.sleep(wait)
            result = await self._try(delivery, session)
            delivery.tries.append(result)
            if result.startswith("2"):
                delivery.outcome = "delivered"
                return
        if delivery.outcome == "waiting":
            delivery.outcome = "failed"

    async def _try(self, delivery: Delivery, session: aiohttp.ClientSession) -> str:
        signature = sign_body(delivery.body, delivery.target.secret, int(self._now().timestamp()))
        headers = {"Content-Type": "application/json", "X-Qonto-Signature": signature}
        try:
            async with session.post(
                delivery.target.url, data=delivery.body, headers=headers, allow_redirects=False
            ) as response:
                with suppress(aiohttp.ClientError):
                    await response.read()
                return str(response.status)
        except (aiohttp.ClientError, TimeoutError) as error:
            return type(error).__name__
