"""What only the person who clicked or typed is told.

In a message it goes through the address that came with the click. Slack may refuse it (the address lives 30
minutes and works five times), and a network may lose it: then the same is said once more through
``chat.postEphemeral``. Said twice does no harm; unsaid, somebody would take a refused click for a decision
(docs.slack.dev, interactivity/handling-user-interaction). In a view there is no address: a modal answers.
"""

import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Any, Protocol

import aiohttp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.runtime.metrics import Metrics
from bot.slack.blocks.kit import View, message_modal
from bot.slack.blocks.talent_words import TalentWords
from bot.slack.call_errors import CALL_ERRORS, Failure, Fate, classify, understood

METHOD = "response_url"
SECONDS = aiohttp.ClientTimeout(total=10)
logger = logging.getLogger(__name__)

Json = dict[str, Any]
Words = Callable[[], Awaitable[TalentWords]]


class Reply(Protocol):
    """Says one thing to the person alone; what cannot be said at all is logged, never raised."""

    async def __call__(
        self, text: str, blocks: Sequence[Json] | None = None, *, replace: bool = False
    ) -> bool:
        """Show ``text`` (or ``blocks``, which it sums up); ``replace`` instead of what was said before.

        False when Slack did not take it.
        """


class Replies:
    """Finds how the person behind a payload is answered."""

    def __init__(self, client: AsyncWebClient, session: aiohttp.ClientSession, metrics: Metrics) -> None:
        self.client = client
        self._session = session
        self._metrics = metrics

    def to(self, body: Json, context: AsyncBoltContext, words: Words) -> Reply:
        """Give the way to answer one payload; ``words`` are those of the person."""
        if context.response_url:
            return _Ephemeral(self, body, context)
        if body.get("type") == "block_actions" and body.get("view"):
            return _Modal(self.client, body, words)
        return _NoAddress()

    async def post(self, url: str, message: Json) -> Failure | None:
        """Post to an address that came with a click, following no redirect; None when Slack took it."""
        failure = await self._post(url, message)
        self._metrics.slack_calls.labels(METHOD, failure.fate if failure else "ok").inc()
        return failure

    async def _post(self, url: str, message: Json) -> Failure | None:
        try:
            async with self._session.post(
                url, json=message, timeout=SECONDS, allow_redirects=False
            ) as answer:
                return _failure(answer.status, await answer.text(errors="replace"))
        except CALL_ERRORS as error:
            return classify(error)

    async def post_ephemeral(self, where: Json, message: Json) -> Failure | None:
        """Say it in the channel to one person, which works where the app is a member."""
        try:
            await self.client.chat_postEphemeral(**where, **message)
        except CALL_ERRORS as error:
            return classify(error)
        return None


class _Ephemeral:
    """In a channel, to one person."""

    def __init__(self, replies: Replies, body: Json, context: AsyncBoltContext) -> None:
        self._replies = replies
        self._url = str(context.response_url)
        self._where = {"channel": str(context.channel_id), "user": str(context.user_id)}
        if thread := (body.get("container") or {}).get("thread_ts"):
            self._where["thread_ts"] = thread

    async def __call__(
        self, text: str, blocks: Sequence[Json] | None = None, *, replace: bool = False
    ) -> bool:
        message: Json = {"text": text} | ({"blocks": list(blocks)} if blocks else {})
        how = {"response_type": "ephemeral", "replace_original": replace}
        failure = await self._replies.post(self._url, message | how)
        if failure is None:
            return True
        if failure.fate == Fate.CONTENT:
            message.pop("blocks", None)
        second = await self._replies.post_ephemeral(self._where, message)
        if second is not None:
            who = {"user_id": self._where["user"], "channel_id": self._where["channel"]}
            logger.warning(
                "answer not delivered", extra={"reason": failure.error, "then": second.error} | who
            )
        return second is None


class _Modal:
    """In a window, on top of the open one when there is one."""

    def __init__(self, client: AsyncWebClient, body: Json, words: Words) -> None:
        self._client = client
        self._body = body
        self._words = words

    async def __call__(
        self, text: str, blocks: Sequence[Json] | None = None, *, replace: bool = False
    ) -> bool:
        words = await self._words()
        view = message_modal(words.answer_title, text, words.close)
        try:
            await open_view(self._client, self._body, view | {"blocks": list(blocks)} if blocks else view)
        except CALL_ERRORS as error:
            logger.warning("answer not delivered", extra={"reason": type(error).__name__})
            return False
        return True


class _NoAddress:
    """Nowhere: a form answers in itself, an event has nobody who waits."""

    async def __call__(self, *_: object, **__: object) -> bool:
        logger.info("no address to answer to")
        return True


async def open_view(client: AsyncWebClient, body: Json, view: View) -> None:
    """Open a window with the trigger of a click or a command, on top of the open one when there is one.

    Raises slack_sdk's errors.
    """
    in_modal = (body.get("view") or {}).get("type") == "modal"
    show = client.views_push if in_modal else client.views_open
    await show(trigger_id=str(body.get("trigger_id")), view=view)


def _failure(status: int, body: str) -> Failure | None:
    """Read an answer: 200 with "ok" or JSON; a page instead of either is no success."""
    try:
        content = json.loads(body)
    except ValueError:
        content = None
    code = str(content.get("error", "")) if isinstance(content, dict) else ""
    is_page = body.lstrip().startswith("<")
    if status == HTTPStatus.OK and not code and not is_page:
        return None
    return understood(status, code or "unreadable_answer")
