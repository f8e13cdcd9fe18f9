"""« Autre facture… »: open the modal, search invoices while typing, apply the choice."""

import logging
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot import fr, reconciliation
from bot.amounts import typed_cents
from bot.context import Context
from bot.errors import InvalidRequestError, NotFoundError, RefusedError
from bot.payment_view import PaymentView, invoice_line, load_view
from bot.reconciliation import Choice, record_refusal
from bot.slack import ids
from bot.slack.answers import answered, refusal
from bot.slack.modals import AMOUNT_BLOCK, PICK_BLOCK, associate_modal, invoice_options
from bot.slack.rights import Rights
from store import invoices

MOST_OPTIONS = 50
LONGEST_QUERY = 100
Body = dict[str, Any]
logger = logging.getLogger(__name__)


class Manual:
    """The listeners of the modal « Associer un paiement »."""

    def __init__(self, ctx: Context, rights: Rights) -> None:
        self._ctx = ctx
        self._rights = rights

    async def open(self, ack: AsyncAck, body: Body, respond: AsyncRespond, client: AsyncWebClient) -> None:
        """Open the modal; its data come from our store, since the trigger lives three seconds."""

        async def work() -> None:
            actor = await self._rights.actor_of(body)
            transaction_id = ids.row_id(body["actions"][0].get("value"))
            if not actor.is_admin:
                await record_refusal(self._ctx, actor, "open_associate", str(transaction_id))
            actor.require_admin()
            view = await self._view(transaction_id)
            await client.views_open(trigger_id=body["trigger_id"], view=associate_modal(view))

        await answered(work, ack, respond, self._rights)

    async def _view(self, transaction_id: int) -> PaymentView:
        async with self._ctx.database.read() as session:
            view = await load_view(session, transaction_id)
        if view is None:
            raise NotFoundError("Ce paiement est inconnu.")
        return view

    async def search(self, ack: AsyncAck, body: Body) -> None:
        """Answer with open invoices that fit what was typed; nothing at all to somebody without the right."""
        try:
            actor = await self._rights.actor_of(body)
            actor.require_admin()
            text = str(body.get("value") or "")[:LONGEST_QUERY]
            async with self._ctx.database.read() as session:
                found = await invoices.search_open(session, text, limit=MOST_OPTIONS)
                lines = [invoice_line(invoice, invoice.open_cents) for invoice in found]
        except Exception as error:  # the top of a listener: Slack must be answered, with nothing leaked
            if not isinstance(error, RefusedError):
                logger.exception("search failed")
            await ack(options=[])
            return
        await ack(options=invoice_options(lines, fr.paris_day(self._ctx.clock())))

    async def submit(self, ack: AsyncAck, body: Body) -> None:
        """Apply the choice; what is wrong is said under the field it concerns."""
        try:
            actor = await self._rights.actor_of(body)
            values = body["view"]["state"]["values"]
            amount_text = values[AMOUNT_BLOCK][ids.AMOUNT].get("value")
            try:
                cents = typed_cents(amount_text) if amount_text else None
            except InvalidRequestError as error:
                await ack(response_action="errors", errors={AMOUNT_BLOCK: error.message})
                return
            invoice_id = ids.row_id(values[PICK_BLOCK][ids.PICK_INVOICE]["selected_option"]["value"])
            await reconciliation.associate(
                self._ctx,
                actor,
                transaction_id=ids.row_id(body["view"]["private_metadata"]),
                choices=[Choice(invoice_id, cents)],
            )
        except Exception as error:  # noqa: BLE001  # the top of a listener: the person must be told
            said = await refusal(error, self._rights)
            block = AMOUNT_BLOCK if isinstance(error, InvalidRequestError) else PICK_BLOCK
            await ack(response_action="errors", errors={block: said})
            return
        await ack()
