"""The one sender of lasting messages: brings every ledger row that lags up to its object (D4).

Order for a new message: commit the intent, post with our key in the metadata, commit where it landed.
When the outcome is unknown the key is looked up in the channel's history before anything is sent again,
so a crash, a time-out or a restart ends with the same single message. Updates are idempotent.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.context import Context
from bot.messages.alerts import raise_alert
from bot.slack.blocks.kit import Message, section
from bot.slack.call_errors import CALL_ERRORS, Fate, classify
from bot.slack.delivery.failures import (
    BROKEN_ROW,
    LOOK_UP_AFTER,
    PEOPLE,
    POST,
    UPDATE,
    Setbacks,
    backoff,
    may_have_landed,
    works_again,
)
from bot.slack.delivery.find_posted import find_posted
from bot.slack.delivery.pace import Pace
from bot.slack.delivery.render import NotNeededError, NotYetError, Rendered, render
from bot.slack.people import People
from store.errors import DatabaseUnavailable
from store.messages import ledger
from store.messages.keys import log_names, posted_keys
from store.models import Message as LedgerRow
from store.types import AlertKind, MessagePurpose

BATCH = 20
EVENT_TYPE = "qonto_bot_message"
NOT_YET = timedelta(seconds=2)
PROBES = 5
PERSON = ("U", "W", "S")
logger = logging.getLogger(__name__)


class Sender:
    """Sends and updates messages, paced per channel, from a client that never retries by itself."""

    def __init__(self, ctx: Context, client: AsyncWebClient, people: People, pace: Pace) -> None:
        self._ctx = ctx
        self._client = client
        self._people = people
        self._pace = pace
        self._setbacks = Setbacks(ctx, people)
        self._carried: set[int] = set()

    @property
    def token_error(self) -> str | None:
        """Why Slack refuses our token, while it does."""
        return self._setbacks.token_error

    async def send_due(self) -> int:
        """Bring up to date the rows that are due; returns how many were handled."""
        now = self._ctx.clock()
        if self._setbacks.paused(now):
            return 0
        async with self._ctx.database.read() as session:
            due = list(await ledger.lagging(session, now, BATCH))
        handled = 0
        self._carried.clear()
        for row in due:
            if row.id in self._carried:
                continue
            with structlog.contextvars.bound_contextvars(**log_names(row)):
                handled += await self._bring_up_safely(row)
            if self._setbacks.token_error is not None:
                break
        return handled

    async def probe_blocked(self) -> int:
        """Try again one blocked message per place or person; when one gets through the others follow."""
        now = self._ctx.clock()
        async with self._ctx.database.read() as session:
            blocked = list(await ledger.blocked_to_probe(session, PROBES))
        for row in blocked:
            async with self._ctx.database.write() as session:
                await ledger.unblock_one(session, row.id, now)
        return len(blocked)

    async def _bring_up_safely(self, row: LedgerRow) -> int:
        """Bring up one row; one that nobody foresaw is set back, so that those behind it are not held up."""
        try:
            return await self._bring_up(row)
        except DatabaseUnavailable:
            raise
        except Exception as error:
            logger.exception("message failed")
            now = self._ctx.clock()
            async with self._ctx.database.write() as session:
                await ledger.postpone(session, row.id, now + BROKEN_ROW, error=type(error).__name__)
                await raise_alert(session, AlertKind.MESSAGE_STUCK, now, object_id=row.id)
            return 1

    async def _bring_up(self, row: LedgerRow) -> int:
        target = await self._target(row)
        if target is None:
            return 1
        if may_have_landed(row):
            await self._resolve(row, target)
            return 1
        limited = self._setbacks.limited_for(POST if row.ts is None else UPDATE)
        if limited:
            await self._setbacks.retry(row, limited, "ratelimited")
            return 0
        wait = self._pace.wait_seconds(target)
        if wait:
            await self._setbacks.retry(row, timedelta(seconds=wait), "paced")
            return 0
        rendered = await self._render(row)
        if rendered is not None:
            await (self._post(row, target, rendered) if row.ts is None else self._update(row, rendered))
        return 1

    async def _target(self, row: LedgerRow) -> str | None:
        """Find the channel: the finance channel, or the talent's own; block the row when there is none."""
        if row.channel is not None:
            return row.channel
        if row.talent_id is None and not (row.target or "").startswith(PERSON):
            return row.target or self._ctx.settings.slack_channel
        limited = self._setbacks.limited_for(PEOPLE)
        if limited:
            await self._setbacks.retry(row, limited, "ratelimited")
            return None
        try:
            if row.talent_id is None:
                channel = await self._people.admin_channel(row.target or "")
            else:
                channel = await self._people.direct_channel(row.talent_id)
        except CALL_ERRORS as error:
            await self._setbacks.failed(row, classify(error), PEOPLE)
            return None
        if channel is None:
            await self._setbacks.block(row, "talent_not_linked")
        return channel

    async def _render(self, row: LedgerRow) -> Rendered | None:
        try:
            async with self._ctx.database.read() as session:
                return await render(session, row, self._ctx.clock())
        except NotNeededError:
            async with self._ctx.database.write() as session:
                if not await ledger.cancel(session, row.key) and row.ts is not None:
                    # It left before it became untrue: it stays as it is, and its correction follows.
                    await ledger.mark_updated(session, row.id, version=row.wanted_version)
        except NotYetError:
            await self._setbacks.retry(row, NOT_YET, "waits_for_another_message")
        return None

    async def _post(self, row: LedgerRow, target: str, rendered: Rendered) -> None:
        intended = time.monotonic()
        try:
            await self._intend([row, *rendered.carried])
        except NotNeededError:
            return
        if time.monotonic() - intended > LOOK_UP_AFTER.total_seconds():
            # This process stood still meanwhile: another may be the worker by now and have looked the key up.
            return
        await self._send(row, target, rendered)

    async def _intend(self, rows: Sequence[LedgerRow]) -> None:
        """Write that these rows are on their way, all or none. Raises NotNeededError when one is not."""
        async with self._ctx.database.write() as session:
            for each in rows:
                if not await ledger.start_sending(session, each.id, self._ctx.clock()):
                    raise NotNeededError("decided otherwise meanwhile")
        self._carried.update(each.id for each in rows)

    async def _send(self, row: LedgerRow, target: str, rendered: Rendered) -> None:
        """Post under the intent already written; what ``_post`` committed says that we may."""
        try:
            answer = await self._client.chat_postMessage(
                channel=target,
                text=rendered.message.text,
                blocks=rendered.message.blocks,
                metadata={"event_type": EVENT_TYPE, "event_payload": _keys(row, rendered)},
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
            for each in (row, *rendered.carried):
                await self._setbacks.failed(each, failure, POST)
            return
        await self._sent(row, str(answer["channel"]), str(answer["ts"]), rendered.version, rendered.carried)

    async def _update(self, row: LedgerRow, rendered: Rendered) -> None:
        try:
            await self._client.chat_update(
                channel=row.channel or "",
                ts=row.ts or "",
                text=rendered.message.text,
                blocks=rendered.message.blocks or [section(rendered.message.text)],
            )
        except CALL_ERRORS as error:
            await self._setbacks.failed(row, classify(error), UPDATE)
            return
        async with self._ctx.database.write() as session:
            await ledger.mark_updated(session, row.id, version=rendered.version)
            await works_again(session, row, self._ctx.clock(), self._ctx.settings)
        self._setbacks.works()

    async def _sent(
        self, row: LedgerRow, channel: str, ts: str, version: int, carried: Sequence[LedgerRow] = ()
    ) -> None:
        now = self._ctx.clock()
        async with self._ctx.database.write() as session:
            if await ledger.at(session, channel, ts) is None:
                await ledger.mark_sent(session, row.id, channel=channel, ts=ts, version=version, now=now)
            else:
                await ledger.mark_carried(session, row.id, now)
            for each in carried:
                await ledger.mark_carried(session, each.id, now)
            for each in (row, *carried):
                await self._people.show_notice_state(session, each, now)
            await works_again(session, row, now, self._ctx.settings)
        logger.info("message sent", extra={"channel": channel, "ts": ts})
        self._setbacks.works()

    async def _resolve(self, row: LedgerRow, target: str) -> None:
        """Look the key up where the message would be; adopt it, or allow another sending."""
        attempted = row.attempted_at or row.created_at
        if self._ctx.clock() < attempted + LOOK_UP_AFTER:
            await self._setbacks.unknown(row, attempted + LOOK_UP_AFTER, "outcome_unknown")
            return
        try:
            found = await find_posted(self._client, target, posted_keys(row), attempted)
        except CALL_ERRORS as error:
            failure = classify(error)
            if failure.fate is Fate.TOKEN:
                await self._setbacks.token_refused(row, failure)
            if failure.fate is Fate.BLOCKED:
                await self._setbacks.block(row, failure.error)
                return
            wait = failure.retry_after or backoff(row.attempts)
            await self._setbacks.unknown(row, self._ctx.clock() + timedelta(seconds=wait), failure.error)
            return
        if found is None:
            async with self._ctx.database.write() as session:
                await ledger.forget_post(session, row.id, self._ctx.clock())
            logger.info("message never landed, sent again", extra={"ledger_key": row.key})
            return
        logger.info("message found after an unknown outcome", extra={"ledger_key": row.key})
        # What a talent was told stays as it was said; anything else is drawn again as things stand now.
        version = row.wanted_version if row.purpose == MessagePurpose.TALENT_PAID else 0
        await self._sent(row, target, found, version)


def _keys(row: LedgerRow, rendered: Rendered) -> dict[str, object]:
    """The keys that travel with a message, by which each row it speaks for is found again."""
    carried = {"carried": [each.key for each in rendered.carried]} if rendered.carried else {}
    return {"key": row.key, **carried}
