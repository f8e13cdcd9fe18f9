"""What a blocked message means for the admins, and what its getting through means for the others."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts import clear_alert, raise_alert
from bot.settings import Settings
from bot.slack.outcome import BAD_CONTENT
from store import messages
from store.models import Message, Talent
from store.types import AlertKind

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


async def works_again(session: AsyncSession, row: Message, now: datetime, settings: Settings) -> bool:
    """A message got through: clear what was said about its place, and let the others there follow."""
    await clear_alert(session, AlertKind.TOKEN_REFUSED, now)
    await clear_alert(session, AlertKind.MESSAGE_STUCK, now, object_id=row.id)
    if row.talent_id is not None:
        for kind in (AlertKind.TALENT_NOT_LINKED, AlertKind.TALENT_UNREACHABLE):
            await clear_alert(session, kind, now, object_id=row.talent_id)
    elif _is_for_a_channel(row):
        await clear_alert(session, AlertKind.CHANNEL_BLOCKED, now, subject=_place(row, settings))
    followed = await messages.unblock_place(session, now, target=row.target, talent_id=row.talent_id)
    return followed > 0


def _is_for_a_channel(row: Message) -> bool:
    """Tell a message for everyone in a channel from one for an admin alone."""
    return not (row.target or "").startswith(("U", "W", "S"))


def _place(row: Message, settings: Settings) -> str:
    return row.target or settings.slack_channel or ""


def _people(admins: Sequence[str]) -> list[str]:
    """Tell people themselves where the settings name some; a group otherwise."""
    people = [name for name in admins if not name.startswith("S")]
    return people or list(admins)
