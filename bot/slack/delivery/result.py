"""What one attempt to bring a message up to date came to, and what its ledger row becomes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, auto

from sqlalchemy.ext.asyncio import AsyncSession

from store.messages import ledger
from store.models import Message

NOT_LINKED = "talent_not_linked"
# Slack may take a moment to show in the history what it accepted just before the answer was lost.
LOOK_UP_AFTER = timedelta(seconds=2)
NO_WAIT = timedelta(0)
# Before what is broken, or blocked while it may stand in Slack, is looked at again.
SET_BACK = timedelta(seconds=30)


class Outcome(StrEnum):
    """How an attempt ended."""

    SENT = auto()  # a new message shows ``version``
    FOUND = auto()  # looked up after an unknown outcome, it stands
    CARRIED = auto()  # looked up likewise, it stands under the name of another row
    UPDATED = auto()  # the message that stood shows ``version``
    PUT_OFF = auto()  # no call was made: its turn comes after ``wait``
    LATER = auto()  # Slack surely did nothing
    TOKEN_REFUSED = auto()  # the same, and nothing works until somebody mends the token
    UNKNOWN = auto()  # Slack may hold it: to be looked up after ``wait``
    BLOCKED = auto()  # a person must act first
    GONE = auto()  # it stands nowhere: deleted in Slack, or never landed
    NOT_NEEDED = auto()  # what it announces is no longer true
    OVERTAKEN = auto()  # decided otherwise meanwhile: there is nothing to write
    BROKEN = auto()  # nobody foresaw this end


@dataclass(frozen=True, slots=True)
class Result:
    """How an attempt ended, and what the ledger must remember of it."""

    outcome: Outcome
    error: str = ""
    wait: timedelta = NO_WAIT
    channel: str = ""
    ts: str = ""
    version: int = 0
    carried: tuple[Message, ...] = ()


class EndedError(Exception):
    """An attempt ends early, with ``result``."""

    def __init__(self, reason: str, result: Result) -> None:
        super().__init__(reason)
        self.result = result


async def write_row(session: AsyncSession, row: Message, result: Result, now: datetime) -> None:
    """Write what the row becomes, and those that its message carries. ``row`` is as the attempt read it."""
    ids, again_at = [row.id, *(other.id for other in result.carried)], now + result.wait
    match result.outcome:
        case Outcome.SENT | Outcome.FOUND:
            await ledger.mark_sent(
                session, ids, channel=result.channel, ts=result.ts, version=result.version, now=now
            )
        case Outcome.CARRIED:
            await ledger.mark_carried(session, ids, now)
        case Outcome.UPDATED:
            await ledger.mark_updated(session, row.id, result.version)
        case Outcome.GONE:
            await ledger.forget_post(session, row.id, now)
        case Outcome.NOT_NEEDED:
            await ledger.give_up(session, row)
        case Outcome.PUT_OFF | Outcome.BROKEN:
            await ledger.postpone(session, row.id, again_at, result.error or None)
        case Outcome.BLOCKED if not row.may_have_landed:
            await ledger.mark_blocked(session, ids, result.error)
        case Outcome.LATER | Outcome.TOKEN_REFUSED if not row.may_have_landed:
            await ledger.mark_retry(session, ids, result.error, again_at)
        case Outcome.BLOCKED | Outcome.LATER | Outcome.TOKEN_REFUSED | Outcome.UNKNOWN:
            await ledger.mark_unknown(session, ids, result.error, again_at)
