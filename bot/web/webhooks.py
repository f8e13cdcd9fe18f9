"""POST /api/webhooks/qonto: prove, store durably, answer. Nothing else happens before the answer."""

import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from aiohttp import web

from bot.context import Context
from bot.messages.alerts import raise_alert
from bot.runtime.metrics import Metrics
from bot.web.middleware import read_body
from qonto import SIGNATURE_HEADER, InvalidSignature, UnreadableEvent, envelope, verify_signature
from store.errors import DatabaseUnavailable
from store.inbox.handling import inbox_by_body
from store.inbox.writer import InboxUnavailable, InboxWriter, NewEvent
from store.types import AlertKind, InboxState

REFUSED = {"error": "invalid_signature"}
logger = logging.getLogger(__name__)

Secrets = Callable[[], Awaitable[Sequence[str]]]


class WebhookRoute:
    """The bank's door. ``secrets`` gives those in force: settings and subscriptions, newest last."""

    def __init__(self, ctx: Context, inbox: InboxWriter, secrets: Secrets, metrics: Metrics) -> None:
        self._ctx = ctx
        self._metrics = metrics
        self._inbox = inbox
        self._secrets = secrets
        self._outage = Outage("webhooks", logger)
        seconds = ctx.settings.webhook_tolerance_seconds
        self._tolerance = timedelta(seconds=seconds) if seconds else None

    async def handle(self, request: web.Request) -> web.Response:
        """Answer 200 once the delivery is durably stored; 401, 408, 413, 415 or 503 otherwise."""
        try:
            body = await read_body(request)
        except web.HTTPClientError as error:
            return web.json_response({"error": "unreadable_body"}, status=error.status)
        now = self._ctx.clock()
        try:
            signatures = request.headers.getall(SIGNATURE_HEADER, [])
            index = verify_signature(body, signatures, await self._secrets(), now, self._tolerance)
        except DatabaseUnavailable as error:
            self._outage.refused(str(error))
            return web.json_response({"error": "unavailable"}, status=503)
        except InvalidSignature as error:
            self._metrics.refused.labels(error.reason).inc()
            logger.warning("webhook refused", extra={"reason": error.reason, "bytes": len(body)})
            return web.json_response(REFUSED, status=401)
        if index:
            logger.info("webhook signed by another secret", extra={"secret_index": index})
        return await self._store(body)

    async def _store(self, body: bytes) -> web.Response:
        try:
            head = envelope(body)
            event = NewEvent(head.id, head.type, body, self._ctx.clock(), InboxState.PENDING)
        except UnreadableEvent as error:
            event = NewEvent(
                error.event_id, None, body, self._ctx.clock(), InboxState.QUARANTINED, str(error)
            )
        try:
            added = await self._inbox.add(event)
        except InboxUnavailable as error:
            self._outage.refused(str(error))
            return web.json_response({"error": "unavailable"}, status=503)
        self._outage.taken()
        if added == "conflict" or event.state == InboxState.QUARANTINED:
            logger.warning("webhook needs a person", extra={"event_id": event.event_id, "result": added})
            await self._tell(event)
        return web.json_response({"ok": True})

    async def _tell(self, event: NewEvent) -> None:
        """Tell the admins about a delivery that nobody can read, or that contradicts another: once a day."""
        now = self._ctx.clock()
        try:
            async with self._ctx.database.write() as session:
                row = await inbox_by_body(session, event.body)
                await raise_alert(
                    session,
                    AlertKind.WEBHOOK_UNREADABLE,
                    now,
                    subject=now.date().isoformat(),
                    details={"inbox_id": row},
                )
        except DatabaseUnavailable:
            logger.warning("alert not stored")


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
