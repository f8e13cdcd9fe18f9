"""What a failed call to Slack does to its row: when to try again, when to look up, whom to tell."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Context
from bot.messages.alerts import clear_alert, raise_alert
from bot.settings import Settings
from bot.slack.call_errors import BAD_CONTENT, Failure, Fate
from bot.slack.people import People
from store.messages import ledger
from store.models import Message, Talent
from store.models import Message as LedgerRow
from store.types import AlertKind, MessageState

# What Slack limits apart: a wait asked for one is no reason to stop the others.
POST, UPDATE, PEOPLE = "chat.postMessage", "chat.update", "people"
FIRST_RETRY_SECONDS = 1.0
LONGEST_RETRY_SECONDS = 300.0
TOKEN_RETRY_SECONDS = 60.0
# Slack may take a moment to show in the history what it accepted just before the answer was lost.
LOOK_UP_AFTER = timedelta(seconds=2)
STUCK_ATTEMPTS = 8
BROKEN_ROW = timedelta(seconds=30)
logger = logging.getLogger(__name__)


class Setbacks:
    """Remembers what Slack asked us to leave alone, and writes into the ledger what went wrong."""

    def __init__(self, ctx: Context, people: People) -> None:
        self._ctx = ctx
        self._people = people
        self._paused_until: datetime | None = None
        self._limited_until: dict[str, datetime] = {}
        self.token_error: str | None = None

    def paused(self, now: datetime) -> bool:
        """True while a token that Slack refuses is not tried again."""
        return self._paused_until is not None and now < self._paused_until

    def limited_for(self, method: str) -> timedelta:
        """Tell how long Slack asked us to leave one method alone; others go on (web-api/rate-limits)."""
        until = self._limited_until.get(method)
        return max(timedelta(0), until - self._ctx.clock()) if until else timedelta(0)

    async def failed(self, row: LedgerRow, failure: Failure, method: str) -> None:
        """Write what a call that ended badly means for its row, by the fate of the failure."""
        logger.warning(
            "slack call failed",
            extra={"method": method, "slack_error": failure.error, "fate": failure.fate},
        )
        now = self._ctx.clock()
        if failure.fate is Fate.GONE:
            async with self._ctx.database.write() as session:
                await ledger.forget_post(session, row.id, now)
        elif failure.fate in {Fate.BLOCKED, Fate.CONTENT}:
            await self.block(row, failure.error)
        elif failure.fate is Fate.TOKEN:
            await self.token_refused(row, failure)
            await self.retry(row, timedelta(seconds=TOKEN_RETRY_SECONDS), failure.error)
        elif failure.fate is Fate.UNKNOWN and method == POST:
            await self.unknown(row, now + LOOK_UP_AFTER, failure.error)
        else:
            if failure.retry_after:
                self._limited_until[method] = now + timedelta(seconds=failure.retry_after)
            wait = failure.retry_after or backoff(row.attempts)
            await self.retry(row, timedelta(seconds=wait), failure.error)

    async def token_refused(self, row: LedgerRow, failure: Failure) -> None:
        """Stop calling with a token Slack refuses; say so once, in ``/ready`` and in the log meanwhile."""
        now = self._ctx.clock()
        self.token_error = failure.error
        self._paused_until = now + timedelta(seconds=TOKEN_RETRY_SECONDS)
        async with self._ctx.database.write() as session:
            await raise_alert(
                session, AlertKind.TOKEN_REFUSED, now, details={"error": failure.error, "key": row.key}
            )

    async def block(self, row: LedgerRow, error: str) -> None:
        """Leave the row until somebody acts, and say so once; one that may have landed is looked up first."""
        now = self._ctx.clock()
        async with self._ctx.database.write() as session:
            if may_have_landed(row):
                await ledger.mark_unknown(session, row.id, next_attempt_at=now + BROKEN_ROW, error=error)
            else:
                await ledger.mark_blocked(session, row.id, error=error)
            if row.last_error != error:
                await self._people.show_notice_state(session, row, now)
            await alert_about(session, row, error, now, self._ctx.settings)

    async def retry(self, row: LedgerRow, wait: timedelta, error: str) -> None:
        """Try again after ``wait``: Slack surely did nothing this time."""
        now = self._ctx.clock()
        async with self._ctx.database.write() as session:
            mark = ledger.mark_unknown if may_have_landed(row) else ledger.mark_retry
            await mark(session, row.id, next_attempt_at=now + wait, error=error)
            await self._watch(session, row, error, now)

    async def unknown(self, row: LedgerRow, look_up_at: datetime, error: str) -> None:
        """Look the row's key up from ``look_up_at`` (UTC) on: Slack may hold the message."""
        async with self._ctx.database.write() as session:
            await ledger.mark_unknown(session, row.id, next_attempt_at=look_up_at, error=error)
            await self._watch(session, row, error, self._ctx.clock())

    async def _watch(self, session: AsyncSession, row: LedgerRow, error: str, now: datetime) -> None:
        """A message that keeps failing is never dropped; a person is told (S23)."""
        if row.attempts >= STUCK_ATTEMPTS and error != "paced":
            await raise_alert(
                session, AlertKind.MESSAGE_STUCK, now, object_id=row.id, details={"error": error}
            )

    def works(self) -> None:
        """A call went through: nothing is paused any more."""
        self.token_error = None
        self._paused_until = None


def may_have_landed(row: LedgerRow) -> bool:
    """Tell a row, as it was read, whose last post ended without an answer.

    Whatever fails on the way to looking it up, it stays so: called wanted again it would be posted twice.
    """
    return row.state in {MessageState.SENDING, MessageState.UNKNOWN} and row.ts is None


def backoff(attempts: int) -> float:
    """Seconds to wait after so many attempts."""
    return min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2.0 ** min(attempts, 12))


NOT_LINKED = "talent_not_linked"


async def alert_about(
    session: AsyncSession, row: Message, error: str, now: datetime, settings: Settings
) -> None:
    """Raise the alert that fits a blocked message; once for a channel, once for a talent."""
    if error in BAD_CONTENT:
        await raise_alert(session, AlertKind.MESSAGE_STUCK, now, object_id=row.id, details={"error": error})
    elif row.talent_id is not None:
        talent = await session.get(Talent, row.talent_id)
        kind = AlertKind.TALENT_NOT_LINKED if error == NOT_LINKED else AlertKind.TALENT_UNREACHABLE
        details = {"talent": talent.name if talent else "", "error": error}
        await raise_alert(session, kind, now, object_id=row.talent_id, details=details)
    elif _is_for_a_channel(row):
        await raise_alert(
            session,
            AlertKind.CHANNEL_BLOCKED,
            now,
            subject=_place(row, settings),
            details={"channel": _place(row, settings), "error": error},
            to=_people(settings.slack_admins),
        )


async def works_again(session: AsyncSession, row: Message, now: datetime, settings: Settings) -> None:
    """A message got through: clear what was said about its place, and let the others there follow."""
    await clear_alert(session, AlertKind.TOKEN_REFUSED, now)
    await clear_alert(session, AlertKind.MESSAGE_STUCK, now, object_id=row.id)
    if row.talent_id is not None:
        for kind in (AlertKind.TALENT_NOT_LINKED, AlertKind.TALENT_UNREACHABLE):
            await clear_alert(session, kind, now, object_id=row.talent_id)
    elif _is_for_a_channel(row):
        await clear_alert(session, AlertKind.CHANNEL_BLOCKED, now, subject=_place(row, settings))
    await ledger.unblock_place(session, now, target=row.target, talent_id=row.talent_id)


def _is_for_a_channel(row: Message) -> bool:
    """Tell a message for everyone in a channel from one for an admin alone."""
    return not (row.target or "").startswith(("U", "W", "S"))


def _place(row: Message, settings: Settings) -> str:
    return row.target or settings.slack_channel or ""


def _people(admins: Sequence[str]) -> list[str]:
    """Tell people themselves where the settings name some; a group otherwise."""
    people = [name for name in admins if not name.startswith("S")]
    return people or list(admins)
