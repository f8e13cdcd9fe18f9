"""The one sender of lasting messages: brings every ledger row that lags up to its object (D4).

Order for a new message: commit the intent, post with our key in the metadata, commit where it landed.
When the outcome is unknown the key is looked up in the channel's history before anything is sent again,
so a crash, a time-out or a restart ends with the same single message. Updates are idempotent. What Slack
refuses is shown with less and less around the essential.
"""

import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

import structlog
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.context import Context
from bot.slack.blocks.kit import Block, Message, buttons_in
from bot.slack.call_errors import CALL_ERRORS, Failure, Fate, classify
from bot.slack.delivery.failures import HISTORY, PEOPLE, POST, UPDATE, Failures, Pace
from bot.slack.delivery.find_posted import look_up
from bot.slack.delivery.record import record
from bot.slack.delivery.render import Rendered, render
from bot.slack.delivery.result import (
    LOOK_UP_AFTER,
    NO_WAIT,
    NOT_LINKED,
    SET_BACK,
    EndedError,
    Outcome,
    Result,
)
from bot.slack.people import People, is_person
from store.errors import DatabaseUnavailable
from store.messages import ledger
from store.messages.keys import log_names
from store.models import Message as LedgerRow

EVENT_TYPE = "qonto_bot_message"


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


BATCH = 20
PROBES = 5
logger = logging.getLogger(__name__)


class Sender:
    """Sends and updates messages, paced per channel, from a client that never retries by itself."""

    def __init__(self, ctx: Context, client: AsyncWebClient, people: People, pace: Pace) -> None:
        self._ctx = ctx
        self._client = client
        self._calls = Calls(client)
        self._people = people
        self._pace = pace
        self.failures = Failures(ctx.clock)
        self._handled: set[int] = set()

    @property
    def token_error(self) -> str | None:
        """Why Slack refuses our token, while it does."""
        return self.failures.token_error

    async def send_due(self) -> int:
        """Bring up to date the rows that are due; returns how many were handled."""
        if self.failures.paused():
            return 0
        async with self._ctx.database.read() as session:
            due = await ledger.lagging(session, self._ctx.clock(), BATCH)
        handled = 0
        self._handled.clear()
        for row in due:
            if row.id in self._handled:
                continue
            with structlog.contextvars.bound_contextvars(**log_names(row)):
                handled += await self._bring_up(row)
            if self.token_error is not None:
                break
        return handled

    async def probe_blocked(self) -> int:
        """Try again one blocked message per place or person; when one gets through the others follow."""
        async with self._ctx.database.read() as session:
            blocked = [row.id for row in await ledger.blocked_to_probe(session, PROBES)]
        if blocked:
            async with self._ctx.database.write() as session:
                await ledger.unblock(session, blocked, self._ctx.clock())
        return len(blocked)

    async def _bring_up(self, row: LedgerRow) -> bool:
        """Bring up one row; one that nobody foresaw is set back, so that those behind it are not held up."""
        try:
            result = await self.attempt(row)
            await record(self._ctx, row, result)
        except DatabaseUnavailable:
            raise
        except Exception as error:
            logger.exception("message failed")
            result = Result(Outcome.BROKEN, type(error).__name__, SET_BACK)
            await record(self._ctx, row, result)
        if result.outcome in {Outcome.SENT, Outcome.UPDATED, Outcome.FOUND, Outcome.CARRIED}:
            self.failures.works()
        if result.ts:
            logger.info("message sent", extra={"channel": result.channel, "ts": result.ts})
        return result.outcome is not Outcome.PUT_OFF

    async def attempt(self, row: LedgerRow) -> Result:
        """Make the calls that one message needs now. Writes nothing but the intent to post."""
        method = HISTORY if row.may_have_landed else POST if row.ts is None else UPDATE
        calling = PEOPLE
        carried: tuple[LedgerRow, ...] = ()
        try:
            self._wait_for_turn(row, method)
            channel = await self._people.channel_of(row)
            if channel is None:
                return Result(Outcome.BLOCKED, NOT_LINKED, SET_BACK)
            calling = method
            if method == HISTORY:
                return await look_up(self._client, channel, row, self._ctx.clock())
            if wait := self._pace.wait_seconds(channel):
                return Result(Outcome.PUT_OFF, wait=timedelta(seconds=wait))
            async with self._ctx.database.read() as session:
                rendered = await render(session, row, self._ctx.clock())
            carried = rendered.carried
            if method == POST:
                await self._intend([row, *carried])
            return await self._calls.post_or_update(row, channel, rendered)
        except CALL_ERRORS as error:
            return replace(self.failures.result(error, calling, row.attempts), carried=carried)
        except EndedError as end:
            return end.result

    def _wait_for_turn(self, row: LedgerRow, method: str) -> None:
        """End the attempt while Slack wants one of the methods it needs left alone."""
        needs_person = row.channel is None and (row.talent_id is not None or is_person(row.target))
        wait = max(self.failures.wait(name) for name in (method, *([PEOPLE] if needs_person else [])))
        if wait:
            raise EndedError("limited", Result(Outcome.PUT_OFF, wait=wait))

    async def _intend(self, rows: Sequence[LedgerRow]) -> None:
        """Write that these messages are on their way, all or none; end the attempt when they are not."""
        overtaken = EndedError("decided otherwise meanwhile", Result(Outcome.OVERTAKEN))
        began, ids = time.monotonic(), [row.id for row in rows]
        async with self._ctx.database.write() as session:
            if not await ledger.start_sending(session, ids, self._ctx.clock()):
                raise overtaken
        self._handled.update(ids)
        if time.monotonic() - began > LOOK_UP_AFTER.total_seconds():
            # This process stood still: another may be the worker by now and have looked the key up.
            raise overtaken
