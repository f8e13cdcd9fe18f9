"""Use case: associate a payment with invoices.

One database transaction re-checks right and state under lock, turns what was chosen into parts, checks them
all before anything is written, writes append-only rows, and says which messages now lag. It is committed
before a click is acknowledged; the worker redraws afterwards.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit import admins_only
from bot.context import Actor, Context
from bot.errors import (
    AlreadyDecidedError,
    ChangedError,
    InvalidRequestError,
    InvoiceNotOpenError,
    NotFoundError,
)
from bot.locale import fr
from bot.messages.effects import after_decision, tell_talents
from bot.reconciliation.dismiss import refuse_passed_over
from bot.reconciliation.guard import audit_decision, decide, payment_mark, require_seen, who_decided
from bot.reconciliation.model import Choice, Decided, Rest
from store.books.arithmetic import Part, lock_invoices, sense
from store.books.decisions import add_allocations, close_remainder, live_allocations
from store.models import Allocation, Decision, Invoice, Transaction
from store.suggestions.rounds import get_suggestion
from store.types import WAITING, DecisionKind, InvoiceStatus, PaymentState


async def locked_invoices(session: AsyncSession, choices: Sequence[Choice]) -> dict[int, Invoice]:
    """Lock what was chosen. Raises NotFoundError, ChangedError when one is not what the person saw."""
    ids = [choice.invoice_id for choice in choices]
    rows = await lock_invoices(session, ids)
    if set(rows) != set(ids):
        raise NotFoundError("Cette facture est inconnue.")
    for choice in choices:
        invoice = rows[choice.invoice_id]
        if choice.seen_version not in {None, invoice.version}:
            due = fr.amount(invoice.open_cents, invoice.currency)
            raise ChangedError(
                f"{invoice.number} a changé pendant votre saisie\u00a0: reste dû {due}.",
                invoice_id=invoice.id,
            )
    return rows


def split(transaction: Transaction, rows: Mapping[int, Invoice], choices: Sequence[Choice]) -> list[Part]:
    """Give each choice its cents, and check the whole before anything is written."""
    left = transaction.unallocated_cents
    parts = []
    for choice in choices:
        invoice = rows[choice.invoice_id]
        _check_invoice(transaction, invoice)
        cents = choice.amount_cents if choice.amount_cents is not None else _all_that_fits(invoice, left)
        part = _part(invoice, choice, cents)
        _check_amount(invoice, part)
        left -= cents
        parts.append(part)
    if left < 0:
        over = fr.amount(-left, transaction.currency)
        raise InvalidRequestError(f"Les montants dépassent le paiement de {over}.")
    if parts and left >= transaction.amount_cents - transaction.remainder_cents:
        raise InvalidRequestError("Les avoirs ne peuvent pas dépasser les factures choisies.")
    return parts


def _part(invoice: Invoice, choice: Choice, cents: int) -> Part:
    """Accept as paid what was asked to be, or all that is missing when the choice settles the invoice."""
    if not choice.settles:
        return Part(invoice, cents, choice.write_off_cents, choice.write_off_reason)
    missing = max(0, invoice.open_cents - sense(invoice) * cents)
    return Part(invoice, cents, missing, choice.write_off_reason if missing else None)


def _all_that_fits(invoice: Invoice, left: int) -> int:
    return -invoice.open_cents if sense(invoice) < 0 else min(invoice.open_cents, left)


def _check_invoice(transaction: Transaction, invoice: Invoice) -> None:
    number, invoice_id = invoice.number, invoice.id
    if invoice.currency != transaction.currency:
        raise InvalidRequestError(
            f"La facture {number} est en {invoice.currency}, le paiement en {transaction.currency}.",
            invoice_id=invoice_id,
        )
    if invoice.status == InvoiceStatus.PAID:
        raise InvoiceNotOpenError(f"La facture {number} est déjà payée.", invoice_id=invoice_id)
    if invoice.status == InvoiceStatus.CANCELLED:
        raise InvoiceNotOpenError(f"La facture {number} est annulée.", invoice_id=invoice_id)


def _check_amount(invoice: Invoice, part: Part) -> None:
    number, invoice_id = invoice.number, invoice.id
    if part.amount_cents * sense(invoice) <= 0:
        raise InvalidRequestError(
            f"Le montant pour {number} doit être supérieur à zéro.", invoice_id=invoice_id
        )
    if part.write_off_cents < 0 or (part.write_off_cents and not part.write_off_reason):
        raise InvalidRequestError(f"L’écart accepté sur {number} demande un motif.", invoice_id=invoice_id)
    if part.settled_cents > invoice.open_cents:
        due = fr.amount(invoice.open_cents, invoice.currency)
        raise InvoiceNotOpenError(f"La facture {number} ne doit plus que {due}.", invoice_id=invoice_id)


MOST_INVOICES = 100


@admins_only("associate")
async def associate(
    ctx: Context,
    actor: Actor,
    *,
    transaction_id: int,
    choices: Sequence[Choice],
    suggestion_id: int | None = None,
    rest: Rest | None = None,
) -> Decided:
    """Apply a payment to invoices; each becomes paid when fully covered, and its collaboration with it.

    ``rest`` may close what is left as paid too much, and says what the person had seen. Raises NotFoundError,
    InvalidRequestError, AlreadyDecidedError (who and when), ChangedError or InvoiceNotOpenError; nothing is
    changed then. Asking again for what already stands is answered as ``repeated``.
    """
    rest = rest or Rest()
    _check_choices(choices, rest)
    now = ctx.clock()

    async def work(session: AsyncSession, transaction: Transaction) -> Decided:
        standing = await _same_association(session, transaction, choices, rest)
        if standing is not None:
            return Decided(standing, transaction_id, repeated=True)
        await _require_waiting(session, transaction, now)
        await require_seen(session, transaction, rest.seen, now)
        rows = await locked_invoices(session, choices)
        parts = split(transaction, rows, choices)
        decision, given = await _decide(session, actor, transaction, parts, rest, suggestion_id, now)
        await after_decision(session, transaction, [invoice.id for invoice in rows.values()], now)
        if suggestion_id is None and choices:
            await refuse_passed_over(
                session, actor, transaction, [choice.invoice_id for choice in choices], now
            )
        await tell_talents(session, transaction, given, now)
        await audit_decision(session, actor, decision, _details(parts, decision), now)
        return Decided(decision.id, transaction_id, repeated=False)

    return await decide(ctx, actor, transaction_id, now, work)


async def _decide(
    session: AsyncSession,
    actor: Actor,
    transaction: Transaction,
    parts: Sequence[Part],
    rest: Rest,
    suggestion_id: int | None,
    now: datetime,
) -> tuple[Decision, Sequence[Allocation]]:
    """Write the decision and what it moves: the invoices, then what is closed."""
    left = transaction.unallocated_cents - sum(part.amount_cents for part in parts)
    closed = left if rest.reason else 0
    decision = Decision(
        transaction_id=transaction.id,
        kind=DecisionKind.ASSOCIATE if parts else DecisionKind.CLOSE_REMAINDER,
        actor_kind=actor.kind,
        actor=actor.id,
        decided_at=now,
        proposal_id=suggestion_id,
        reason=rest.note,
        remainder_cents=closed,
        remainder_reason=rest.reason if closed else None,
    )
    session.add(decision)
    await session.flush()
    given = await add_allocations(session, transaction, decision, parts, now) if parts else []
    if closed:
        await close_remainder(session, transaction, decision, now)
    return decision, given


async def associate_suggestion(
    ctx: Context, actor: Actor, *, suggestion_id: int, partly: bool = False
) -> Decided:
    """Apply exactly what a suggestion said, after checking again that it still fits.

    ``partly`` leaves a missing amount due instead of accepting it as paid. Raises what ``associate``
    raises, and NotFoundError for an unknown suggestion.
    """
    async with ctx.database.read() as session:
        suggestion = await get_suggestion(session, suggestion_id)
    if suggestion is None:
        raise NotFoundError("Cette suggestion n’existe plus. La carte montre les suggestions à jour.")
    choices = _suggested_choices(
        [(part["invoice_id"], part["amount_cents"]) for part in suggestion.allocations],
        suggestion.residual_cents,
        None if partly else suggestion.residual_reason or "other",
    )
    return await associate(
        ctx, actor, transaction_id=suggestion.transaction_id, choices=choices, suggestion_id=suggestion_id
    )


def _suggested_choices(
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


def _check_choices(choices: Sequence[Choice], rest: Rest) -> None:
    if not choices and not rest.reason:
        raise InvalidRequestError("Choisissez au moins une facture.")
    if len(choices) > MOST_INVOICES:
        raise InvalidRequestError(f"Un paiement s’associe à {MOST_INVOICES} factures au plus.")
    if len({choice.invoice_id for choice in choices}) != len(choices):
        raise InvalidRequestError("La même facture est choisie deux fois.")


async def _same_association(
    session: AsyncSession, transaction: Transaction, choices: Sequence[Choice], rest: Rest
) -> int | None:
    """Find the decision that already says the same: a double click, a repeated request.

    A form says what it had seen: the same answer given twice in full knowledge is two decisions.
    """
    if not transaction.allocated_cents:
        return None  # nothing stands: what is allocated never sums to zero
    if rest.seen is not None and rest.seen == await payment_mark(session, transaction):
        return None
    live = await live_allocations(session, transaction.id)
    newest = max((row.decision_id for row in live), default=0)
    wanted = {choice.invoice_id: choice.amount_cents for choice in choices}
    for rows in (live, [row for row in live if row.decision_id == newest]):
        same = bool(rows) and {row.invoice_id for row in rows} == set(wanted)
        if same and all(wanted[row.invoice_id] in {None, row.amount_cents} for row in rows):
            return newest
    return None


async def _require_waiting(session: AsyncSession, transaction: Transaction, now: datetime) -> None:
    if transaction.state in WAITING:
        return
    if transaction.state == PaymentState.IGNORED:
        raise AlreadyDecidedError("Ce paiement est hors facturation. Remettez-le d’abord à rapprocher.")
    raise AlreadyDecidedError(await who_decided(session, transaction, now))


def _details(parts: Sequence[Part], decision: Decision) -> list[dict[str, object]]:
    details: list[dict[str, object]] = [
        {
            "invoice": part.invoice.number,
            "amount_cents": part.amount_cents,
            "write_off_cents": part.write_off_cents,
            "write_off_reason": part.write_off_reason,
            "status": part.invoice.status,
        }
        for part in parts
    ]
    if decision.remainder_cents:
        details.append({"remainder_cents": decision.remainder_cents, "reason": decision.remainder_reason})
    return details
