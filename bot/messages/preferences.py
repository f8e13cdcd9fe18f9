"""What the agency and each person chose to receive. Changed in Slack (« Réglages »), kept in the tables."""

from dataclasses import asdict, dataclass
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit import admins_only, trace
from bot.context import Actor, Context
from bot.errors import InvalidRequestError
from store import people
from store.messages import state

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


async def language_of(ctx: Context, slack_user_id: str) -> str:
    """Read the language a person chose, ``fr`` or ``en``."""
    async with ctx.database.read() as session:
        return (await read_personal(session, slack_user_id, is_admin=False)).language


HIGHEST_THRESHOLD = 100_000_000
LANGUAGES = ("fr", "en")


@admins_only("settings")
async def save_choices(ctx: Context, actor: Actor, choices: Choices) -> None:
    """Change the agency's choices, with a trace of who did. Raises InvalidRequestError."""
    if not 0 <= choices.threshold_cents <= HIGHEST_THRESHOLD:
        raise InvalidRequestError("Le seuil va de 0 à 1 000 000,00 €.")
    async with ctx.database.write() as session:
        before = await read_choices(session)
        if before == choices:
            return
        await state.put(session, CHOICES, asdict(choices), ctx.clock())
        said = {"before": asdict(before), "after": asdict(choices)}
        await trace(session, actor, "settings", ("settings", actor.id), ctx.clock(), said)


async def save_personal(ctx: Context, actor: Actor, personal: Personal) -> None:
    """Change what the person who asks receives. Raises InvalidRequestError."""
    if personal.language not in LANGUAGES or not 0 <= personal.digest_hour <= 23:  # noqa: PLR2004  # hours
        raise InvalidRequestError("Ce choix n’existe pas.", english="There is no such choice.")
    async with ctx.database.write() as session:
        await people.save_preference(
            session,
            actor.id,
            notices=personal.notices,
            digest_hour=personal.digest_hour,
            language=personal.language,
            now=ctx.clock(),
        )
        await trace(session, actor, "preferences", ("settings", actor.id), ctx.clock(), asdict(personal))
