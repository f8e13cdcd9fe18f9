"""The one sender of lasting messages: brings every ledger row that lags up to its object (D4).

Order for a new message: commit the intent, post with our key in the metadata, commit where it landed.
When the outcome is unknown the key is looked up in the channel's history before anything is sent again,
so a crash, a time-out or a restart ends with the same single message. Updates are idempotent.
"""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from slack_sdk.web.async_client import AsyncWebClient

from bot.context import Context
from bot.slack.blocks import Message, section
from bot.slack.lookup import find_posted
from bot.slack.outcome import CALL_ERRORS, Failure, Fate, classify
from bot.slack.pace import Pace
from bot.slack.people import People
from bot.slack.render import NotNeededError, NotYetError, Rendered, render
from store import messages
from store.models import Message as LedgerRow
from store.types import MessagePurpose, MessageState

BATCH = 20
EVENT_TYPE = "qonto_bot_message"
FIRST_RETRY_SECONDS = 1.0
LONGEST_RETRY_SECONDS = 300.0
TOKEN_RETRY_SECONDS = 60.0
# Slack may take a moment to show in the history what it accepted just before the answer was lost.
LOOK_UP_AFTER = timedelta(seconds=2)
NOT_YET = timedelta(seconds=2)
PERSON = ("U", "W")
logger = logging.getLogger(__name__)


class Sender:
    """Sends and updates messages, paced per channel, from a client that never retries by itself."""

    def __init__(self, ctx: Context, client: AsyncWebClient, people: People, pace: Pace) -> None:
        self._ctx = ctx
        self._client = client
        self._people = people
        self._pace = pace
        self._paused_until: datetime | None = None
        self.token_error: str | None = None

    async def send_due(self) -> int:
        """Bring up to date the rows that are due; returns how many were handled."""
        now = self._ctx.clock()
        if self._paused_until is not None and now < self._paused_until:
            return 0
        async with self._ctx.database.read() as session:
            due = list(await messages.lagging(session, now, BATCH))
        handled = 0
        for row in due:
            handled += await self._bring_up(row)
            if self._paused_until is not None:
                break
        return handled

    async def _bring_up(self, row: LedgerRow) -> int:
        target = await self._target(row)
        if target is None:
            return 1
        if row.state in {MessageState.SENDING, MessageState.UNKNOWN} and row.ts is None:
            await self._resolve(row, target)
            return 1
        wait = self._pace.wait_seconds(target)
        if wait:
            await self._retry(row, timedelta(seconds=wait), "paced")
            return 0
        rendered = await self._render(row)
        if rendered is not None:
            await (self._post(row, target, rendered) if row.ts is None else self._update(row, rendered))
        return 1

    async def _target(self, row: LedgerRow) -> str | None:
        """Find the channel: the finance channel, or the talent's own; block the row when there is none."""
        if row.channel is not None:
            return row.channel
        if row.purpose == MessagePurpose.PAYMENT_CARD:
            return row.target or self._ctx.settings.slack_channel
        if row.talent_id is None and not (row.target or "").startswith(PERSON):
            return row.target or self._ctx.settings.slack_channel
        try:
            if row.talent_id is None:
                return await self._people.channel_with(row.target or "")
            channel = await self._people.direct_channel(row.talent_id)
        except CALL_ERRORS as error:
            await self._failed(row, classify(error), posting=False)
            return None
        if channel is None:
            await self._block(row, "talent_not_linked")
        return channel

    async def _render(self, row: LedgerRow) -> Rendered | None:
        try:
            async with self._ctx.database.read() as session:
                return await render(session, row, self._ctx.clock())
        except NotNeededError:
            async with self._ctx.database.write() as session:
                await messages.cancel(session, row.key)
        except NotYetError:
            await self._retry(row, NOT_YET, "waits_for_another_message")
        return None

    async def _post(self, row: LedgerRow, target: str, rendered: Rendered) -> None:
        async with self._ctx.database.write() as session:
            if not await messages.start_sending(session, row.id, self._ctx.clock()):
                return
        await self._send(row, target, rendered)

    async def _send(self, row: LedgerRow, target: str, rendered: Rendered) -> None:
        """Post under the intent already written; what ``_post`` committed says that we may."""
        try:
            answer = await self._client.chat_postMessage(
                channel=target,
                text=rendered.message.text,
                blocks=rendered.message.blocks,
                metadata={"event_type": EVENT_TYPE, "event_payload": {"key": row.key}},
                unfurl_links=False,
                unfurl_media=False,
            )
        except CALL_ERRORS as error:
            failure = classify(error)
            if failure.fate is Fate.CONTENT and rendered.message.blocks:
                # S24: Slack refused the blocks for good, so the essential is said in one plain sentence.
                logger.error("blocks refused: %s", failure.error, extra={"ledger_key": row.key})  # noqa: TRY400
                await self._send(row, target, replace(rendered, message=Message(rendered.message.text, [])))
                return
            await self._failed(row, failure, posting=True)
            return
        await self._sent(row, str(answer["channel"]), str(answer["ts"]), rendered.version)

    async def _update(self, row: LedgerRow, rendered: Rendered) -> None:
        try:
            await self._client.chat_update(
                channel=row.channel or "",
                ts=row.ts or "",
                text=rendered.message.text,
                blocks=rendered.message.blocks or [section(rendered.message.text)],
            )
        except CALL_ERRORS as error:
            await self._failed(row, classify(error), posting=False)
            return
        async with self._ctx.database.write() as session:
            await messages.mark_updated(session, row.id, version=rendered.version)
        self._works()

    async def _sent(self, row: LedgerRow, channel: str, ts: str, version: int) -> None:
        now = self._ctx.clock()
        async with self._ctx.database.write() as session:
            await messages.mark_sent(session, row.id, channel=channel, ts=ts, version=version, now=now)
            await self._people.show_notice_state(session, row, now)
        self._works()
        self._ctx.wake.notify()

    async def _resolve(self, row: LedgerRow, target: str) -> None:
        """Look the key up where the message would be; adopt it, or allow another sending."""
        attempted = row.attempted_at or row.created_at
        if self._ctx.clock() < attempted + LOOK_UP_AFTER:
            await self._unknown(row, attempted + LOOK_UP_AFTER, "outcome_unknown")
            return
        try:
            found = await find_posted(self._client, target, row.key, attempted)
        except CALL_ERRORS as error:
            wait = classify(error).retry_after or _backoff(row.attempts)
            await self._unknown(row, self._ctx.clock() + timedelta(seconds=wait), classify(error).error)
            return
        if found is None:
            async with self._ctx.database.write() as session:
                await messages.forget_post(session, row.id, self._ctx.clock())
            logger.info("message never landed, sent again", extra={"ledger_key": row.key})
            return
        logger.info("message found after an unknown outcome", extra={"ledger_key": row.key})
        await self._sent(row, target, found, 0)

    async def _failed(self, row: LedgerRow, failure: Failure, *, posting: bool) -> None:
        logger.warning(
            "slack call failed",
            extra={"ledger_key": row.key, "slack_error": failure.error, "fate": failure.fate},
        )
        now = self._ctx.clock()
        if failure.fate is Fate.GONE:
            async with self._ctx.database.write() as session:
                await messages.forget_post(session, row.id, now)
        elif failure.fate in {Fate.BLOCKED, Fate.CONTENT}:
            await self._block(row, failure.error)
        elif failure.fate is Fate.TOKEN:
            self.token_error = failure.error
            self._paused_until = now + timedelta(seconds=TOKEN_RETRY_SECONDS)
            await self._retry(row, timedelta(seconds=TOKEN_RETRY_SECONDS), failure.error)
        elif failure.fate is Fate.UNKNOWN and posting:
            await self._unknown(row, now + LOOK_UP_AFTER, failure.error)
        else:
            wait = failure.retry_after or _backoff(row.attempts)
            await self._retry(row, timedelta(seconds=wait), failure.error)

    async def _block(self, row: LedgerRow, error: str) -> None:
        now = self._ctx.clock()
        async with self._ctx.database.write() as session:
            await messages.mark_blocked(session, row.id, error=error)
            await self._people.show_notice_state(session, row, now)
        self._ctx.wake.notify()

    async def _retry(self, row: LedgerRow, wait: timedelta, error: str) -> None:
        async with self._ctx.database.write() as session:
            await messages.mark_retry(session, row.id, next_attempt_at=self._ctx.clock() + wait, error=error)

    async def _unknown(self, row: LedgerRow, look_up_at: datetime, error: str) -> None:
        async with self._ctx.database.write() as session:
            await messages.mark_unknown(session, row.id, next_attempt_at=look_up_at, error=error)

    def _works(self) -> None:
        self.token_error = None
        self._paused_until = None


def _backoff(attempts: int) -> float:
    return min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2.0 ** min(attempts, 12))
