"""« Réglages » and « Relier un talent »: open the modals, apply what was chosen, hear the person's answer."""

from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

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
from bot.slack.dispatch.replies import answered, refusal
from bot.slack.dispatch.rights import Rights
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

Body = dict[str, Any]


class SettingsModals:
    """The listeners of both modals, and of the question put to a talent."""

    def __init__(self, ctx: Context, rights: Rights) -> None:
        self._ctx = ctx
        self._rights = rights

    def register(self, app: AsyncApp) -> None:
        """Tie the names to the listeners."""
        app.action(ids.SETTINGS)(self.open)
        app.view(ids.SETTINGS_VIEW)(self.save)
        app.action(ids.LINK_TALENT)(self.open_link)
        app.view(ids.LINK_TALENT_VIEW)(self.ask)
        app.action(ids.LINK_YES)(self.yes)
        app.action(ids.LINK_NO)(self.no)
        app.action(ids.MY_HOME)(self.mine)

    async def open(self, ack: AsyncAck, body: Body, respond: AsyncRespond, client: AsyncWebClient) -> None:
        """Open what this person may choose."""

        async def work() -> None:
            actor = await self._rights.actor_of(body)
            await client.views_open(trigger_id=body["trigger_id"], view=await self.view(actor))

        await answered(work, ack, respond, self._rights)

    async def view(self, actor: Actor) -> dict[str, Any]:
        """Give the modal of an admin or a talent. Raises NotFoundError for anybody else."""
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

    async def save(self, ack: AsyncAck, body: Body) -> None:
        """Apply the choices; what is wrong is said under its field."""
        values = body["view"]["state"]["values"]
        try:
            actor = await self._rights.actor_of(body)
            if body["view"]["private_metadata"] == "admin":
                actor.require_admin()
                await save_choices(self._ctx, actor, _choices(values))
            await save_personal(self._ctx, actor, _personal(values))
        except Exception as error:  # noqa: BLE001  # the top of a listener: the person must be told
            in_threshold = isinstance(error, InvalidRequestError) and "threshold" in values
            block = "threshold" if in_threshold else "notices"
            await ack(response_action="errors", errors={block: await refusal(error, self._rights)})
            return
        await ack()

    async def open_link(
        self, ack: AsyncAck, body: Body, respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        """Open « Relier un talent », from the Home or on top of « Réglages »."""

        async def work() -> None:
            (await self._rights.actor_of(body)).require_admin()
            async with self._ctx.database.read() as session:
                talents = await read_unlinked(session, MOST_TALENTS)
            in_modal = (body.get("view") or {}).get("type") == "modal"
            show = client.views_push if in_modal else client.views_open
            view = link_modal(talents) if talents else all_linked()
            await show(trigger_id=body["trigger_id"], view=view)

        await answered(work, ack, respond, self._rights)

    async def ask(self, ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        """Put the question to the person chosen; a robot cannot be a talent."""
        values = body["view"]["state"]["values"]
        try:
            actor = await self._rights.actor_of(body)
            user_id = str(values["person"][VALUE].get("selected_user") or "")
            actor.require_admin()
            await _check_person(client, user_id)
            talent_id = ids.row_id(values["talent"][VALUE]["selected_option"]["value"])
            await ask_person(self._ctx, actor, talent_id=talent_id, user_id=user_id)
        except Exception as error:  # noqa: BLE001  # the top of a listener: the person must be told
            said = await refusal(error, self._rights)
            await ack(response_action="errors", errors={"person": said})
            return
        await ack()

    async def yes(self, ack: AsyncAck, body: Body, respond: AsyncRespond) -> None:
        """The person says that they are the talent."""
        await self._answer(ack, body, respond, is_me=True)

    async def no(self, ack: AsyncAck, body: Body, respond: AsyncRespond) -> None:
        """The person says that they are not."""
        await self._answer(ack, body, respond, is_me=False)

    async def _answer(self, ack: AsyncAck, body: Body, respond: AsyncRespond, *, is_me: bool) -> None:
        async def work() -> None:
            actor = await self._rights.actor_of(body)
            link_id = ids.row_id(body["actions"][0].get("value"))
            await answer_link(self._ctx, actor, link_id=link_id, is_me=is_me)

        await answered(work, ack, respond, self._rights)

    async def mine(self, ack: AsyncAck, body: Body, respond: AsyncRespond, client: AsyncWebClient) -> None:
        """Open a talent's own collaborations from their message."""

        async def work() -> None:
            actor = await self._rights.actor_of(body)
            async with self._ctx.database.read() as session:
                home = await read_talent_home(session, actor.id, self._ctx.clock())
            if home is None:
                raise NotFoundError(
                    "Aucune collaboration n’est reliée à votre compte.",
                    english="No collaboration is linked to your account.",
                )
            await client.views_open(trigger_id=body["trigger_id"], view=talent_modal(home))

        await answered(work, ack, respond, self._rights)


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
