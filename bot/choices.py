"""What the agency and each person chose to receive. Changed in Slack (« Réglages »), kept in the tables."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from store import people, state

CHOICES = "choices"


class Notices(StrEnum):
    """When a person is told: at once, once a day, or not at all."""

    IMMEDIATE = "immediate"
    DIGEST = "digest"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Choices:
    """The agency's choices. Below ``threshold_cents`` a payment has no card, only a line in the digest.

    ``digest_hour`` (Paris, None for none) is when the channel is told what waits. ``tell_partial``: a talent
    hears of a part of an invoice. ``show_amounts``: a talent's messages name amounts.
    """

    threshold_cents: int = 0
    digest_hour: int | None = 9
    tell_partial: bool = True
    show_amounts: bool = True


@dataclass(frozen=True, slots=True)
class Personal:
    """One person's choices. ``digest_hour`` is an hour in Paris."""

    notices: Notices
    digest_hour: int = 9
    language: str = "fr"


async def read_choices(session: AsyncSession) -> Choices:
    """Read the agency's choices; the defaults when nobody changed them."""
    value = await state.get(session, CHOICES)
    return Choices(**value) if value else Choices()


async def read_personal(session: AsyncSession, user_id: str | None, *, is_admin: bool) -> Personal:
    """Read one person's choices. Unless told otherwise admins follow the channel, talents hear at once."""
    row = await people.preference(session, user_id)
    default = Notices.NOTHING if is_admin else Notices.IMMEDIATE
    if row is None:
        return Personal(default)
    notices = Notices(row.notices) if row.notices else default
    return Personal(notices, row.digest_hour, row.language)
