"""The Slack application: one AsyncApp for HTTP and Socket Mode, its clients, and the door for requests."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.logger.messages import warning_client_prioritized_and_token_skipped
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.context import Context
from bot.runtime.metrics import Metrics
from bot.slack.call_errors import CALL_ERRORS, classify
from bot.slack.commands.listeners import Commands
from bot.slack.delivery.pace import Pace
from bot.slack.delivery.sender import Sender
from bot.slack.dispatch.ephemeral import Whispers
from bot.slack.dispatch.rights import Rights
from bot.slack.home.listeners import Homes
from bot.slack.listeners import register
from bot.slack.notices.digests import Digests
from bot.slack.people import People
from bot.web.body import BodyError, read_body

LARGEST_BODY = 1024 * 1024  # a view submission carries its whole view, 250 kB at most
CALL_SECONDS = 10
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SlackParts:
    """What the composition root holds of Slack."""

    app: AsyncApp
    client: AsyncWebClient
    rights: Rights
    people: People
    sender: Sender
    commands: Commands
    homes: Homes
    digests: Digests


def build_slack(ctx: Context, session: aiohttp.ClientSession, pace: Pace, metrics: Metrics) -> SlackParts:
    """Build everything that speaks to Slack."""
    given = ctx.settings.slack_bot_token
    token = given.get_secret_value() if given else ""
    client = _client(ctx, session, token, metrics)
    secret = ctx.settings.slack_signing_secret
    logging.getLogger("slack_bolt.AsyncApp").addFilter(_is_news)
    app = AsyncApp(
        name="qonto-bot",  # or Bolt walks the stack with its sources to find one: 0.1 s of each start
        client=_client(ctx, session, None, metrics),
        signing_secret=secret.get_secret_value() if secret else "unused-in-socket-mode",
        authorize=_authorizer(token),
        request_verification_enabled=False,  # done in ``SlackRoute``, before anything is parsed
        ignoring_self_events_enabled=False,  # would need auth.test first; we answer no message
    )
    rights = Rights(ctx.settings.slack_admins, client)
    people = People(ctx, client)
    sender = Sender(ctx, client, people, pace)
    homes = Homes(ctx, client, rights, people)
    app.use(Whispers(client, session, metrics).give)
    commands = register(app, ctx, rights, people, homes)
    return SlackParts(app, client, rights, people, sender, commands, homes, Digests(ctx, rights))


def _is_news(record: logging.LogRecord) -> bool:
    """Bolt takes SLACK_BOT_TOKEN from the environment by itself, then warns that it will not use it."""
    return record.msg != warning_client_prioritized_and_token_skipped()


def _client(
    ctx: Context, session: aiohttp.ClientSession, token: str | None, metrics: Metrics
) -> AsyncWebClient:
    """Build a Web API client. It never retries by itself: a repeated post could show twice."""
    return CountingClient(
        metrics,
        token=token,
        base_url=ctx.settings.slack_api_base(),
        session=session,
        timeout=CALL_SECONDS,
        retry_handlers=[],
    )


def _authorizer(token: str) -> Callable[..., Awaitable[AuthorizeResult]]:
    """Give Bolt our own token without asking Slack first: a click must be answered while Slack is slow.

    Who may do what is decided by ``Rights``, never by this.
    """

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=token)

    return authorize


class SlackRoute:
    """POST /slack/events: the raw bytes are proved to be Slack's before Bolt parses them."""

    def __init__(self, app: AsyncApp, signing_secret: str) -> None:
        self._app = app
        self._verifier = SignatureVerifier(signing_secret)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer events, commands, clicks and option loads; 4xx for what is not Slack's."""
        try:
            body = await read_body(request, LARGEST_BODY)
        except BodyError as error:
            return web.Response(status=error.status)
        if not self._genuine(request, body):
            logger.warning("slack request refused", extra={"bytes": len(body)})
            return web.Response(status=401)
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            return web.Response(status=400)
        try:
            bolt_request = AsyncBoltRequest(
                body=text,
                query=request.query_string,
                headers={key: [value] for key, value in request.headers.items()},
            )
        except (ValueError, TypeError, AttributeError, KeyError):
            # Bolt takes the shape of a payload for granted while it reads who sends it.
            return web.Response(status=400)
        if not isinstance(bolt_request.body, dict) or not bolt_request.body:
            return web.Response(status=400)
        return await to_aiohttp_response(await self._app.async_dispatch(bolt_request))

    def _genuine(self, request: web.Request, body: bytes) -> bool:
        """Check docs.slack.dev, verifying-requests-from-slack; one header each, a plain number as time."""
        stamps = request.headers.getall("X-Slack-Request-Timestamp", [])
        signatures = request.headers.getall("X-Slack-Signature", [])
        if len(stamps) != 1 or len(signatures) != 1 or not signatures[0].isascii():
            return False
        if not (stamps[0].isascii() and stamps[0].isdigit() and len(stamps[0]) <= 12):  # noqa: PLR2004
            return False
        return self._verifier.is_valid(body, stamps[0], signatures[0])


class CountingClient(AsyncWebClient):
    """Counts; nothing else differs."""

    def __init__(self, metrics: Metrics, **options: Any) -> None:
        super().__init__(**options)
        self._metrics = metrics

    async def api_call(self, api_method: str, **options: Any) -> AsyncSlackResponse:
        """Call one method of the Web API."""
        try:
            answer = await super().api_call(api_method, **options)
        except CALL_ERRORS as error:
            self._metrics.slack_calls.labels(api_method, classify(error).fate).inc()
            raise
        self._metrics.slack_calls.labels(api_method, "ok").inc()
        return answer
