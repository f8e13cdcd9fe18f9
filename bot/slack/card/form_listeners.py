"""Listeners of the small modals: « Pas un paiement client » and « Annuler l’association »."""

from collections.abc import Awaitable

from bot import reconciliation
from bot.audit import require_admin
from bot.context import Actor, Context
from bot.errors import AlreadyDecidedError, NotFoundError
from bot.queries.payment import PaymentView, load_view
from bot.slack.blocks import ids
from bot.slack.blocks.fields import all_chosen_in, chosen_in, text_in
from bot.slack.blocks.kit import NOTE_BLOCK, message_modal
from bot.slack.card.form_view import (
    EVERYTHING,
    OTHER,
    REASON_BLOCK,
    REASONS,
    REMAINDER,
    decided_already,
    ignore_modal,
    ignored_reason,
    undo_modal,
)
from bot.slack.dispatch.door import Json, Request, field_errors, updated
from store.types import PaymentState


class Forms:
    """Each form is filled from our store, and its decision re-checked when it is sent."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def open_ignore(self, request: Request) -> None:
        """Ask for the reason."""
        view = await self._payment(request, "open_ignore")
        if view.state == PaymentState.IGNORED or view.allocated_cents:
            raise AlreadyDecidedError(decided_already(view))
        await request.open(ignore_modal(view))

    async def open_undo(self, request: Request) -> None:
        """Ask what to undo."""
        view = await self._payment(request, "open_undo")
        if not view.associations:
            raise AlreadyDecidedError(decided_already(view))
        await request.open(undo_modal(view))

    async def submit_ignore(self, request: Request) -> Json | None:
        """Set the payment aside with its reason."""
        code, note = chosen_in(request.values, ids.IGNORE_REASON), text_in(request.values, ids.NOTE)
        if code not in REASONS:
            return field_errors({REASON_BLOCK: "Choisissez une raison."})
        if code == OTHER and not note:
            return field_errors({NOTE_BLOCK: "Dites en quelques mots de quoi il s’agit."})
        transaction_id, reason = ids.row_id(request.metadata), ignored_reason(code, note)
        return await _unless_decided(
            reconciliation.ignore(self._ctx, request.actor, transaction_id=transaction_id, reason=reason)
        )

    async def submit_undo(self, request: Request) -> Json | None:
        """Undo what was ticked."""
        chosen = all_chosen_in(request.values, ids.UNDO_CHOICE)
        transaction_id, note = ids.row_id(request.metadata), text_in(request.values, ids.NOTE)
        return await _unless_decided(self._undo(request.actor, transaction_id, chosen, note))

    async def _undo(self, actor: Actor, transaction_id: int, chosen: list[str], note: str | None) -> None:
        if EVERYTHING in chosen:
            await reconciliation.undo(self._ctx, actor, transaction_id=transaction_id, reason=note)
        elif chosen == [REMAINDER]:
            await reconciliation.reopen_remainder(
                self._ctx, actor, transaction_id=transaction_id, reason=note
            )
        else:
            await reconciliation.undo_invoices(
                self._ctx,
                actor,
                transaction_id=transaction_id,
                allocation_ids=[ids.row_id(choice) for choice in chosen if choice != REMAINDER],
                reason=note,
            )

    async def _payment(self, request: Request, action: str) -> PaymentView:
        await require_admin(self._ctx, request.actor, action, str(request.row))
        async with self._ctx.database.read() as session:
            view = await load_view(session, request.row)
        if view is None:
            raise NotFoundError("Ce paiement est inconnu.")
        return view


async def _unless_decided(decision: Awaitable[object]) -> Json | None:
    """Decide; a form that no longer applies gives way to what was decided meanwhile."""
    try:
        await decision
    except AlreadyDecidedError as error:
        return updated(message_modal("Déjà décidé", error.message))
    return None
