"""Use case: undo an association by reversing rows; nothing is ever erased."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit import admins_only
from bot.bank.recording import COMPLETED, TAKEN_BACK, record
from bot.context import Actor, Context
from bot.errors import AlreadyDecidedError, ConflictError, NotFoundError
from bot.messages.alerts import clear_alert
from bot.messages.effects import after_decision, correct_talents, talents_of
from bot.reconciliation.guard import audit_decision, decide, locked_payment
from bot.reconciliation.model import Decided
from qonto import Transaction as BankTransaction
from store.books import reversal as decisions
from store.books.arithmetic import AlreadyReversed, LedgerError
from store.books.decisions import get_decision, live_allocations
from store.books.reversal import reverse_allocations, reverse_decision
from store.models import Allocation, Decision, Talent, Transaction
from store.suggestions import rematching
from store.types import AlertKind, BankProblem, DecisionKind, PaymentState


@admins_only("undo")
async def undo(
    ctx: Context,
    actor: Actor,
    *,
    transaction_id: int,
    decision_id: int | None = None,
    reason: str | None = None,
) -> Decided:
    """Undo the payment's associations (or one decision) by reversing rows; invoices reopen.

    What was closed as paid too much is open again. Raises NotFoundError; AlreadyDecidedError when nothing
    stands. A talent already told gets a correction; a message that has not left yet never leaves.
    """
    now = ctx.clock()

    async def work(session: AsyncSession) -> Decided:
        transaction = await locked_payment(session, transaction_id)
        live = await live_allocations(session, transaction_id)
        wanted = await _undone(session, transaction, live, decision_id)
        # What the rows name is read now: the locks below load the invoices afresh, without their relations.
        touched = [row.invoice_id for row in live if row.decision_id in wanted]
        said = {each: _said([row for row in live if row.decision_id == each]) for each in wanted}
        for each in wanted:
            try:
                reversal = await reverse_decision(
                    session, each, actor_kind=actor.kind, actor=actor.id, now=now, reason=reason
                )
            except LedgerError as error:
                raise ConflictError("Annulez d’abord l’association la plus récente.") from error
            await correct_talents(session, each, said[each].talents, now)
            await audit_decision(session, actor, reversal, said[each].details, now)
        await _after(session, transaction, touched, now)
        return Decided(reversal.id, transaction_id, repeated=False)

    decided = await decide(ctx, actor, transaction_id, now, work)
    ctx.wake.notify()
    return decided


async def _follow_the_bank(session: AsyncSession, transaction: Transaction, now: datetime) -> None:
    """Nothing rests any more on what the bank took back or changed: the payment is what the bank says.

    Also when the warning about it was taken off before: the row still holds what was decided upon, and must
    not be decided upon once more. The bank's last word is in the payload; it is asked for a newer one next.
    """
    if transaction.allocated_cents:
        return
    if transaction.status != COMPLETED:
        transaction.bank_problem = BankProblem.WITHDRAWN
        transaction.state = PaymentState.IGNORED
        transaction.ignored_reason = TAKEN_BACK
    else:
        transaction.bank_problem = None
        # One that cannot be read any more changes nothing: the bank is asked in any case.
        with suppress(ValidationError):
            await record(session, BankTransaction.model_validate(transaction.payload), now)
        transaction.needs_reread = True
    await clear_alert(session, AlertKind.BANK_CHANGED, now, object_id=transaction.id)


@admins_only("undo")
async def undo_invoices(
    ctx: Context,
    actor: Actor,
    *,
    transaction_id: int,
    allocation_ids: Sequence[int],
    reason: str | None = None,
) -> Decided:
    """Undo single invoices of a payment; the others stay associated.

    What was closed as paid too much is open again. Raises NotFoundError, AlreadyDecidedError when one of
    them no longer stands, ConflictError when a credit note would be left alone.
    """
    now = ctx.clock()

    async def work(session: AsyncSession) -> Decided:
        transaction = await locked_payment(session, transaction_id)
        live = await live_allocations(session, transaction_id)
        gone = [row for row in live if row.id in allocation_ids]
        touched, told = [row.invoice_id for row in gone], _told(live, gone)
        details = _said(gone).details
        try:
            reversal = await reverse_allocations(
                session,
                transaction,
                allocation_ids,
                actor_kind=actor.kind,
                actor=actor.id,
                now=now,
                reason=reason,
            )
        except AlreadyReversed as error:
            raise AlreadyDecidedError("Cette association est déjà annulée.") from error
        except LedgerError as error:
            raise ConflictError("Un avoir ne peut pas rester seul\u00a0: annulez-le aussi.") from error
        for decision_id, talents in told.items():
            await correct_talents(session, decision_id, talents, now)
        await audit_decision(session, actor, reversal, details, now)
        await _after(session, transaction, touched, now)
        return Decided(reversal.id, transaction_id, repeated=False)

    decided = await decide(ctx, actor, transaction_id, now, work)
    ctx.wake.notify()
    return decided


@admins_only("undo")
async def reopen_remainder(
    ctx: Context, actor: Actor, *, transaction_id: int, reason: str | None = None
) -> Decided:
    """Open again what was closed as paid too much; the invoices stay associated.

    Raises NotFoundError, AlreadyDecidedError when nothing is closed.
    """
    now = ctx.clock()

    async def work(session: AsyncSession) -> Decided:
        transaction = await locked_payment(session, transaction_id)
        details: list[dict[str, object]] = [{"remainder_cents": -transaction.remainder_cents}]
        try:
            reversal = await decisions.reopen_remainder(
                session, transaction, actor_kind=actor.kind, actor=actor.id, now=now, reason=reason
            )
        except AlreadyReversed as error:
            raise AlreadyDecidedError("Ce trop-perçu est déjà rouvert.") from error
        await audit_decision(session, actor, reversal, details, now)
        await _after(session, transaction, [], now)
        return Decided(reversal.id, transaction_id, repeated=False)

    decided = await decide(ctx, actor, transaction_id, now, work)
    ctx.wake.notify()
    return decided


async def _after(
    session: AsyncSession, transaction: Transaction, touched: Sequence[int], now: datetime
) -> None:
    await _follow_the_bank(session, transaction, now)
    await after_decision(session, transaction, touched, now)
    await rematching.ask_for_all(session, now, currency=transaction.currency)


@dataclass(frozen=True, slots=True)
class _Said:
    """What one decision had told: whom, and about which invoices."""

    talents: list[Talent]
    details: list[dict[str, object]]


async def _undone(
    session: AsyncSession, transaction: Transaction, live: Sequence[Allocation], decision_id: int | None
) -> list[int]:
    """List the decisions to undo, newest first. Raises AlreadyDecidedError when none of them stands."""
    standing = sorted({row.decision_id for row in live}, reverse=True)
    wanted = [each for each in standing if decision_id is None or each == decision_id]
    if not wanted and decision_id is not None and transaction.remainder_cents:
        decision = await get_decision(session, decision_id)
        if decision is not None and decision.kind == DecisionKind.CLOSE_REMAINDER:
            return [decision_id]
    if not wanted:
        raise AlreadyDecidedError("Cette association est déjà annulée.")
    return wanted


def _told(live: Sequence[Allocation], gone: Sequence[Allocation]) -> dict[int, list[Talent]]:
    """List whom each decision had told about what is undone, unless it still brings them something."""
    told = {}
    for decision_id in sorted({row.decision_id for row in gone}):
        kept = [row for row in live if row.decision_id == decision_id and row not in gone]
        still = {talent.id for talent in talents_of(kept)}
        lost = talents_of([row for row in gone if row.decision_id == decision_id])
        told[decision_id] = [talent for talent in lost if talent.id not in still]
    return told


def _said(rows: Sequence[Allocation]) -> _Said:
    details: list[dict[str, object]] = [
        {"invoice": row.invoice.number, "amount_cents": -row.amount_cents} for row in rows
    ]
    return _Said(talents_of(rows), details)


async def undo_decision(ctx: Context, actor: Actor, *, decision_id: int) -> Decided:
    """Undo one decision, as the button of a card names it. Raises NotFoundError for an unknown one."""
    async with ctx.database.read() as session:
        decision = await session.get(Decision, decision_id)
    if decision is None:
        raise NotFoundError("Cette association est inconnue.")
    return await undo(ctx, actor, transaction_id=decision.transaction_id, decision_id=decision_id)
