"""« Autre facture… »: open the modal, search invoices while typing, keep amounts in step, apply."""

import logging
from collections import OrderedDict
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot import reconciliation
from bot.context import Actor, Context
from bot.errors import AlreadyDecidedError, ChangedError, InvoiceNotOpenError, RefusedError
from bot.locale import fr
from bot.queries.payment import invoice_line
from bot.reconciliation import record_refusal
from bot.reconciliation.form import Gap, Offer, Typed, decision, errors, load_offer, plan
from bot.slack.associate.view import (
    AMOUNT_BLOCK,
    GAP_BLOCK,
    PICK_BLOCK,
    Metadata,
    amount_block,
    associate_modal,
    invoice_options,
    read_metadata,
)
from bot.slack.blocks import ids
from bot.slack.blocks.fields import LONGEST_NOTE, Values, all_chosen_in, chosen_in, fields, text_in, values_of
from bot.slack.blocks.kit import View, message_modal
from bot.slack.call_errors import CALL_ERRORS
from bot.slack.dispatch.replies import answered, refusal
from bot.slack.dispatch.rights import Rights
from store.invoices.search import search_open
from store.payments.waiting import get_transaction

MOST_OPTIONS = 50
LONGEST_QUERY = 100
Body = dict[str, Any]
logger = logging.getLogger(__name__)


class Manual:
    """The listeners of the modal « Associer un paiement »."""

    def __init__(self, ctx: Context, rights: Rights) -> None:
        self._ctx = ctx
        self._rights = rights
        self._latest = Latest()

    async def open(self, ack: AsyncAck, body: Body, respond: AsyncRespond, client: AsyncWebClient) -> None:
        """Open the modal; its data come from our store, since the trigger lives three seconds."""

        async def work() -> None:
            transaction_id = ids.row_id(body["actions"][0].get("value"))
            await self._admin(body, "open_associate", transaction_id)
            offer = await self._offer(transaction_id)
            await client.views_open(trigger_id=body["trigger_id"], view=self._view(offer, Typed()))

        await answered(work, ack, respond, self._rights)

    async def search(self, ack: AsyncAck, body: Body) -> None:
        """Answer with open invoices that fit what was typed; nothing at all to somebody without the right."""
        try:
            await self._admin(body, "search_invoices", None)
            text = str(body.get("value") or "")[:LONGEST_QUERY]
            options = invoice_options(await self._found(body, text), fr.paris_day(self._ctx.clock()))
        except Exception as error:  # the top of a listener: Slack must be answered, with nothing leaked
            if not isinstance(error, RefusedError):
                logger.exception("search failed")
            await ack(options=[])
            return
        await ack(options=options)

    async def _found(self, body: Body, text: str) -> list[Any]:
        """Search in the payment's own currency; another one could not be associated anyway."""
        view = body.get("view") or {}
        async with self._ctx.database.read() as session:
            currency = None
            if view.get("callback_id") == ids.ASSOCIATE_VIEW:
                known = read_metadata(view.get("private_metadata"))
                payment = await get_transaction(session, known.transaction_id)
                currency = payment.currency if payment else None
            found = await search_open(session, text, limit=MOST_OPTIONS, currency=currency)
            return [invoice_line(invoice, invoice.open_cents) for invoice in found]

    async def changed(self, ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        """Redraw after a choice or a keystroke: new invoices get their amount, what is left is said anew."""
        await ack()
        view_id, at = str(body["view"]["id"]), str(body["actions"][0]["action_ts"])
        if not self._latest.enter(view_id, at):
            return
        try:
            await self._admin(body, "change_associate", None)
            known = read_metadata(body["view"]["private_metadata"])
            typed = typed_in(values_of(body))
            offer = await self._offer(known.transaction_id, typed)
            if self._latest.is_latest(view_id, at):
                await client.views_update(view_id=view_id, view=self._view(offer, typed, known=known))
        except RefusedError as error:
            logger.info("form not redrawn", extra={"reason": error.code})
        except CALL_ERRORS as error:
            logger.info("form not redrawn", extra={"reason": type(error).__name__})

    async def submit(self, ack: AsyncAck, body: Body) -> None:
        """Apply the choice; what is wrong is said under the field it concerns, what changed is shown anew."""
        try:
            answer = await self._submitted(body)
        except Exception as error:  # noqa: BLE001  # the top of a listener: the person must be told
            block = self._block_of(body, error.invoice_id if isinstance(error, RefusedError) else None)
            answer = _errors({block: await refusal(error, self._rights)})
        await ack(**answer)

    async def _submitted(self, body: Body) -> dict[str, Any]:
        actor = await self._rights.actor_of(body)
        known = read_metadata(body["view"]["private_metadata"])
        if not actor.is_admin:
            await record_refusal(self._ctx, actor, "associate", str(known.transaction_id))
        actor.require_admin()
        typed = typed_in(values_of(body))
        offer = await self._offer(known.transaction_id, typed)
        made = plan(offer, typed)
        wrong = errors(offer, made)
        if wrong and _is_as_seen(offer, known):
            return _errors({self._block_of(body, one): said for one, said in wrong.items()})
        choices, rest = decision(made, typed, known.versions, known.mark)
        try:
            await reconciliation.associate(
                self._ctx, actor, transaction_id=known.transaction_id, choices=choices, rest=rest
            )
        except (AlreadyDecidedError, ChangedError, InvoiceNotOpenError) as error:
            return await self._shown_anew(known.transaction_id, typed, error)
        return {}

    async def _shown_anew(self, transaction_id: int, typed: Typed, error: RefusedError) -> dict[str, Any]:
        """Show the form as things stand now, with what changed said at the top; nothing was applied."""
        offer = await self._offer(transaction_id, typed)
        if not offer.view.waits:
            return {"response_action": "update", "view": message_modal("Déjà rapproché", error.message)}
        return {"response_action": "update", "view": self._view(offer, typed, warning=error.message)}

    async def _admin(self, body: Body, action: str, transaction_id: int | None) -> Actor:
        actor = await self._rights.actor_of(body)
        if not actor.is_admin:
            await record_refusal(self._ctx, actor, action, str(transaction_id or ""))
        actor.require_admin()
        return actor

    async def _offer(self, transaction_id: int, typed: Typed | None = None) -> Offer:
        async with self._ctx.database.read() as session:
            return await load_offer(session, transaction_id, typed.invoice_ids if typed else ())

    def _view(
        self, offer: Offer, typed: Typed, *, warning: str | None = None, known: Metadata | None = None
    ) -> View:
        today = fr.paris_day(self._ctx.clock())
        view = associate_modal(offer, typed, today, warning=warning)
        if known is not None:
            # Redrawing while typing must not pretend that the person saw what changed meanwhile.
            shown = read_metadata(view["private_metadata"])
            versions = {one: known.versions.get(one, now) for one, now in shown.versions.items()}
            view["private_metadata"] = Metadata(known.transaction_id, known.mark, versions).text()
        return view

    def _block_of(self, body: Body, invoice_id: int | None) -> str:
        """Find the field that an error belongs under: the invoice's own when it is on screen."""
        on_screen = values_of(body)
        wanted = amount_block(invoice_id) if invoice_id else PICK_BLOCK
        return wanted if wanted in on_screen else PICK_BLOCK


def _is_as_seen(offer: Offer, known: Metadata) -> bool:
    """Whether the form was filled with things as they are; else what changed is said first."""
    same = all(line.version == known.versions.get(line.invoice_id, line.version) for line in offer.lines)
    return same and offer.mark == known.mark


def _errors(said: dict[str, str]) -> dict[str, Any]:
    return {"response_action": "errors", "errors": said}


def typed_in(values: Values) -> Typed:
    """Read the form « Associer un paiement ». Raises InvalidRequestError for an option we never offered."""
    amounts = {}
    for block_id, entry in fields(values, ids.AMOUNT):
        prefix, _, number = block_id.partition(":")
        if prefix == AMOUNT_BLOCK and number.isdigit():
            amounts[int(number)] = str(entry.get("value") or "")
    gap = chosen_in(values, ids.GAP)
    note = text_in(values, ids.NOTE)
    return Typed(
        invoice_ids=tuple(ids.row_id(value) for value in all_chosen_in(values, ids.PICK_INVOICES)),
        amounts=amounts,
        gap=Gap(gap) if gap in set(Gap) else Gap.NONE,
        note=note[:LONGEST_NOTE] if note else None,
    )


def gap_block(values: Values) -> str | None:
    """Name the block of the choice about the gap, when it is on screen."""
    return next((block for block, _ in fields(values, ids.GAP) if block.startswith(GAP_BLOCK)), None)


MOST_VIEWS = 500


class Latest:
    """Remembers the newest ``action_ts`` of each view; bounded, in this process only."""

    def __init__(self) -> None:
        self._newest: OrderedDict[str, str] = OrderedDict()

    def enter(self, view_id: str, action_ts: str) -> bool:
        """Note an interaction; False when a newer one was seen already."""
        if action_ts < self._newest.get(view_id, ""):
            return False
        self._newest[view_id] = action_ts
        self._newest.move_to_end(view_id)
        while len(self._newest) > MOST_VIEWS:
            self._newest.popitem(last=False)
        return True

    def is_latest(self, view_id: str, action_ts: str) -> bool:
        """Whether nothing newer came meanwhile."""
        return self._newest.get(view_id, action_ts) == action_ts
