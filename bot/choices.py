"""What the agency and each person chose to receive. Changed in Slack (« Réglages »), kept in the tables."""

from dataclasses import asdict, dataclass
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Actor, Context
from bot.errors import InvalidRequestError
from bot.reconciliation.guard import admins_only
from store import audit, people, state

CHOICES = "choices"
HIGHEST_THRESHOLD = 100_000_000
LANGUAGES = ("fr", "en")


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
        await _trace(session, ctx, actor, "settings", {"before": asdict(before), "after": asdict(choices)})
    ctx.wake.notify()


async def read_personal(session: AsyncSession, user_id: str | None, *, is_admin: bool) -> Personal:
    """Read one person's choices. Unless told otherwise admins follow the channel, talents hear at once."""
    row = await people.preference(session, user_id)
    default = Notices.NOTHING if is_admin else Notices.IMMEDIATE
    if row is None:
        return Personal(default)
    notices = Notices(row.notices) if row.notices else default
    return Personal(notices, row.digest_hour, row.language)


async def save_personal(ctx: Context, actor: Actor, personal: Personal) -> None:
    """Change what the person who asks receives. Raises InvalidRequestError."""
    if personal.language not in LANGUAGES or not 0 <= personal.digest_hour <= 23:  # noqa: PLR2004  # hours
        raise InvalidRequestError("Ce choix n’existe pas.")
    async with ctx.database.write() as session:
        await people.save_preference(
            session,
            actor.id,
            notices=personal.notices,
            digest_hour=personal.digest_hour,
            language=personal.language,
            now=ctx.clock(),
        )
        await _trace(session, ctx, actor, "preferences", asdict(personal))
    ctx.wake.notify()


async def _trace(
    session: AsyncSession, ctx: Context, actor: Actor, action: str, details: dict[str, object]
) -> None:
    await audit.append(
        session,
        at=ctx.clock(),
        actor_kind=actor.kind,
        actor=actor.id,
        action=action,
        object_type="settings",
        object_id=actor.id,
        details=details,
    )
