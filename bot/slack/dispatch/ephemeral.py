"""What only the person who asked is told, through the address that came with their click or command.

Slack may refuse it (the address lives 30 minutes and works five times), and a network may lose it: then the
same is said once more through ``chat.postEphemeral``. Said twice does no harm; unsaid, somebody would take a
refused click for a decision (docs.slack.dev, interactivity/handling-user-interaction).
"""

import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Any

import aiohttp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.runtime.metrics import Metrics
from bot.slack.call_errors import CALL_ERRORS, Failure, Fate, classify, understood

METHOD = "response_url"
SECONDS = aiohttp.ClientTimeout(total=10)
logger = logging.getLogger(__name__)

Json = dict[str, Any]


class Whispers:
    """A step before every listener: gives it a ``respond`` that reads what Slack answers."""

    def __init__(self, client: AsyncWebClient, session: aiohttp.ClientSession, metrics: Metrics) -> None:
        self._client = client
        self._session = session
        self._metrics = metrics

    async def give(self, body: Json, context: AsyncBoltContext, next_: Callable[[], Awaitable[Any]]) -> None:
        """Replace Bolt's own ``respond``, which takes whatever Slack answers for a success."""
        if context.response_url:
            context["respond"] = Whisper(self, body, context)
        await next_()

    async def post(self, url: str, message: Json) -> Failure | None:
        """Post to an address that came with a click; None when Slack took it."""
        failure = await self._post(url, message)
        self._metrics.slack_calls.labels(METHOD, failure.fate if failure else "ok").inc()
        return failure

    async def _post(self, url: str, message: Json) -> Failure | None:
        try:
            async with self._session.post(url, json=message, timeout=SECONDS) as answer:
                return _failure(answer.status, await answer.text(errors="replace"))
        except CALL_ERRORS as error:
            return classify(error)

    async def post_ephemeral(self, where: Json, message: Json) -> Failure | None:
        """Say it in the channel to one person, which works where the app is a member."""
        try:
            await self._client.chat_postEphemeral(**where, **message)
        except CALL_ERRORS as error:
            return classify(error)
        return None


class Whisper:
    """Says things to the one who clicked or typed; what cannot be said at all is logged, never raised."""

    def __init__(self, whispers: Whispers, body: Json, context: AsyncBoltContext) -> None:
        self.response_url = str(context.response_url)
        self._whispers = whispers
        self._where = {"channel": str(context.channel_id), "user": str(context.user_id)}
        if thread := (body.get("container") or {}).get("thread_ts"):
            self._where["thread_ts"] = thread

    async def __call__(
        self,
        text: str = "",
        blocks: Sequence[Json] | None = None,
        response_type: str = "ephemeral",
        replace_original: bool = False,  # Bolt's own signature
    ) -> bool:
        """Show ``text`` (or ``blocks``, which it sums up); ``replace_original`` instead of what was said.

        False when neither way worked.
        """
        message: Json = {"text": text} | ({"blocks": list(blocks)} if blocks else {})
        how = {"response_type": response_type, "replace_original": replace_original}
        failure = await self._whispers.post(self.response_url, message | how)
        if failure is None:
            return True
        if failure.fate == Fate.CONTENT:
            message.pop("blocks", None)
        again = await self._whispers.post_ephemeral(self._where, message)
        if again is not None:
            who = {"user_id": self._where["user"], "channel_id": self._where["channel"]}
            logger.warning("answer not delivered", extra={"reason": failure.error, "then": again.error} | who)
        return again is None


def _failure(status: int, body: str) -> Failure | None:
    """Read an answer: 200 with "ok" or JSON; a page instead of either is no success."""
    try:
        said = json.loads(body)
    except ValueError:
        said = None
    code = str(said.get("error", "")) if isinstance(said, dict) else ""
    is_page = body.lstrip().startswith("<")
    if status == HTTPStatus.OK and not code and not is_page:
        return None
    return understood(status, code or "unreadable_answer")
