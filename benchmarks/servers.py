"""The servers that are measured, each a process: ``python -m benchmarks.servers KIND PORT FOLDER``.

``bare`` reads the body and checks the signature, and stores nothing: the baseline of ``stored``, which is the
webhook route with its durable inbox. ``bolt`` is an empty Bolt listener: the floor of a click.
"""

import gc
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.context import Context
from bot.runtime.metrics import Metrics
from bot.settings import FixedSettings
from bot.slack.blocks import ids
from bot.web.slack_events import SlackRoute
from bot.web.webhooks import WebhookRoute
from qonto import ApiKey, QontoClient
from store.db.engine import Database, open_database
from store.db.schema import upgrade
from store.inbox.writer import InboxWriter, NewEvent

WEBHOOK_SECRET = "a-secret-of-the-benchmarks-only-0123456789"  # noqa: S105  # invented
SIGNING_SECRET = "a-signing-secret-of-the-benchmarks"  # noqa: S105  # invented


class NoInbox(InboxWriter):
    """Takes every delivery and keeps none."""

    async def add(self, event: NewEvent) -> str:  # type: ignore[override]  # same words, nothing stored
        """Say that it is new."""
        return "new"


async def secrets() -> tuple[str, ...]:
    """Give the one secret in force."""
    return (WEBHOOK_SECRET,)


async def webhook_server(folder: Path, *, stored: bool) -> web.Application:
    """Build the webhook route alone, with its inbox or without."""
    url = f"sqlite+aiosqlite:///{folder / 'bench.db'}"
    await upgrade(url)
    database = open_database(url)
    inbox = InboxWriter(database) if stored else NoInbox(database)
    ctx = Context(FixedSettings(), database, QontoClient(http=None, auth=ApiKey("a:b")))  # type: ignore[arg-type]  # never called
    app = web.Application()
    app.router.add_post("/hook", WebhookRoute(ctx, inbox, secrets, Metrics()).handle)
    app.cleanup_ctx.append(lambda _app: _running(inbox, database))
    return app


async def _running(inbox: InboxWriter, database: Database) -> AsyncIterator[None]:
    inbox.start()
    gc.freeze()  # as the service does
    yield
    await inbox.stop()
    await database.close()


async def bolt_server() -> web.Application:
    """Build an empty listener behind the same door as ours."""

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=None, bot_token="xoxb-nothing")  # noqa: S106  # invented

    bolt = AsyncApp(
        signing_secret=SIGNING_SECRET,
        authorize=authorize,
        request_verification_enabled=False,
        ignoring_self_events_enabled=False,
    )

    @bolt.action(ids.ASSOCIATE)
    async def listen(ack: AsyncAck) -> None:
        await ack()

    app = web.Application()
    app.router.add_post("/slack/events", SlackRoute(bolt, SIGNING_SECRET).handle)
    return app


def main() -> None:
    """Serve one kind until killed."""
    kind, port, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    app = bolt_server() if kind == "bolt" else webhook_server(folder, stored=kind == "stored")
    web.run_app(app, host="127.0.0.1", port=port, print=None, access_log=None)


if __name__ == "__main__":
    main()
