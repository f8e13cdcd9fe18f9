"""Write down what one attempt came to: the message, those it carries, and what people must be told."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Context
from bot.messages.alerts import clear_alerts, raise_alert
from bot.messages.effects import show_notice_state
from bot.settings import Settings
from bot.slack.call_errors import BAD_CONTENT
from bot.slack.delivery.result import NOT_LINKED, Outcome, Result, write_row
from bot.slack.people import is_person
from store.messages import ledger
from store.models import Message, Talent
from store.types import AlertKind

STUCK_ATTEMPTS = 8
ARRIVED = frozenset({Outcome.SENT, Outcome.FOUND, Outcome.CARRIED})
TRIED_AGAIN = frozenset({Outcome.LATER, Outcome.UNKNOWN})
OF_A_TALENT = (AlertKind.TALENT_NOT_LINKED, AlertKind.TALENT_UNREACHABLE)


AlertName = tuple[AlertKind, int | None, str]


@dataclass(frozen=True, slots=True)
class Trouble:
    """What an alert tells, in the words of ``raise_alert``."""

    kind: AlertKind
    object_id: int | None = None
    subject: str = ""
    details: dict[str, str] = field(default_factory=dict)
    to: tuple[str, ...] = ()


async def record(ctx: Context, row: Message, result: Result) -> None:
    """Write a result in one transaction. ``row`` is as the attempt read it.

    The payment's row is locked before its messages, as in every decision.
    """
    if result.outcome is Outcome.OVERTAKEN:
        return
    now, freed = ctx.clock(), False
    arrived, repaired = result.outcome in ARRIVED, _repaired(row, ctx.settings)
    async with ctx.database.write() as session:
        trouble = await _trouble(session, row, result, ctx.settings)
        if arrived or (result.outcome is Outcome.BLOCKED and row.last_error != result.error):
            for message in (row, *result.carried):
                await show_notice_state(session, message, now)
        if trouble is not None:
            await raise_alert(session, now=now, **asdict(trouble))
        if arrived or result.outcome is Outcome.UPDATED:
            # Whoever is blocked at this place has an alert that says so, or is the one just tried again.
            freed = await clear_alerts(session, repaired, now) or row.last_error is not None
        await write_row(session, row, result, now)
        if freed:
            await ledger.unblock_place(session, now, target=row.target, talent_id=row.talent_id)


async def _trouble(session: AsyncSession, row: Message, result: Result, settings: Settings) -> Trouble | None:
    """What a person must be told: once for the token, for a channel, for a talent, for a message (S23)."""
    details = {"error": result.error}
    if result.outcome is Outcome.TOKEN_REFUSED:
        return Trouble(AlertKind.TOKEN_REFUSED, details=details | {"key": row.key})
    if result.outcome is Outcome.BLOCKED and result.error not in BAD_CONTENT:
        if row.talent_id is None:
            place = _channel(row, settings)
            to = _people(settings.slack_admins)
            blocked = Trouble(AlertKind.CHANNEL_BLOCKED, None, place, details | {"channel": place}, to)
            return None if is_person(row.target) else blocked
        talent = await session.get(Talent, row.talent_id)
        kind = AlertKind.TALENT_NOT_LINKED if result.error == NOT_LINKED else AlertKind.TALENT_UNREACHABLE
        return Trouble(kind, row.talent_id, details=details | {"talent": talent.name if talent else ""})
    keeps_failing = result.outcome in TRIED_AGAIN and row.attempts >= STUCK_ATTEMPTS
    if keeps_failing or result.outcome in {Outcome.BLOCKED, Outcome.BROKEN}:
        return Trouble(AlertKind.MESSAGE_STUCK, row.id, details=details)
    return None


def _repaired(row: Message, settings: Settings) -> list[AlertName]:
    """Name the troubles that are over once this message got through."""
    place: list[AlertName]
    if row.talent_id is not None:
        place = [(kind, row.talent_id, "") for kind in OF_A_TALENT]
    else:
        place = [(AlertKind.CHANNEL_BLOCKED, None, _channel(row, settings))]
    return [(AlertKind.TOKEN_REFUSED, None, ""), (AlertKind.MESSAGE_STUCK, row.id, ""), *place]


def _channel(row: Message, settings: Settings) -> str:
    return row.target or settings.slack_channel or ""


def _people(admins: Sequence[str]) -> tuple[str, ...]:
    """Tell people themselves where the settings name some; a group otherwise."""
    return tuple(name for name in admins if not name.startswith("S")) or tuple(admins)
