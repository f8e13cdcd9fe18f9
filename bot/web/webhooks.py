"""POST /api/webhooks/qonto: prove, store durably, answer. Nothing else happens before the answer."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from aiohttp import web

from bot.alerts import raise_alert
from bot.context import Context
from bot.metrics import Metrics
from bot.web.outage import Outage
from qonto import SIGNATURE_HEADER, InvalidSignature, UnreadableEvent, envelope, verify_signature
from store.errors import DatabaseUnavailable
from store.inbox import InboxUnavailable, InboxWriter, NewEvent, inbox_by_body
from store.types import AlertKind, InboxState

LARGEST_BODY = 64 * 1024
READ_SECONDS = 5.0  # a body that trickles is cut; the bank sends at once and waits one second in all
REFUSED = {"error": "invalid_signature"}
logger = logging.getLogger(__name__)

Secrets = Callable[[], Awaitable[Sequence[str]]]


class BodyError(Exception):
    """The body cannot be taken; ``status`` says why, in HTTP."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


async def read_body(request: web.Request, limit: int = LARGEST_BODY) -> bytes:
    """Read the raw bytes, bounded in size and time. Raises BodyError 408, 413 or 415.

    ``Content-Encoding`` is refused: it would be inflated before the signature is checked.
    """
    if request.headers.get("Content-Encoding"):
        raise BodyError(415)
    if request.content_length is not None and request.content_length > limit:
        raise BodyError(413)
    try:
        async with asyncio.timeout(READ_SECONDS):
            return await _bounded(request, limit)
    except TimeoutError:
        raise BodyError(408) from None


async def _bounded(request: web.Request, limit: int) -> bytes:
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > limit:
            raise BodyError(413)
    return bytes(body)


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
        except BodyError as error:
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
            event = NewEvent(error.event_id, None, body, self._ctx.clock(), InboxState.QUARANTINED)
        try:
            added = await self._inbox.add(event)
        except InboxUnavailable as error:
            self._outage.refused(str(error))
            return web.json_response({"error": "unavailable"}, status=503)
        self._outage.taken()
        if added == "conflict" or event.state == InboxState.QUARANTINED:
            logger.warning("webhook needs a person", extra={"event_id": event.event_id, "result": added})
            await self._tell(event)
        self._ctx.wake.notify()
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
