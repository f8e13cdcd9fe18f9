"""Use cases: change what the agency and each person chose, with a trace of who did."""

from dataclasses import asdict

from bot.choices import CHOICES, Choices, Personal, read_choices
from bot.context import Actor, Context
from bot.errors import InvalidRequestError
from bot.reconciliation.guard import admins_only
from bot.trail import trace
from store import people, state

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
    ctx.wake.notify()


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
    ctx.wake.notify()
