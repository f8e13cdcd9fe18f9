"""« Réglages » and « Relier un talent »: open the modals, apply what was chosen, hear the person's answer."""

from collections.abc import Mapping
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.audit import require_admin
from bot.context import Actor, Context
from bot.errors import InvalidRequestError, NotFoundError, RefusedError
from bot.locale.amounts import typed_cents
from bot.messages.preferences import (
    Choices,
    Notices,
    Personal,
    read_choices,
    read_personal,
    save_choices,
    save_personal,
)
from bot.messages.talent_links import answer_link, ask_person
from bot.queries.admin_home import read_unlinked
from bot.queries.talent_home import read_talent_home
from bot.slack.blocks import ids
from bot.slack.call_errors import CALL_ERRORS
from bot.slack.dispatch.door import Request
from bot.slack.home.talent_view import talent_modal
from bot.slack.preferences.view import (
    MOST_TALENTS,
    NO_DIGEST,
    VALUE,
    admin_settings,
    all_linked,
    link_modal,
    talent_settings,
)
from store import people

PERSON_BLOCK = "person"


class Preferences:
    """The listeners of both modals, and of the question put to a talent."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def open(self, request: Request) -> None:
        """Open what this person may choose. Raises NotFoundError for who is neither admin nor talent."""
        await request.open(await self._view(request.actor))

    async def _view(self, actor: Actor) -> dict[str, Any]:
        async with self._ctx.database.read() as session:
            personal = await read_personal(session, actor.id, is_admin=actor.is_admin)
            if actor.is_admin:
                unlinked = await people.count_unlinked(session)
                return admin_settings(await read_choices(session), personal, unlinked)
            if await people.talent_of(session, actor.id) is None:
                raise NotFoundError(
                    "Il n’y a rien à régler pour vous ici.", english="There is nothing to set for you here."
                )
        return talent_settings(personal)

    async def save(self, request: Request) -> None:
        """Apply the choices."""
        if request.metadata == "admin":
            await require_admin(self._ctx, request.actor, "settings")
            await save_choices(self._ctx, request.actor, _choices(request.values))
        await save_personal(self._ctx, request.actor, _personal(request.values))

    async def open_link(self, request: Request) -> None:
        """Open « Relier un talent », from the Home or on top of « Réglages »."""
        async with self._ctx.database.read() as session:
            talents = await read_unlinked(session, MOST_TALENTS)
        await request.open(link_modal(talents) if talents else all_linked())

    async def ask(self, request: Request) -> None:
        """Put the question to the person chosen; a robot cannot be a talent."""
        await require_admin(self._ctx, request.actor, "link_talent")
        user_id = str(request.values[PERSON_BLOCK][VALUE].get("selected_user") or "")
        await _check_person(request.client, user_id)
        talent_id = ids.row_id(_chosen(request.values, "talent"))
        await ask_person(self._ctx, request.actor, talent_id=talent_id, user_id=user_id)

    async def yes(self, request: Request) -> None:
        """The person says that they are the talent."""
        await answer_link(self._ctx, request.actor, link_id=request.row, is_me=True)

    async def no(self, request: Request) -> None:
        """The person says that they are not."""
        await answer_link(self._ctx, request.actor, link_id=request.row, is_me=False)

    async def mine(self, request: Request) -> None:
        """Open a talent's own collaborations from their message."""
        async with self._ctx.database.read() as session:
            home = await read_talent_home(session, request.actor.id, self._ctx.clock())
        if home is None:
            raise NotFoundError(
                "Aucune collaboration n’est reliée à votre compte.",
                english="No collaboration is linked to your account.",
            )
        await request.open(talent_modal(home))


def block_of(request: Request, error: Exception) -> str:
    """Find the field of « Réglages » that an error belongs under."""
    in_threshold = isinstance(error, InvalidRequestError) and "threshold" in request.values
    return "threshold" if in_threshold else "notices"


async def _check_person(client: AsyncWebClient, user_id: str) -> None:
    try:
        user = (await client.users_info(user=user_id))["user"]
    except CALL_ERRORS as error:
        raise RefusedError("Slack ne répond pas pour cette personne. Réessayez dans un instant.") from error
    if user.get("is_bot") or user.get("deleted"):
        raise InvalidRequestError("Choisissez une personne dont le compte est actif.")


def _chosen(values: Mapping[str, Any], block_id: str) -> str:
    return str(values[block_id][VALUE]["selected_option"]["value"])


def _choices(values: Mapping[str, Any]) -> Choices:
    hour = _chosen(values, "digest")
    typed = values["threshold"][VALUE].get("value")
    return Choices(
        threshold_cents=typed_cents(typed) if typed else 0,
        digest_hour=None if hour == NO_DIGEST else int(hour),
        tell_partial=_chosen(values, "partial") == "told",
        show_amounts=_chosen(values, "amounts") == "shown",
    )


def _personal(values: Mapping[str, Any]) -> Personal:
    language = _chosen(values, "language") if "language" in values else "fr"
    return Personal(Notices(_chosen(values, "notices")), int(_chosen(values, "hour")), language)
