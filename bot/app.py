"""The composition root: every part is built here, once, and stopped in the reverse order."""

import asyncio
import contextlib
import gc
import logging
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp
import httpx
from aiohttp import web

from bot.bank.access import BankAccess
from bot.bank.inbox import handle_due_events, reread_due
from bot.bank.nightly import nightly_due
from bot.bank.subscriptions import WEBHOOK_PATH
from bot.bank.sync import sync_changes, watch_webhooks
from bot.context import Context, utc_now
from bot.errors import RefusedError
from bot.messages.card_policy import start_cards
from bot.runtime.metrics import Metrics
from bot.runtime.worker import Job, Wake, Watchdog, Worker
from bot.settings import Settings
from bot.slack.app import SlackParts, build_slack, open_session
from bot.slack.delivery.failures import Pace
from bot.suggestions.propose import propose_due
from bot.suggestions.weights import ModelFile
from bot.web import oauth, rest
from bot.web.health import Health
from bot.web.middleware import CountingTransport, counting, middlewares
from bot.web.slack_events import SlackRoute
from bot.web.webhooks import WebhookRoute
from store.db.engine import Database, open_database
from store.db.worker_lock import WorkerLock
from store.errors import DatabaseUnavailable, StoreError
from store.inbox.writer import InboxWriter

POLL_SECONDS = 1.0
LOCK_SECONDS = 2.0
HOUSEKEEPING_SECONDS = 60.0
REREAD_SECONDS = 10.0
PROBE_SECONDS = 10.0
KEEPALIVE_SECONDS = 75.0
WORKER_DIED = 70  # EX_SOFTWARE of sysexits.h: a service manager must see a failure
if TYPE_CHECKING:
    from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Service:
    """The running parts; tests and the demo reach them here."""

    ctx: Context
    inbox: InboxWriter
    slack: SlackParts
    worker: Worker
    health: Health
    bank: BankAccess
    lock: WorkerLock
    metrics: Metrics


SERVICE = web.AppKey("service", Service)


async def build_app(settings: Settings) -> web.Application:
    """Build the application; must run inside the loop that will serve it. The schema is up to date."""
    metrics = Metrics()
    app = web.Application(
        middlewares=[counting(metrics), *middlewares(settings)], client_max_size=1024 * 1024
    )
    wake = Wake()
    database = open_database(settings.database_url, on_commit=wake.notify)
    lock = await _claim(database)
    slack_http = open_session()
    bank_http = httpx.AsyncClient(
        timeout=httpx.Timeout(10.0), follow_redirects=False, transport=CountingTransport(metrics)
    )
    bank = BankAccess(settings, database, bank_http)
    model = ModelFile(settings.data_dir).current
    ctx = Context(settings=settings, database=database, bank=bank.client, clock=utc_now, model=model)
    slack = build_slack(ctx, slack_http, Pace(time.monotonic), metrics)
    worker = Worker(_jobs(ctx, slack), wake)
    health = Health(ctx, worker, lambda: slack.sender.token_error, metrics)
    service = Service(ctx, InboxWriter(database), slack, worker, health, bank, lock, metrics)
    app[SERVICE] = service
    _add_routes(app, service)
    app.cleanup_ctx.append(_closing(database, slack_http, bank_http))
    app.cleanup_ctx.append(_running)
    return app


async def _claim(database: Database) -> WorkerLock:
    """On SQLite a second service on one file is refused before it opens anything else.

    Raises AlreadyRunning.
    """
    lock = WorkerLock(database)
    if database.is_sqlite:
        try:
            await lock.acquire()
        except StoreError:
            await database.close()
            raise
    return lock


def _jobs(ctx: Context, slack: SlackParts) -> list[Job]:
    jobs = [
        Job("inbox", lambda: handle_due_events(ctx), POLL_SECONDS),
        Job("matching", lambda: propose_due(ctx), POLL_SECONDS),
        Job("messages", slack.sender.send_due, POLL_SECONDS),
        Job("homes", slack.homes.refresh_due, POLL_SECONDS),
        Job("digests", slack.digests.want_due, HOUSEKEEPING_SECONDS, woken=False),
        Job("reread", lambda: reread_due(ctx), REREAD_SECONDS, woken=False),
        Job("blocked", slack.sender.probe_blocked, PROBE_SECONDS, woken=False),
        Job("nightly", lambda: nightly_due(ctx), HOUSEKEEPING_SECONDS, woken=False),
    ]
    minutes = ctx.settings.sync_every_minutes
    if minutes:
        jobs.append(Job("sync", lambda: _poll(ctx), minutes * 60.0, woken=False))
    return jobs


async def _poll(ctx: Context) -> int:
    """Heal what webhooks missed. A bank that does not answer is said once per round, and tried again."""
    if ctx.gate.refused and ctx.gate.until is not None and ctx.clock() < ctx.gate.until:
        return 0
    try:
        report = await sync_changes(ctx)
    except RefusedError as error:
        logger.warning("periodic sync failed", extra={"reason": error.code})
        return 0
    await watch_webhooks(ctx, report.new)
    logger.info("periodic sync", extra={"new": report.new, "updated": report.updated})
    return report.new


def _add_routes(app: web.Application, service: Service) -> None:
    webhook = WebhookRoute(service.ctx, service.inbox, service.bank.webhook_secrets, service.metrics)
    app.router.add_post(WEBHOOK_PATH, webhook.handle)
    secret = service.ctx.settings.slack_signing_secret
    if secret is not None:
        app.router.add_post("/slack/events", SlackRoute(service.slack.app, secret.get_secret_value()).handle)
    app.router.add_get("/health", service.health.health)
    app.router.add_get("/ready", service.health.ready)
    app.router.add_get("/metrics", service.health.metrics)
    app.add_routes(rest.routes(service.ctx))
    app.add_routes(oauth.routes(service.ctx))


Lifespan = Callable[[web.Application], AsyncIterator[None]]


def _closing(database: Database, slack_http: aiohttp.ClientSession, bank_http: httpx.AsyncClient) -> Lifespan:
    async def closing(_app: web.Application) -> AsyncIterator[None]:
        yield
        await slack_http.close()
        await bank_http.aclose()
        await database.close()

    return closing


async def _running(app: web.Application) -> AsyncIterator[None]:
    """Start what runs beside the requests; stop it before the connections close."""
    service = app[SERVICE]
    await start_cards(service.ctx)
    service.inbox.start()
    with contextlib.suppress(DatabaseUnavailable):
        # Read before the first webhook needs them.
        await service.bank.webhook_secrets()
    watchdog = Watchdog(service.metrics.stalls.observe)
    watchdog.start()
    supervisor = asyncio.create_task(_supervise(service), name="supervisor")
    supervisor.add_done_callback(_stop_if_dead)
    socket = await _start_socket_mode(service)
    # What was loaded lives as long as the process: going through it again and again only adds pauses.
    gc.freeze()
    yield
    if socket is not None:
        await socket.close_async()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped
    supervisor.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await supervisor
    await service.slack.door.close()
    await service.inbox.stop()
    await watchdog.stop()


def _stop_if_dead(task: asyncio.Task[None]) -> None:
    """A dead worker is never silent: the process stops and its supervisor starts another."""
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.critical("the worker died", exc_info=error)
        raise SystemExit(WORKER_DIED)


async def _supervise(service: Service) -> None:
    """Be the one active worker whenever the lock is ours; wait for it otherwise."""
    lock = service.lock
    try:
        while True:
            await lock.acquire()
            logger.info("this process is the active worker")
            service.health.is_active = True
            await _work_while_held(service, lock)
            service.health.is_active = False
    finally:
        service.health.is_active = False
        await lock.release()


async def _work_while_held(service: Service, lock: WorkerLock) -> None:
    work = asyncio.create_task(service.worker.run(), name="worker")
    try:
        while await lock.verify():
            done, _ = await asyncio.wait({work}, timeout=LOCK_SECONDS)
            if done:
                work.result()
        logger.warning("the worker lock was lost; another process takes over")
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def _start_socket_mode(service: Service) -> "AsyncSocketModeHandler | None":
    token = service.ctx.settings.slack_app_token
    if token is None:
        return None
    from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler  # noqa: PLC0415  # slow to load

    handler = AsyncSocketModeHandler(service.slack.app, token.get_secret_value())
    await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped
    return handler
