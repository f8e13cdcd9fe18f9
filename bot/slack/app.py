"""The Slack application: one AsyncApp for HTTP and Socket Mode, and its clients.

Their session goes nowhere but to Slack, and reads no answer without end.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp.client_middlewares import ClientHandlerType
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.logger.messages import warning_client_prioritized_and_token_skipped
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.context import Context
from bot.runtime.metrics import Metrics
from bot.slack.call_errors import CALL_ERRORS, AnswerTooLargeError, RedirectedError, classify
from bot.slack.delivery.failures import Pace
from bot.slack.delivery.sender import Sender
from bot.slack.dispatch.door import Door
from bot.slack.dispatch.replies import Replies
from bot.slack.dispatch.rights import Rights
from bot.slack.home.listeners import Homes
from bot.slack.listeners import register
from bot.slack.notices.digests import Digests
from bot.slack.people import People

CALL_SECONDS = 10


@dataclass(frozen=True, slots=True)
class SlackParts:
    """What the composition root holds of Slack."""

    app: AsyncApp
    client: AsyncWebClient
    rights: Rights
    people: People
    sender: Sender
    door: Door
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
        request_verification_enabled=False,  # done in ``bot.web.slack_events``, before anything is parsed
        ignoring_self_events_enabled=False,  # would need auth.test first; we answer no message
    )
    rights = Rights(ctx, client)
    people = People(ctx, client)
    sender = Sender(ctx, client, people, pace)
    homes = Homes(ctx, client, rights, people)
    door = Door(app, ctx, rights, Replies(client, session, metrics))
    register(door, ctx, rights, people, homes)
    return SlackParts(app, client, rights, people, sender, door, homes, Digests(ctx, rights))


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


class CountingClient(AsyncWebClient):
    """Counts, and keeps to ``timeout`` seconds, which the SDK forgets once it is given a session."""

    def __init__(self, metrics: Metrics, **options: Any) -> None:
        super().__init__(**options)
        self._metrics = metrics

    async def api_call(self, api_method: str, **options: Any) -> AsyncSlackResponse:
        """Call one method of the Web API. Raises CALL_ERRORS."""
        try:
            async with asyncio.timeout(self.timeout):
                answer = await super().api_call(api_method, **options)
        except CALL_ERRORS as error:
            self._metrics.slack_calls.labels(api_method, classify(error).fate).inc()
            raise
        self._metrics.slack_calls.labels(api_method, "ok").inc()
        return answer


LARGEST_ANSWER = 16 * 1024 * 1024  # bytes, unpacked
REDIRECTS = range(300, 400)


class _BoundedResponse(aiohttp.ClientResponse):
    async def read(self) -> bytes:
        if self._body is None:
            try:
                self._body = await _whole(self.content)
            except BaseException:
                self.close()
                raise
        return await super().read()


async def _whole(content: aiohttp.StreamReader) -> bytes:
    body = bytearray()
    async for chunk in content.iter_any():
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise AnswerTooLargeError
    return bytes(body)


async def _follow_no_redirect(
    request: aiohttp.ClientRequest, handler: ClientHandlerType
) -> aiohttp.ClientResponse:
    answer = await handler(request)
    if answer.status in REDIRECTS:
        answer.close()
        raise RedirectedError
    return answer


def open_session(seconds: float = 300.0) -> aiohttp.ClientSession:
    """Open a session whose calls raise RedirectedError or AnswerTooLargeError, both children of ClientError.

    ``seconds`` bounds each call.

    It holds for Bolt's own copies of our client too: they share the session.
    """
    return aiohttp.ClientSession(
        response_class=_BoundedResponse,
        middlewares=(_follow_no_redirect,),
        timeout=aiohttp.ClientTimeout(total=seconds),
    )
