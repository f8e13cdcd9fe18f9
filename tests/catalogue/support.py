"""A service inside this process and the bank's hand on its door, for the rows of docs/catalogue.md."""

import asyncio
import json
import logging
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bot.app import Service
from bot.context import Actor
from sandbox.agency import QONTO_WEBHOOK_SECRET
from sandbox.bank.signing import sign_body
from store.messages import alerts
from store.models import InboxEvent, Transaction
from store.types import ActorKind
from tests.support.world import MAUD, World, eventually, inside

Json = dict[str, Any]
WEBHOOKS = "/api/webhooks/qonto"
ADMIN = Actor(ActorKind.SLACK, MAUD, is_admin=True)


class Door:
    """What arrives at the service, and what its tables say afterwards."""

    def __init__(self, world: World, service: Service) -> None:
        self.world, self.service = world, service
        self.http = world.http

    @property
    def url(self) -> str:
        return str(self.world.sandbox.bot_url)

    def payment(self, **changes: Any) -> Json:
        """The `data` of an event about a movement that the bank's API does not list."""
        now = datetime.now(UTC).isoformat()
        return {
            "event": "created",
            "id": str(uuid.uuid4()),
            "transaction_id": f"agence-1-{uuid.uuid4().hex[:6]}",
            "amount": 15.0,
            "currency": "EUR",
            "side": "credit",
            "status": "completed",
            "operation_type": "income",
            "label": "PAYEUR",
            "settled_at": now,
            "emitted_at": now,
            "updated_at": now,
        } | changes

    def event(self, data: Any = None, **changes: Any) -> bytes:
        envelope = {"id": str(uuid.uuid4()), "type": "v1/transactions", "data": data or self.payment()}
        return json.dumps(envelope | changes).encode()

    async def post(
        self,
        body: bytes,
        *,
        secret: str = QONTO_WEBHOOK_SECRET,
        age: float = 0,
        headers: Sequence[tuple[str, str]] | None = None,
        more: Sequence[tuple[str, str]] = (),
    ) -> tuple[int, str]:
        """Post a delivery, signed unless ``headers`` are given; returns status and body."""
        stamp = int((datetime.now(UTC) - timedelta(seconds=age)).timestamp())
        given = headers if headers is not None else [("X-Qonto-Signature", sign_body(body, secret, stamp))]
        everything = [("Content-Type", "application/json"), *given, *more]
        async with self.http.post(self.url + WEBHOOKS, data=body, headers=everything) as answer:
            return answer.status, await answer.text()

    async def states(self) -> list[str]:
        async with self.service.ctx.database.read() as session:
            return list(await session.scalars(select(InboxEvent.state).order_by(InboxEvent.id)))

    async def handled(self, count: int = 1) -> list[str]:
        """Wait until nothing waits in the inbox."""

        async def look() -> list[str] | None:
            states = await self.states()
            return states if len(states) >= count and "pending" not in states else None

        return list(await eventually(look))

    async def movements(self) -> list[Transaction]:
        async with self.service.ctx.database.read() as session:
            return list(await session.scalars(select(Transaction).order_by(Transaction.id)))

    async def nothing_happened(self) -> bool:
        async with self.service.ctx.database.read() as session:
            rows = await session.scalar(select(func.count()).select_from(InboxEvent))
        return rows == 0 and not list(self.world.sandbox.workspace.calls_of("chat.postMessage"))

    async def alerts(self) -> list[str]:
        async with self.service.ctx.database.read() as session:
            return [alert.kind for alert in await alerts.raised(session)]

    async def alerted(self, kind: str) -> bool:
        async def look() -> bool:
            return kind in await self.alerts()

        return bool(await eventually(look))


@asynccontextmanager
async def door(folder: Path, **changes: Any) -> AsyncIterator[Door]:
    """Run the service with an empty database."""
    async with inside(folder, example=False, **({"sync_every_minutes": 0} | changes)) as (world, service):
        yield Door(world, service)


@asynccontextmanager
async def agency(folder: Path, **changes: Any) -> AsyncIterator[Door]:
    """Run the service with the example's invoices."""
    async with inside(folder, **({"sync_every_minutes": 0} | changes)) as (world, service):
        yield Door(world, service)


async def the_payment(at: Door) -> Transaction:
    """Give the one movement there is."""
    [row] = await at.movements()
    return row


def logged(records: Sequence[logging.LogRecord]) -> str:
    """Everything the log holds, the values beside the messages too."""
    return "\n".join(str(vars(record)) for record in records)


async def raw(url: str, sent: bytes, *, wait: float = 3.0) -> bytes:
    """Send bytes as they are and read what comes back until the end, or for a while."""
    host, port = url.removeprefix("http://").rstrip("/").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(sent)
        await writer.drain()
        async with asyncio.timeout(wait):
            return await reader.read(65536)
    except TimeoutError:
        return b""
    finally:
        writer.close()
