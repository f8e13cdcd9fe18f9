"""Listeners of « Mémoire des payeurs »: open, search, turn pages, forget a payer, say what it is."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.context import Actor, Context
from bot.errors import InvalidRequestError
from bot.slack.blocks import ids
from bot.slack.blocks.fields import text_in, values_of
from bot.slack.blocks.kit import View
from bot.slack.blocks.search_modal import TEXT_BLOCK
from bot.slack.call_errors import CALL_ERRORS
from bot.slack.dispatch.replies import answered, refusal
from bot.slack.dispatch.rights import Rights
from bot.slack.preferences.payer_view import CLASSES, GUESSED, memory_modal
from bot.suggestions.payers import PAGE, declare_payer_of, forget_payer_of, read_page
from matching import PayerClass
from store.types import PayerKeyKind

MOST_OFFSET = 99_999
Body = dict[str, Any]
Act = Callable[[Actor, Body], Awaitable[str]]
logger = logging.getLogger(__name__)


def register_memory(app: AsyncApp, ctx: Context, rights: Rights) -> None:
    """Tie the memory's buttons, list and view to their listeners."""
    modals = MemoryModals(ctx, rights)
    app.action(ids.MEMORY)(modals.open)
    app.view(ids.MEMORY_VIEW)(modals.search)
    app.action(ids.MEMORY_OLDER)(modals.older)
    app.action(ids.MEMORY_NEWER)(modals.newer)
    for action_id in (ids.MEMORY_FORGET_IBAN, ids.MEMORY_FORGET_NAME):
        app.action(action_id)(modals.forget)
    for action_id in (ids.MEMORY_CLASS_IBAN, ids.MEMORY_CLASS_NAME):
        app.action(action_id)(modals.declare)


class MemoryModals:
    """Every opening and every act checks the right anew, in the use case."""

    def __init__(self, ctx: Context, rights: Rights) -> None:
        self._ctx = ctx
        self._rights = rights

    async def open(self, ack: AsyncAck, body: Body, respond: AsyncRespond, client: AsyncWebClient) -> None:
        """Open the list, on top of « Réglages »."""

        async def work() -> None:
            view = await self._list(await self._rights.actor_of(body), "", 0)
            in_modal = (body.get("view") or {}).get("type") == "modal"
            show = client.views_push if in_modal else client.views_open
            await show(trigger_id=body["trigger_id"], view=view)

        await answered(work, ack, respond, self._rights)

    async def search(self, ack: AsyncAck, body: Body) -> None:
        """Apply the text; the window stays."""
        try:
            view = await self._list(await self._rights.actor_of(body), _typed(body), 0)
        except Exception as error:  # noqa: BLE001  # the top of a listener: the person must be told
            await ack(response_action="errors", errors={TEXT_BLOCK: await refusal(error, self._rights)})
            return
        await ack(response_action="update", view=view)

    async def older(self, ack: AsyncAck, body: Body, respond: AsyncRespond, client: AsyncWebClient) -> None:
        """Turn a page."""
        await self._redrawn(ack, body, respond, client, _nothing, PAGE)

    async def newer(self, ack: AsyncAck, body: Body, respond: AsyncRespond, client: AsyncWebClient) -> None:
        """Turn a page back."""
        await self._redrawn(ack, body, respond, client, _nothing, -PAGE)

    async def forget(self, ack: AsyncAck, body: Body, respond: AsyncRespond, client: AsyncWebClient) -> None:
        """Forget one payer, then show what is left."""

        async def act(actor: Actor, body: Body) -> str:
            action = body["actions"][0]
            kind = _kind(action["action_id"])
            transaction_id = ids.row_id(action.get("value"))
            shown = await forget_payer_of(self._ctx, actor, kind=kind, transaction_id=transaction_id)
            return f"Oublié\u00a0: {shown}. Les associations faites restent."

        await self._redrawn(ack, body, respond, client, act)

    async def declare(self, ack: AsyncAck, body: Body, respond: AsyncRespond, client: AsyncWebClient) -> None:
        """Keep what an admin says a payer is."""

        async def act(actor: Actor, body: Body) -> str:
            action = body["actions"][0]
            code, value = ids.unfolded(str((action.get("selected_option") or {}).get("value")))
            shown = await declare_payer_of(
                self._ctx,
                actor,
                kind=_kind(action["action_id"]),
                transaction_id=ids.row_id(value),
                payer_class=_class(code),
            )
            return f"Noté\u00a0: {shown}, {CLASSES[code].lower()}."

        await self._redrawn(ack, body, respond, client, act)

    async def _redrawn(
        self,
        ack: AsyncAck,
        body: Body,
        respond: AsyncRespond,
        client: AsyncWebClient,
        act: Act,
        move: int = 0,
    ) -> None:
        """Do something, then draw the list again; the click is acknowledged once it is done."""

        async def work() -> None:
            actor = await self._rights.actor_of(body)
            said = await act(actor, body)
            offset = max(0, _offset(body["view"].get("private_metadata")) + move)
            view = await self._list(actor, _typed(body), offset, said)
            try:
                await client.views_update(view_id=body["view"]["id"], view=view)
            except CALL_ERRORS as error:
                logger.info("memory not redrawn", extra={"reason": type(error).__name__})

        await answered(work, ack, respond, self._rights)

    async def _list(self, actor: Actor, typed: str, offset: int, said: str = "") -> View:
        return memory_modal(await read_page(self._ctx, actor, typed=typed, offset=offset), typed, said=said)


async def _nothing(_actor: Actor, _body: Body) -> str:
    return ""


def _typed(body: Body) -> str:
    return text_in(values_of(body), ids.MEMORY_TEXT) or ""


def _offset(text: str | None) -> int:
    given = text or ""
    return int(given) if given.isascii() and given.isdigit() and int(given) <= MOST_OFFSET else 0


def _kind(action_id: str) -> PayerKeyKind:
    is_iban = action_id in {ids.MEMORY_FORGET_IBAN, ids.MEMORY_CLASS_IBAN}
    return PayerKeyKind.IBAN if is_iban else PayerKeyKind.ALIAS


def _class(code: str) -> PayerClass | None:
    """Raises InvalidRequestError for a choice we never offered."""
    if code not in CLASSES:
        raise InvalidRequestError("Ce genre de payeur ne se choisit pas.")
    return None if code == GUESSED else PayerClass(code)
