"""The one sender of lasting messages: brings every ledger row that lags up to its object (D4).

Order for a new message: commit the intent, post with our key in the metadata, commit where it landed.
When the outcome is unknown the key is looked up in the channel's history before anything is sent again,
so a crash, a time-out or a restart ends with the same single message. Updates are idempotent.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts import raise_alert
from bot.context import Context
from bot.slack.blocked import alert_about, works_again
from bot.slack.blocks import Message, section
from bot.slack.lookup import find_posted
from bot.slack.outcome import CALL_ERRORS, Failure, Fate, classify
from bot.slack.pace import Pace
from bot.slack.people import People
from bot.slack.render import NotNeededError, NotYetError, Rendered, render
from store import fault_points, messages
from store.errors import DatabaseUnavailable
from store.models import Message as LedgerRow
from store.types import AlertKind, MessagePurpose, MessageState

BATCH = 20
EVENT_TYPE = "qonto_bot_message"
# What Slack limits apart: a wait asked for one is no reason to stop the others.
POST, UPDATE, PEOPLE = "chat.postMessage", "chat.update", "people"
FIRST_RETRY_SECONDS = 1.0
LONGEST_RETRY_SECONDS = 300.0
TOKEN_RETRY_SECONDS = 60.0
# Slack may take a moment to show in the history what it accepted just before the answer was lost.
LOOK_UP_AFTER = timedelta(seconds=2)
NOT_YET = timedelta(seconds=2)
STUCK_ATTEMPTS = 8
PROBES = 5
BROKEN_ROW = timedelta(seconds=30)
PERSON = ("U", "W", "S")
logger = logging.getLogger(__name__)


class Sender:
    """Sends and updates messages, paced per channel, from a client that never retries by itself."""

    def __init__(self, ctx: Context, client: AsyncWebClient, people: People, pace: Pace) -> None:
        self._ctx = ctx
        self._client = client
        self._people = people
        self._pace = pace
        self._paused_until: datetime | None = None
        self._limited_until: dict[str, datetime] = {}
        self._carried: set[int] = set()
        self.token_error: str | None = None

    async def send_due(self) -> int:
        """Bring up to date the rows that are due; returns how many were handled."""
        now = self._ctx.clock()
        if self._paused_until is not None and now < self._paused_until:
            return 0
        async with self._ctx.database.read() as session:
            due = list(await messages.lagging(session, now, BATCH))
        handled = 0
        self._carried.clear()
        for row in due:
            if row.id in self._carried:
                continue
            with structlog.contextvars.bound_contextvars(ledger_key=row.key):
                handled += await self._bring_up_safely(row)
            if self._paused_until is not None:
                break
        return handled

    async def probe_blocked(self) -> int:
        """Try again one blocked message per place or person; when one gets through the others follow."""
        now = self._ctx.clock()
        async with self._ctx.database.read() as session:
            blocked = list(await messages.blocked_to_probe(session, PROBES))
        for row in blocked:
            async with self._ctx.database.write() as session:
                await messages.unblock_one(session, row.id, now)
        if blocked:
            self._ctx.wake.notify()
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
                await messages.postpone(session, row.id, now + BROKEN_ROW, error=type(error).__name__)
                await raise_alert(session, AlertKind.MESSAGE_STUCK, now, object_id=row.id)
            return 1

    async def _bring_up(self, row: LedgerRow) -> int:
        target = await self._target(row)
        if target is None:
            return 1
        if _may_have_landed(row):
            await self._resolve(row, target)
            return 1
        limited = self._limited_for(POST if row.ts is None else UPDATE)
        if limited:
            await self._retry(row, limited, "ratelimited")
            return 0
        wait = self._pace.wait_seconds(target)
        if wait:
            await self._retry(row, timedelta(seconds=wait), "paced")
            return 0
        rendered = await self._render(row)
        if rendered is not None:
            await (self._post(row, target, rendered) if row.ts is None else self._update(row, rendered))
        return 1

    def _limited_for(self, method: str) -> timedelta:
        """Tell how long Slack asked us to leave one method alone; others go on (web-api/rate-limits)."""
        until = self._limited_until.get(method)
        return max(timedelta(0), until - self._ctx.clock()) if until else timedelta(0)

    async def _target(self, row: LedgerRow) -> str | None:
        """Find the channel: the finance channel, or the talent's own; block the row when there is none."""
        if row.channel is not None:
            return row.channel
        if row.talent_id is None and not (row.target or "").startswith(PERSON):
            return row.target or self._ctx.settings.slack_channel
        limited = self._limited_for(PEOPLE)
        if limited:
            await self._retry(row, limited, "ratelimited")
            return None
        try:
            if row.talent_id is None:
                channel = await self._people.admin_channel(row.target or "")
            else:
                channel = await self._people.direct_channel(row.talent_id)
        except CALL_ERRORS as error:
            await self._failed(row, classify(error), PEOPLE)
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
                if not await messages.cancel(session, row.key) and row.ts is not None:
                    # It left before it became untrue: it stays as it is, and its correction follows.
                    await messages.mark_updated(session, row.id, version=row.wanted_version)
        except NotYetError:
            await self._retry(row, NOT_YET, "waits_for_another_message")
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
                if not await messages.start_sending(session, each.id, self._ctx.clock()):
                    raise NotNeededError("decided otherwise meanwhile")
        self._carried.update(each.id for each in rows)

    async def _send(self, row: LedgerRow, target: str, rendered: Rendered) -> None:
        """Post under the intent already written; what ``_post`` committed says that we may."""
        try:
            await fault_points.reach("send.before")
            answer = await self._client.chat_postMessage(
                channel=target,
                text=rendered.message.text,
                blocks=rendered.message.blocks,
                metadata={"event_type": EVENT_TYPE, "event_payload": _keys(row, rendered)},
                unfurl_links=False,
                unfurl_media=False,
            )
            await fault_points.reach("send.after")
        except fault_points.InjectedFault:
            for each in (row, *rendered.carried):
                await self._failed(each, Failure(Fate.UNKNOWN, "injected"), POST)
            return
        except CALL_ERRORS as error:
            failure = classify(error)
            if failure.fate is Fate.CONTENT and rendered.message.blocks:
                # S24: Slack refused the blocks for good, so the essential is said in one plain sentence.
                logger.error("blocks refused: %s", failure.error, extra={"ledger_key": row.key})  # noqa: TRY400
                await self._send(row, target, replace(rendered, message=Message(rendered.message.text, [])))
                return
            for each in (row, *rendered.carried):
                await self._failed(each, failure, POST)
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
            await self._failed(row, classify(error), UPDATE)
            return
        async with self._ctx.database.write() as session:
            await messages.mark_updated(session, row.id, version=rendered.version)
            woken = await works_again(session, row, self._ctx.clock(), self._ctx.settings)
        self._works(woken=woken)

    async def _sent(
        self, row: LedgerRow, channel: str, ts: str, version: int, carried: Sequence[LedgerRow] = ()
    ) -> None:
        now = self._ctx.clock()
        async with self._ctx.database.write() as session:
            if await messages.at(session, channel, ts) is None:
                await messages.mark_sent(session, row.id, channel=channel, ts=ts, version=version, now=now)
            else:
                await messages.mark_carried(session, row.id, now)
            for each in carried:
                await messages.mark_carried(session, each.id, now)
            for each in (row, *carried):
                await self._people.show_notice_state(session, each, now)
            await works_again(session, row, now, self._ctx.settings)
        self._works(woken=True)

    async def _resolve(self, row: LedgerRow, target: str) -> None:
        """Look the key up where the message would be; adopt it, or allow another sending."""
        attempted = row.attempted_at or row.created_at
        if self._ctx.clock() < attempted + LOOK_UP_AFTER:
            await self._unknown(row, attempted + LOOK_UP_AFTER, "outcome_unknown")
            return
        try:
            found = await find_posted(self._client, target, row.key, attempted)
        except CALL_ERRORS as error:
            failure = classify(error)
            if failure.fate is Fate.TOKEN:
                await self._token_refused(row, failure)
            if failure.fate is Fate.BLOCKED:
                await self._block(row, failure.error)
                return
            wait = failure.retry_after or _backoff(row.attempts)
            await self._unknown(row, self._ctx.clock() + timedelta(seconds=wait), failure.error)
            return
        if found is None:
            async with self._ctx.database.write() as session:
                await messages.forget_post(session, row.id, self._ctx.clock())
            logger.info("message never landed, sent again", extra={"ledger_key": row.key})
            return
        logger.info("message found after an unknown outcome", extra={"ledger_key": row.key})
        # What a talent was told stays as it was said; anything else is drawn again as things stand now.
        version = row.wanted_version if row.purpose == MessagePurpose.TALENT_PAID else 0
        await self._sent(row, target, found, version)

    async def _failed(self, row: LedgerRow, failure: Failure, method: str) -> None:
        logger.warning(
            "slack call failed",
            extra={"method": method, "slack_error": failure.error, "fate": failure.fate},
        )
        now = self._ctx.clock()
        if failure.fate is Fate.GONE:
            async with self._ctx.database.write() as session:
                await messages.forget_post(session, row.id, now)
        elif failure.fate in {Fate.BLOCKED, Fate.CONTENT}:
            await self._block(row, failure.error)
        elif failure.fate is Fate.TOKEN:
            await self._token_refused(row, failure)
            await self._retry(row, timedelta(seconds=TOKEN_RETRY_SECONDS), failure.error)
        elif failure.fate is Fate.UNKNOWN and method == POST:
            await self._unknown(row, now + LOOK_UP_AFTER, failure.error)
        else:
            if failure.retry_after:
                self._limited_until[method] = now + timedelta(seconds=failure.retry_after)
            wait = failure.retry_after or _backoff(row.attempts)
            await self._retry(row, timedelta(seconds=wait), failure.error)

    async def _token_refused(self, row: LedgerRow, failure: Failure) -> None:
        """Stop calling with a token Slack refuses; say so once, in ``/ready`` and in the log meanwhile."""
        now = self._ctx.clock()
        self.token_error = failure.error
        self._paused_until = now + timedelta(seconds=TOKEN_RETRY_SECONDS)
        async with self._ctx.database.write() as session:
            await raise_alert(
                session, AlertKind.TOKEN_REFUSED, now, details={"error": failure.error, "key": row.key}
            )

    async def _block(self, row: LedgerRow, error: str) -> None:
        now = self._ctx.clock()
        async with self._ctx.database.write() as session:
            if _may_have_landed(row):
                await messages.mark_unknown(session, row.id, next_attempt_at=now + BROKEN_ROW, error=error)
            else:
                await messages.mark_blocked(session, row.id, error=error)
            if row.last_error != error:
                await self._people.show_notice_state(session, row, now)
            await alert_about(session, row, error, now, self._ctx.settings)
        self._ctx.wake.notify()

    async def _retry(self, row: LedgerRow, wait: timedelta, error: str) -> None:
        now = self._ctx.clock()
        async with self._ctx.database.write() as session:
            mark = messages.mark_unknown if _may_have_landed(row) else messages.mark_retry
            await mark(session, row.id, next_attempt_at=now + wait, error=error)
            await self._watch(session, row, error, now)

    async def _unknown(self, row: LedgerRow, look_up_at: datetime, error: str) -> None:
        async with self._ctx.database.write() as session:
            await messages.mark_unknown(session, row.id, next_attempt_at=look_up_at, error=error)
            await self._watch(session, row, error, self._ctx.clock())

    async def _watch(self, session: AsyncSession, row: LedgerRow, error: str, now: datetime) -> None:
        """A message that keeps failing is never dropped; a person is told (S23)."""
        if row.attempts >= STUCK_ATTEMPTS and error != "paced":
            await raise_alert(
                session, AlertKind.MESSAGE_STUCK, now, object_id=row.id, details={"error": error}
            )

    def _works(self, *, woken: bool) -> None:
        self.token_error = None
        self._paused_until = None
        if woken:
            self._ctx.wake.notify()


def _keys(row: LedgerRow, rendered: Rendered) -> dict[str, object]:
    """The keys that travel with a message, by which each row it speaks for is found again."""
    carried = {"carried": [each.key for each in rendered.carried]} if rendered.carried else {}
    return {"key": row.key, **carried}


def _may_have_landed(row: LedgerRow) -> bool:
    """Tell a row, as it was read, whose last post ended without an answer.

    Whatever fails on the way to looking it up, it stays so: called wanted again it would be posted twice.
    """
    return row.state in {MessageState.SENDING, MessageState.UNKNOWN} and row.ts is None


def _backoff(attempts: int) -> float:
    return min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2.0 ** min(attempts, 12))
