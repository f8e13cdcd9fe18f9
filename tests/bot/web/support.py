import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from store.db.engine import Database
from store.payments.movements import NewTransaction
from store.types import PaymentState
from tests.support.store_rows import upsert_transaction

NOW = datetime(2026, 1, 27, 9, 0, tzinfo=UTC)
IBAN = "FR7616958000011234567890177"


class Clock:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **amount: float) -> None:
        self.at += timedelta(**amount)


class Api:
    """The REST API as a program calls it, with its token."""

    def __init__(self, http: httpx.AsyncClient, token: str) -> None:
        self.http = http
        self.headers = {"Authorization": f"Bearer {token}"}

    async def get(self, path: str, **query: object) -> httpx.Response:
        params = {name: str(value) for name, value in query.items()} or None
        return await self.http.get(path, params=params, headers=self.headers)

    async def post(self, path: str, body: Any) -> httpx.Response:
        return await self._send("POST", path, body)

    async def put(self, path: str, body: Any) -> httpx.Response:
        return await self._send("PUT", path, body)

    async def _send(self, method: str, path: str, body: Any) -> httpx.Response:
        headers = self.headers | {"Content-Type": "application/json"}
        return await self.http.request(method, path, content=json.dumps(body), headers=headers)

    async def put_invoice(self, number: str, **changes: Any) -> httpx.Response:
        body = {"client": "NIKE", "total": "1500.00", "due_date": "2026-01-30"} | changes
        return await self.put(f"/api/invoices/{number}", body)

    async def invoice(self, number: str) -> dict[str, Any]:
        answer = await self.get("/api/invoices", q=number)
        (found,) = answer.json()["invoices"]
        assert isinstance(found, dict)
        return found


async def receive(database: Database, qonto_id: str = "t-1", cents: int = 150000, **changes: Any) -> int:
    """Record a settled transfer that waits to be explained."""
    values: dict[str, Any] = {
        "side": "credit",
        "status": "completed",
        "currency": "EUR",
        "bank_updated_at": NOW,
        "settled_at": NOW,
        "label": "NIKE FRANCE",
        "reference": "FACT-2026-042",
        "counterparty_name": "NIKE FRANCE",
        "counterparty_iban": IBAN,
        "payload": {},
    }
    async with database.write() as session:
        new = NewTransaction(qonto_id=qonto_id, amount_cents=cents, **(values | changes))
        row = (await upsert_transaction(session, new, NOW)).transaction
        row.state = PaymentState.UNMATCHED
        return row.id
