"""The two calls that show a message, and what is shown while Slack refuses its content."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.blocks.kit import Block, Message, buttons_in
from bot.slack.call_errors import CALL_ERRORS, Failure, Fate, classify
from bot.slack.delivery.render import Rendered
from bot.slack.delivery.result import LOOK_UP_AFTER, NO_WAIT, Outcome, Result
from store.models import Message as LedgerRow

EVENT_TYPE = "qonto_bot_message"
logger = logging.getLogger(__name__)


class Calls:
    """Shows messages through a client that never retries by itself."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._refused: dict[int, int] = {}  # by message, the version whose refusal was logged

    async def post_or_update(self, row: LedgerRow, channel: str, rendered: Rendered) -> Result:
        """Post a message, or draw the one that stands anew, which is safe to repeat. Raises CALL_ERRORS."""
        if row.ts is not None:
            update = partial(self._client.chat_update, channel=channel, ts=row.ts)
            await self._accepted(update, row, rendered)
            return Result(Outcome.UPDATED, version=rendered.version)
        carried = {"carried": [other.key for other in rendered.carried]} if rendered.carried else {}
        post = partial(
            self._client.chat_postMessage,
            channel=channel,
            # By its key a message is found again.
            metadata={"event_type": EVENT_TYPE, "event_payload": {"key": row.key, **carried}},
            unfurl_links=False,
            unfurl_media=False,
        )
        answer = await self._accepted(post, row, rendered)
        place, ts = answer.get("channel"), answer.get("ts")
        if not (place and ts):
            return Result(Outcome.UNKNOWN, "no_ts", LOOK_UP_AFTER, carried=rendered.carried)
        return Result(Outcome.SENT, "", NO_WAIT, place, ts, rendered.version, rendered.carried)

    async def _accepted(
        self, call: Callable[..., Awaitable[AsyncSlackResponse]], row: LedgerRow, rendered: Rendered
    ) -> AsyncSlackResponse:
        """Say it as drawn; while Slack refuses the content, with less and less around the essential (S24)."""
        forms = [rendered.message, rendered.plain, Message(rendered.plain.text, [])]
        while True:
            message = forms.pop(0)
            try:
                return await call(text=message.text, blocks=message.blocks)
            except CALL_ERRORS as error:
                failure = classify(error)
                if failure.fate is not Fate.CONTENT or not forms:
                    raise
            if message is rendered.message:
                self._log_once(row, rendered.version, failure)
                forms = [*_without(message, failure.blocks), *forms]

    def _log_once(self, row: LedgerRow, version: int, failure: Failure) -> None:
        if self._refused.get(row.id) != version:
            self._refused[row.id] = version
            details = {"slack_error": failure.error, "blocks": sorted(failure.blocks), "version": version}
            logger.error("content refused", extra={"ledger_key": row.key, **details})


def _without(message: Message, refused: frozenset[int]) -> Sequence[Message]:
    """Leave out the blocks that Slack points at; of no use when no text is left, or no button."""
    left: list[Block] = [block for place, block in enumerate(message.blocks) if place not in refused]
    nothing_to_read = all(block["type"] in {"actions", "context", "divider"} for block in left)
    nothing_to_click = any(buttons_in(message.blocks)) and not any(buttons_in(left))
    if len(left) == len(message.blocks) or nothing_to_read or nothing_to_click:
        return []
    return [Message(message.text, left)]
