"""« Autre facture… »: open the modal, search invoices while typing, keep amounts in step, apply."""

from collections import OrderedDict
from collections.abc import Sequence

from bot import reconciliation
from bot.audit import require_admin
from bot.context import Context
from bot.errors import AlreadyDecidedError, ChangedError, InvoiceNotOpenError, RefusedError
from bot.locale import fr
from bot.queries.payment import invoice_line
from bot.reconciliation.form import Gap, Offer, Typed, decision, errors, load_offer, plan
from bot.slack.associate.view import (
    AMOUNT_BLOCK,
    PICK_BLOCK,
    Metadata,
    amount_block,
    associate_modal,
    invoice_options,
    read_metadata,
)
from bot.slack.blocks import ids
from bot.slack.blocks.fields import LONGEST_NOTE, Values, all_chosen_in, chosen_in, fields, text_in
from bot.slack.blocks.kit import View, message_modal
from bot.slack.dispatch.door import Json, Request, field_errors, updated
from store.invoices.search import search_open
from store.payments.waiting import get_transaction

MOST_OPTIONS = 50
LONGEST_QUERY = 100
MOST_VIEWS = 500


class Associate:
    """The listeners of the modal « Associer un paiement »."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._latest = Latest()

    async def open(self, request: Request) -> None:
        """Open the modal; its data come from our store, since the trigger lives three seconds."""
        await require_admin(self._ctx, request.actor, "open_associate", str(request.row))
        await request.open(self._view(await self._offer(request.row), Typed()))

    async def search(self, request: Request) -> Sequence[Json]:
        """Give open invoices that fit what was typed, in the payment's own currency."""
        text = str(request.body.get("value") or "")[:LONGEST_QUERY]
        view = request.body.get("view") or {}
        async with self._ctx.database.read() as session:
            currency = None
            if view.get("callback_id") == ids.ASSOCIATE_VIEW:
                payment = await get_transaction(session, read_metadata(request.metadata).transaction_id)
                currency = payment.currency if payment else None
            invoices = await search_open(session, text, limit=MOST_OPTIONS, currency=currency)
            lines = [invoice_line(invoice, invoice.open_cents) for invoice in invoices]
        return invoice_options(lines, fr.paris_day(self._ctx.clock()))

    async def changed(self, request: Request) -> None:
        """Redraw after a choice or a keystroke: new invoices get their amount, what is left is said anew."""
        view_id, at = str(request.body["view"]["id"]), str(request.action["action_ts"])
        if not self._latest.enter(view_id, at):
            return
        known = read_metadata(request.metadata)
        typed = typed_in(request.values)
        offer = await self._offer(known.transaction_id, typed)
        if self._latest.is_latest(view_id, at):
            await request.redraw(self._view(offer, typed, known=known))

    async def submit(self, request: Request) -> Json | None:
        """Apply the choice; what is wrong is said under the field it concerns, what changed is shown anew."""
        known = read_metadata(request.metadata)
        await require_admin(self._ctx, request.actor, "associate", str(known.transaction_id))
        typed = typed_in(request.values)
        offer = await self._offer(known.transaction_id, typed)
        made = plan(offer, typed)
        wrong = errors(offer, made)
        if wrong and _is_as_seen(offer, known):
            return field_errors({_block_of(request, invoice): text for invoice, text in wrong.items()})
        choices, rest = decision(made, typed, known.versions, known.mark)
        try:
            await reconciliation.associate(
                self._ctx, request.actor, transaction_id=known.transaction_id, choices=choices, rest=rest
            )
        except (AlreadyDecidedError, ChangedError, InvoiceNotOpenError) as error:
            return await self._shown_anew(known.transaction_id, typed, error)
        return None

    @staticmethod
    def block_of(request: Request, error: Exception) -> str:
        """Find the field that an error belongs under: the invoice's own when it is on screen."""
        return _block_of(request, error.invoice_id if isinstance(error, RefusedError) else None)

    async def _shown_anew(self, transaction_id: int, typed: Typed, error: RefusedError) -> Json:
        """Show the form as things stand now, with what changed said at the top; nothing was applied."""
        offer = await self._offer(transaction_id, typed)
        if not offer.view.waits:
            return updated(message_modal("Déjà rapproché", error.message))
        return updated(self._view(offer, typed, warning=error.message))

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


def _block_of(request: Request, invoice_id: int | None) -> str:
    wanted = amount_block(invoice_id) if invoice_id else PICK_BLOCK
    return wanted if wanted in request.values else PICK_BLOCK


def _is_as_seen(offer: Offer, known: Metadata) -> bool:
    """Whether the form was filled with things as they are; else what changed is said first."""
    same = all(line.version == known.versions.get(line.invoice_id, line.version) for line in offer.lines)
    return same and offer.mark == known.mark


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
