"""Listeners of the small modals: « Pas un paiement client » and « Annuler l’association »."""

from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot import reconciliation
from bot.context import Actor, Context
from bot.errors import AlreadyDecidedError, NotFoundError
from bot.queries.payment import PaymentView, load_view
from bot.reconciliation import record_refusal
from bot.slack.blocks import ids
from bot.slack.blocks.fields import all_chosen_in, chosen_in, text_in, values_of
from bot.slack.blocks.kit import NOTE_BLOCK, message_modal
from bot.slack.card.form_view import (
    EVERYTHING,
    OTHER,
    REASON_BLOCK,
    REASONS,
    REMAINDER,
    UNDO_BLOCK,
    decided_already,
    ignore_modal,
    ignored_reason,
    undo_modal,
)
from bot.slack.dispatch.replies import answered, refusal
from bot.slack.dispatch.rights import Rights
from store.types import PaymentState

Body = dict[str, Any]


def register_forms(app: AsyncApp, ctx: Context, rights: Rights) -> None:
    """Tie the buttons that open a form, and the forms, to their listeners."""
    forms = Forms(ctx, rights)
    app.action(ids.IGNORE)(forms.open_ignore)
    app.view(ids.IGNORE_VIEW)(forms.submit_ignore)
    app.action(ids.UNDO_SOME)(forms.open_undo)
    app.view(ids.UNDO_VIEW)(forms.submit_undo)


class Forms:
    """Each form is filled from our store, and its decision re-checked when it is sent."""

    def __init__(self, ctx: Context, rights: Rights) -> None:
        self._ctx = ctx
        self._rights = rights

    async def open_ignore(
        self, ack: AsyncAck, body: Body, respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        """Ask for the reason."""

        async def work() -> None:
            view = await self._asked(body, "open_ignore")
            if view.state == PaymentState.IGNORED or view.allocated_cents:
                raise AlreadyDecidedError(decided_already(view))
            await client.views_open(trigger_id=body["trigger_id"], view=ignore_modal(view))

        await answered(work, ack, respond, self._rights)

    async def open_undo(
        self, ack: AsyncAck, body: Body, respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        """Ask what to undo."""

        async def work() -> None:
            view = await self._asked(body, "open_undo")
            if not view.associations:
                raise AlreadyDecidedError(decided_already(view))
            await client.views_open(trigger_id=body["trigger_id"], view=undo_modal(view))

        await answered(work, ack, respond, self._rights)

    async def submit_ignore(self, ack: AsyncAck, body: Body) -> None:
        """Set the payment aside with its reason."""
        try:
            actor = await self._rights.actor_of(body)
            values = values_of(body)
            code, note = chosen_in(values, ids.IGNORE_REASON), text_in(values, ids.NOTE)
            if code not in REASONS:
                await ack(**_error(REASON_BLOCK, "Choisissez une raison."))
                return
            if code == OTHER and not note:
                await ack(**_error(NOTE_BLOCK, "Dites en quelques mots de quoi il s’agit."))
                return
            await reconciliation.ignore(
                self._ctx,
                actor,
                transaction_id=ids.row_id(body["view"]["private_metadata"]),
                reason=ignored_reason(code, note),
            )
        except Exception as error:  # noqa: BLE001  # the top of a listener: the person must be told
            await ack(**await self._told(error, REASON_BLOCK))
            return
        await ack()

    async def submit_undo(self, ack: AsyncAck, body: Body) -> None:
        """Undo what was ticked."""
        try:
            actor = await self._rights.actor_of(body)
            chosen = all_chosen_in(values_of(body), ids.UNDO_CHOICE)
            transaction_id = ids.row_id(body["view"]["private_metadata"])
            await self._undo(actor, transaction_id, chosen, text_in(values_of(body), ids.NOTE))
        except Exception as error:  # noqa: BLE001  # the top of a listener: the person must be told
            await ack(**await self._told(error, UNDO_BLOCK))
            return
        await ack()

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
                allocation_ids=[ids.row_id(one) for one in chosen if one != REMAINDER],
                reason=note,
            )

    async def _asked(self, body: Body, action: str) -> PaymentView:
        """Read the payment of a click by somebody with the right; a refusal leaves a trace."""
        actor = await self._rights.actor_of(body)
        transaction_id = ids.row_id(body["actions"][0].get("value"))
        if not actor.is_admin:
            await record_refusal(self._ctx, actor, action, str(transaction_id))
        actor.require_admin()
        async with self._ctx.database.read() as session:
            view = await load_view(session, transaction_id)
        if view is None:
            raise NotFoundError("Ce paiement est inconnu.")
        return view

    async def _told(self, error: Exception, block: str) -> dict[str, Any]:
        """Say a refusal: under the field, or in place of a form that no longer applies."""
        said = await refusal(error, self._rights)
        if isinstance(error, AlreadyDecidedError):
            return {"response_action": "update", "view": message_modal("Déjà décidé", said)}
        return _error(block, said)


def _error(block: str, said: str) -> dict[str, Any]:
    return {"response_action": "errors", "errors": {block: said}}
