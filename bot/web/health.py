"""GET /health: the process lives. GET /ready: what works and what is broken, without a private fact."""

import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Context
from bot.runtime.metrics import Metrics
from bot.runtime.worker import Worker
from store.errors import StoreError
from store.inbox.handling import oldest_pending_at
from store.messages import alerts, ledger
from store.models import SyncCursor

STALLED_SECONDS = 120.0
LATE_SYNC_FACTOR = 3


TokenError = Callable[[], str | None]
"""Why Slack refuses our token, while it does."""


class Health:
    """The two routes an operator or a load balancer asks."""

    def __init__(self, ctx: Context, worker: Worker, token_error: TokenError, metrics: Metrics) -> None:
        self._ctx = ctx
        self._worker = worker
        self._token_error = token_error
        self._metrics = metrics
        self.is_active = False

    async def health(self, _request: web.Request) -> web.Response:
        """Say that the process answers."""
        return web.json_response({"status": "alive"})

    async def ready(self, _request: web.Request) -> web.Response:
        """Say what works; 503 when the service cannot take a webhook or its worker is stuck."""
        checks = {
            "database": await self._read(self._database),
            "worker": self._worker_state(),
            "slack": {"ok": self._token_error() is None, "error": self._token_error()},
            "bank": await self._read(self._bank),
            "alerts": await self._read(self._alerts),
        }
        usable = checks["database"]["ok"] and checks["worker"]["ok"]
        state = "ready" if all(check["ok"] for check in checks.values()) else "degraded"
        return web.json_response(
            {"status": state if usable else "broken", "checks": checks}, status=200 if usable else 503
        )

    async def metrics(self, _request: web.Request) -> web.Response:
        """Give the figures to Prometheus."""
        text = await self._metrics.read(self._ctx, active=self.is_active)
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _database(self, session: AsyncSession) -> dict[str, Any]:
        oldest = await oldest_pending_at(session)
        lagging = await ledger.lagging_count(session)
        return {
            "ok": True,
            "oldest_event_seconds": _age(oldest, self._ctx.clock()),
            "lagging_messages": lagging,
        }

    async def _alerts(self, session: AsyncSession) -> dict[str, Any]:
        """Count the troubles that last, by kind; what they are about stays in Slack."""
        kinds = Counter(alert.kind for alert in await alerts.raised(session))
        return {"ok": not kinds, "raised": dict(sorted(kinds.items()))}

    async def _bank(self, session: AsyncSession) -> dict[str, Any]:
        age = _age(await session.scalar(select(func.max(SyncCursor.synced_at))), self._ctx.clock())
        minutes = self._ctx.settings.sync_every_minutes
        late = bool(minutes) and (age is None or age > minutes * 60 * LATE_SYNC_FACTOR)
        return {"ok": not late, "last_sync_seconds": age}

    async def _read(self, check: Callable[[AsyncSession], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
        try:
            async with self._ctx.database.read() as session:
                return await check(session)
        except StoreError as error:
            return {"ok": False, "error": type(error).__name__}

    def _worker_state(self) -> dict[str, Any]:
        if not self.is_active:
            return {"ok": True, "active": False}
        now = time.monotonic()
        failing = {name: beat.last_error for name, beat in self._worker.health.items() if beat.last_error}
        late = [
            job.name
            for job in self._worker.jobs
            if now - self._worker.health[job.name].beat > job.interval + STALLED_SECONDS
        ]
        return {"ok": not late, "active": True, "failing": failing, "stalled": late}


def _age(then: datetime | None, now: datetime) -> int | None:
    return None if then is None else max(0, int((now - then).total_seconds()))
