"""Use case: associate a payment with invoices.

One database transaction re-checks right and state under lock, writes append-only rows, and says which
messages now lag. It is committed before a click is acknowledged; the worker redraws afterwards.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot import fr
from bot.context import Actor, Context
from bot.effects import WAITING, after_decision, tell_talents
from bot.errors import AlreadyDecidedError, InvalidRequestError, InvoiceNotOpenError, NotFoundError
from bot.reconciliation.guard import admins_only, audit_decision, locked_payment
from bot.reconciliation.model import Choice, Decided
from bot.reconciliation.refused import refuse_passed_over
from store import decisions, invoices
from store.models import Decision, Invoice, Transaction
from store.types import DecisionKind, InvoiceStatus, PaymentState

MOST_INVOICES = 100


@admins_only("associate")
async def associate(
    ctx: Context,
    actor: Actor,
    *,
    transaction_id: int,
    choices: Sequence[Choice],
    proposal_id: int | None = None,
) -> Decided:
    """Apply a payment to invoices; each becomes paid when fully covered, and its collaboration with it.

    Raises NotFoundError, InvalidRequestError, AlreadyDecidedError (who and when) or InvoiceNotOpenError;
    nothing is changed then. Asking again for what already stands is answered as ``repeated``.
    """
    _check_choices(choices)
    now = ctx.clock()
    async with ctx.database.write() as session:
        transaction = await locked_payment(session, transaction_id)
        standing = await _same_association(session, transaction, choices)
        if standing is not None:
            return Decided(standing, transaction_id, repeated=True)
        await _require_waiting(session, transaction, now)
        rows = await _locked_invoices(session, [choice.invoice_id for choice in choices])
        parts = _parts(transaction, rows, choices)
        decision = await decisions.add_decision(
            session,
            transaction_id=transaction_id,
            kind=DecisionKind.ASSOCIATE,
            actor_kind=actor.kind,
            actor=actor.id,
            decided_at=now,
            proposal_id=proposal_id,
        )
        await _apply(session, transaction, parts, decision, now)
        await after_decision(session, transaction, [invoice.id for invoice in rows.values()], now)
        if proposal_id is None:
            await refuse_passed_over(session, actor, transaction, [one.invoice_id for one in choices], now)
        await tell_talents(session, decision, now)
        await audit_decision(session, actor, decision, _details(parts), now)
    ctx.wake.notify()
    return Decided(decision.id, transaction_id, repeated=False)


async def associate_proposal(
    ctx: Context, actor: Actor, *, proposal_id: int, partly: bool = False
) -> Decided:
    """Apply exactly what a suggestion said, after checking again that it still fits.

    ``partly`` leaves a missing amount due instead of accepting it as paid. Raises what ``associate``
    raises, and NotFoundError for an unknown suggestion.
    """
    async with ctx.database.read() as session:
        proposal = await decisions.get_proposal(session, proposal_id)
    if proposal is None:
        raise NotFoundError("Cette suggestion n’existe plus. La carte montre les suggestions à jour.")
    choices = _proposal_choices(
        [(part["invoice_id"], part["amount_cents"]) for part in proposal.allocations],
        proposal.residual_cents,
        None if partly else proposal.residual_reason or "other",
    )
    return await associate(
        ctx, actor, transaction_id=proposal.transaction_id, choices=choices, proposal_id=proposal_id
    )


def _proposal_choices(
    parts: Sequence[tuple[int, int]], residual_cents: int, write_off_reason: str | None
) -> list[Choice]:
    """Turn matching's convention into ours: what is missing is taken off the largest invoice.

    With a reason the gap is accepted as paid there; without one it stays due.
    """
    gap = -residual_cents if residual_cents < 0 else 0
    if not gap:
        return [Choice(invoice_id, cents) for invoice_id, cents in parts]
    largest = max(parts, key=lambda part: part[1])
    short = Choice(largest[0], largest[1] - gap, gap if write_off_reason else 0, write_off_reason)
    return [Choice(*part) if part != largest else short for part in parts]


def _check_choices(choices: Sequence[Choice]) -> None:
    if not choices:
        raise InvalidRequestError("Choisissez au moins une facture.")
    if len(choices) > MOST_INVOICES:
        raise InvalidRequestError(f"Un paiement s’associe à {MOST_INVOICES} factures au plus.")
    if len({choice.invoice_id for choice in choices}) != len(choices):
        raise InvalidRequestError("La même facture est choisie deux fois.")


async def _same_association(
    session: AsyncSession, transaction: Transaction, choices: Sequence[Choice]
) -> int | None:
    """Find the decision that already says the same: a double click, a repeated request."""
    live = await decisions.live_allocations(session, transaction.id)
    asked = {choice.invoice_id: choice.amount_cents for choice in choices}
    if not live or {row.invoice_id for row in live} != set(asked):
        return None
    if any(asked[row.invoice_id] not in {None, row.amount_cents} for row in live):
        return None
    return max(row.decision_id for row in live)


async def _require_waiting(session: AsyncSession, transaction: Transaction, now: datetime) -> None:
    if transaction.state in WAITING:
        return
    if transaction.state == PaymentState.IGNORED:
        raise AlreadyDecidedError("Ce paiement est hors facturation. Remettez-le d’abord à rapprocher.")
    raise AlreadyDecidedError(await who_decided(session, transaction, now))


async def who_decided(session: AsyncSession, transaction: Transaction, now: datetime) -> str:
    """Say in French which invoices the payment went to, by whom and how long ago."""
    live = await decisions.live_allocations(session, transaction.id)
    numbers = fr.join([row.invoice.number for row in live])
    last = max((row.decision for row in live), key=lambda decision: decision.id)
    return f"Déjà associé à {numbers} par {actor_name(last)} {fr.ago(last.decided_at, now)}."


def actor_name(decision: Decision) -> str:
    """Name who decided: a Slack mention, or the service used."""
    return f"<@{decision.actor}>" if decision.actor_kind == "slack" else decision.actor


async def _locked_invoices(session: AsyncSession, ids: Sequence[int]) -> dict[int, Invoice]:
    rows = {invoice.id: invoice for invoice in await invoices.lock_invoices(session, ids)}
    if set(rows) != set(ids):
        raise NotFoundError("Cette facture est inconnue.")
    return rows


def _parts(
    transaction: Transaction, rows: dict[int, Invoice], choices: Sequence[Choice]
) -> list[tuple[Choice, Invoice, int]]:
    """Give each choice its cents, and check the whole before anything is written."""
    left = transaction.unallocated_cents
    parts = []
    for choice in choices:
        invoice = rows[choice.invoice_id]
        _check_invoice(transaction, invoice)
        cents = choice.amount_cents if choice.amount_cents is not None else _all_that_fits(invoice, left)
        _check_amount(invoice, choice, cents)
        left -= cents
        parts.append((choice, invoice, cents))
    if left < 0:
        raise InvalidRequestError(
            f"Les montants dépassent le paiement de {fr.amount(-left, transaction.currency)}."
        )
    return parts


def _all_that_fits(invoice: Invoice, left: int) -> int:
    return -invoice.open_cents if invoice.kind == "credit_note" else min(invoice.open_cents, left)


def _check_invoice(transaction: Transaction, invoice: Invoice) -> None:
    if invoice.currency != transaction.currency:
        raise InvalidRequestError(
            f"La facture {invoice.number} est en {invoice.currency}, le paiement en {transaction.currency}."
        )
    if invoice.status == InvoiceStatus.PAID:
        raise InvoiceNotOpenError(f"La facture {invoice.number} est déjà payée.")
    if invoice.status == InvoiceStatus.CANCELLED:
        raise InvoiceNotOpenError(f"La facture {invoice.number} est annulée.")


def _check_amount(invoice: Invoice, choice: Choice, cents: int) -> None:
    sense = -1 if invoice.kind == "credit_note" else 1
    if cents * sense <= 0:
        raise InvalidRequestError(f"Le montant pour {invoice.number} doit être supérieur à zéro.")
    if choice.write_off_cents < 0 or (choice.write_off_cents and not choice.write_off_reason):
        raise InvalidRequestError(f"L’écart accepté sur {invoice.number} demande un motif.")
    if cents * sense + choice.write_off_cents > invoice.open_cents:
        raise InvoiceNotOpenError(
            f"La facture {invoice.number} ne doit plus que {fr.amount(invoice.open_cents, invoice.currency)}."
        )


async def _apply(
    session: AsyncSession,
    transaction: Transaction,
    parts: Sequence[tuple[Choice, Invoice, int]],
    decision: Decision,
    now: datetime,
) -> None:
    """Write all parts at once: a credit note makes room for an invoice larger than the payment."""
    rows = [
        decisions.Part(invoice, cents, choice.write_off_cents, choice.write_off_reason)
        for choice, invoice, cents in parts
    ]
    await decisions.add_allocations(session, transaction, decision, rows, now)


def _details(parts: Sequence[tuple[Choice, Invoice, int]]) -> list[dict[str, object]]:
    return [
        {
            "invoice": invoice.number,
            "amount_cents": cents,
            "write_off_cents": choice.write_off_cents,
            "status": invoice.status,
        }
        for choice, invoice, cents in parts
    ]
