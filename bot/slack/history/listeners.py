"""Listeners of the history: open the list, narrow it, turn its pages, read one payment's story."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.context import Actor, Context
from bot.errors import RefusedError
from bot.locale import fr
from bot.queries import history, periods
from bot.queries.periods import Period
from bot.reconciliation import record_refusal
from bot.slack.blocks import ids
from bot.slack.blocks.fields import chosen_in, fields, text_in, values_of
from bot.slack.blocks.kit import View, message_modal
from bot.slack.blocks.search_modal import TEXT_BLOCK
from bot.slack.call_errors import CALL_ERRORS
from bot.slack.dispatch.replies import answered, refusal
from bot.slack.dispatch.rights import Rights
from bot.slack.history.list_view import EVERY, PERIODS, STATES, Choices, history_modal, people_options
from bot.slack.history.story_view import story_modal
from store.queries.history import Filter, find_clients, find_talents

MOST_OPTIONS = 50
MOST_OFFSET = 1_000_000
THREE_MONTHS_DAYS = 92
Body = dict[str, Any]
logger = logging.getLogger(__name__)


def register_history(app: AsyncApp, ctx: Context, rights: Rights) -> "HistoryModals":
    """Tie the history's buttons, lists and view to their listeners."""
    modals = HistoryModals(ctx, rights)
    app.action(ids.HISTORY)(modals.open)
    app.action(ids.HISTORY_PAYMENT)(modals.open_story)
    app.view(ids.HISTORY_VIEW)(modals.search)
    for action_id in (ids.HISTORY_PERIOD, ids.HISTORY_STATE, ids.HISTORY_CLIENT, ids.HISTORY_TALENT):
        app.action(action_id)(modals.narrow)
    app.action(ids.HISTORY_OLDER)(modals.older)
    app.action(ids.HISTORY_NEWER)(modals.newer)
    app.options(ids.HISTORY_CLIENT)(modals.clients)
    app.options(ids.HISTORY_TALENT)(modals.talents)
    return modals


class HistoryModals:
    """Every opening and every narrowing checks the right anew."""

    def __init__(self, ctx: Context, rights: Rights) -> None:
        self._ctx = ctx
        self._rights = rights

    async def open(self, ack: AsyncAck, body: Body, respond: AsyncRespond, client: AsyncWebClient) -> None:
        """Open the list from a button."""

        async def work() -> None:
            await self.show(await self._rights.actor_of(body), body, client)

        await answered(work, ack, respond, self._rights)

    async def show(self, actor: Actor, body: Body, client: AsyncWebClient) -> None:
        """Open the list with the trigger of ``body``: a click or a command. Raises NotAllowedError."""
        view = await self._list(actor, Choices(), 0)
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    async def open_story(
        self, ack: AsyncAck, body: Body, respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        """Tell one payment's story: above the list, or by itself from a card."""

        async def work() -> None:
            actor = await self._rights.actor_of(body)
            transaction_id = ids.row_id(body["actions"][0].get("value"))
            story = await history.tell(self._ctx, actor, transaction_id=transaction_id)
            in_modal = (body.get("view") or {}).get("type") == "modal"
            shown = client.views_push if in_modal else client.views_open
            await shown(trigger_id=body["trigger_id"], view=story_modal(story))

        await answered(work, ack, respond, self._rights)

    async def narrow(self, ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        """Apply a filter: back to the first page."""
        await self._redraw(ack, body, client, lambda _: 0)

    async def older(self, ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        """Turn a page."""
        await self._redraw(ack, body, client, lambda offset: offset + history.PAGE)

    async def newer(self, ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        """Turn a page back."""
        await self._redraw(ack, body, client, lambda offset: max(0, offset - history.PAGE))

    async def _redraw(
        self, ack: AsyncAck, body: Body, client: AsyncWebClient, move: Callable[[int], int]
    ) -> None:
        await ack()
        try:
            actor = await self._rights.actor_of(body)
            offset = move(_offset(body["view"].get("private_metadata")))
            try:
                view = await self._list(actor, _choices(body), offset)
            except RefusedError as error:
                view = message_modal("Historique", await refusal(error, self._rights))
            await client.views_update(view_id=body["view"]["id"], view=view)
        except (RefusedError, *CALL_ERRORS) as error:
            logger.info("history not redrawn", extra={"reason": type(error).__name__})

    async def search(self, ack: AsyncAck, body: Body) -> None:
        """Apply the text; the window stays."""
        try:
            view = await self._list(await self._rights.actor_of(body), _choices(body), 0)
        except Exception as error:  # noqa: BLE001  # the top of a listener: the person must be told
            said = await refusal(error, self._rights)
            await ack(response_action="errors", errors={TEXT_BLOCK: said})
            return
        await ack(response_action="update", view=view)

    async def _list(self, actor: Actor, chosen: Choices, offset: int) -> View:
        today = fr.paris_day(self._ctx.clock())
        period = _period(chosen.period, today)
        wanted = Filter(
            since=period.since(),
            until=period.until(),
            client_id=_row(chosen.client),
            talent_id=_row(chosen.talent),
            states=STATES[chosen.state][1],
            text=chosen.text,
        )
        page = await history.search(self._ctx, actor, wanted=wanted, offset=offset)
        return history_modal(page, chosen, today)

    async def clients(self, ack: AsyncAck, body: Body) -> None:
        """Answer with clients whose name fits; nothing to somebody without the right."""

        async def find(typed: str) -> list[tuple[int, str]]:
            async with self._ctx.database.read() as session:
                return [(row.id, row.name) for row in await find_clients(session, typed, MOST_OPTIONS)]

        await self._options(ack, body, find, "Tous les clients")

    async def talents(self, ack: AsyncAck, body: Body) -> None:
        """Answer with talents whose name fits; nothing to somebody without the right."""

        async def find(typed: str) -> list[tuple[int, str]]:
            async with self._ctx.database.read() as session:
                return [(row.id, row.name) for row in await find_talents(session, typed, MOST_OPTIONS)]

        await self._options(ack, body, find, "Tous les talents")

    async def _options(
        self,
        ack: AsyncAck,
        body: Body,
        find: Callable[[str], Awaitable[list[tuple[int, str]]]],
        everyone: str,
    ) -> None:
        try:
            actor = await self._rights.actor_of(body)
            if not actor.is_admin:
                await record_refusal(self._ctx, actor, "search_names", "")
            actor.require_admin()
            options = people_options(await find(str(body.get("value") or "")), everyone)
        except Exception as error:  # the top of a listener: Slack must be answered, with nothing leaked
            if not isinstance(error, RefusedError):
                logger.exception("search failed")
            options = []
        await ack(options=options)


def _offset(text: str | None) -> int:
    given = text or ""
    return min(int(given), MOST_OFFSET) if given.isascii() and given.isdigit() and len(given) <= 7 else 0  # noqa: PLR2004  # digits of MOST_OFFSET


def _choices(body: Body) -> Choices:
    """Read the filters; what we never offered counts as not chosen."""
    values = values_of(body)
    period, state = chosen_in(values, ids.HISTORY_PERIOD), chosen_in(values, ids.HISTORY_STATE)
    return Choices(
        period=period if period and period in PERIODS else "three_months",
        state=state if state and state in STATES else EVERY,
        client=_option(values, ids.HISTORY_CLIENT),
        talent=_option(values, ids.HISTORY_TALENT),
        text=text_in(values, ids.HISTORY_TEXT) or "",
    )


def _option(values: Any, action_id: str) -> dict[str, Any] | None:
    for _, entry in fields(values, action_id):
        option = entry.get("selected_option")
        return option if option and option["value"] != EVERY else None
    return None


def _row(option: dict[str, Any] | None) -> int | None:
    return ids.row_id(option["value"]) if option else None


def _period(code: str, today: Any) -> Period:
    named: dict[str, Callable[[Any], Period]] = {
        "month": periods.this_month,
        "last_month": periods.last_month,
        "year": periods.this_year,
        EVERY: lambda _: periods.ALL,
    }
    return named.get(code, lambda day: periods.last_days(THREE_MONTHS_DAYS, day))(today)
