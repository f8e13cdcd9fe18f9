"""Use case: undo an association by reversing rows; nothing is ever erased."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit import admins_only
from bot.bank.recording import COMPLETED, record
from bot.context import Actor, Context
from bot.errors import AlreadyDecidedError, ConflictError, NotFoundError
from bot.messages.alerts import clear_alert
from bot.messages.effects import after_decision, correct_talents, talents_of
from bot.reconciliation.guard import audit_decision, decide
from bot.reconciliation.model import Decided
from qonto import Transaction as BankTransaction
from store.books import reversal as books
from store.books.arithmetic import AlreadyReversed, LedgerError
from store.books.decisions import get_decision, live_allocations
from store.models import Allocation, Decision, Talent, Transaction
from store.payments import states
from store.suggestions import rematching
from store.types import ActorKind, AlertKind, DecisionKind


@dataclass(frozen=True, slots=True)
class _Gone:
    """What a reversal takes back, and whom each decision had told about it.

    Read before: the reversal locks the invoices and loads them afresh, without their relations.
    """

    invoice_ids: list[int]
    details: list[dict[str, object]]
    told: dict[int, list[Talent]]


class _By(TypedDict):
    """Who undoes, when, and why."""

    actor_kind: ActorKind
    actor: str
    now: datetime
    reason: str | None


Live = Sequence[Allocation]
Undone = Sequence[tuple[_Gone, Decision]]
Reverse = Callable[[AsyncSession, Transaction, Live, _By], Awaitable[Undone]]


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

    async def reverse(session: AsyncSession, transaction: Transaction, live: Live, by: _By) -> Undone:
        ids = await _to_undo(session, transaction, live, decision_id)
        gone = [_gone(live, [row for row in live if row.decision_id == undone_id]) for undone_id in ids]
        try:
            reversals = [await books.reverse_decision(session, undone_id, **by) for undone_id in ids]
        except LedgerError as error:
            raise ConflictError("Annulez d’abord l’association la plus récente.") from error
        return list(zip(gone, reversals, strict=True))

    return await _undo(ctx, actor, transaction_id, reason, reverse)


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

    async def reverse(session: AsyncSession, transaction: Transaction, live: Live, by: _By) -> Undone:
        gone = _gone(live, [row for row in live if row.id in allocation_ids])
        try:
            reversal = await books.reverse_allocations(session, transaction, allocation_ids, **by)
        except AlreadyReversed as error:
            raise AlreadyDecidedError("Cette association est déjà annulée.") from error
        except LedgerError as error:
            raise ConflictError("Un avoir ne peut pas rester seul\u00a0: annulez-le aussi.") from error
        return [(gone, reversal)]

    return await _undo(ctx, actor, transaction_id, reason, reverse)


@admins_only("undo")
async def reopen_remainder(
    ctx: Context, actor: Actor, *, transaction_id: int, reason: str | None = None
) -> Decided:
    """Open again what was closed as paid too much; the invoices stay associated.

    Raises NotFoundError, AlreadyDecidedError when nothing is closed.
    """

    async def reverse(session: AsyncSession, transaction: Transaction, _live: Live, by: _By) -> Undone:
        gone = _Gone([], [{"remainder_cents": -transaction.remainder_cents}], {})
        try:
            reversal = await books.reopen_remainder(session, transaction, **by)
        except AlreadyReversed as error:
            raise AlreadyDecidedError("Ce trop-perçu est déjà rouvert.") from error
        return [(gone, reversal)]

    return await _undo(ctx, actor, transaction_id, reason, reverse)


async def undo_decision(ctx: Context, actor: Actor, *, decision_id: int) -> Decided:
    """Undo one decision, as the button of a card names it. Raises NotFoundError for an unknown one."""
    async with ctx.database.read() as session:
        decision = await get_decision(session, decision_id)
    if decision is None:
        raise NotFoundError("Cette association est inconnue.")
    return await undo(ctx, actor, transaction_id=decision.transaction_id, decision_id=decision_id)


async def _undo(
    ctx: Context, actor: Actor, transaction_id: int, reason: str | None, reverse: Reverse
) -> Decided:
    """Reverse rows of a locked payment, then tell whoever had been told."""
    now = ctx.clock()
    by = _By(actor_kind=actor.kind, actor=actor.id, now=now, reason=reason)

    async def work(session: AsyncSession, transaction: Transaction) -> Decided:
        undone = await reverse(session, transaction, await live_allocations(session, transaction_id), by)
        for gone, reversal in undone:
            for decision_id, talents in gone.told.items():
                await correct_talents(session, transaction, decision_id, talents, now)
            await audit_decision(session, actor, reversal, gone.details, now)
        await _follow_the_bank(session, transaction, now)
        touched = [invoice_id for gone, _ in undone for invoice_id in gone.invoice_ids]
        await after_decision(session, transaction, touched, now)
        await rematching.ask_for_all(session, now, currency=transaction.currency)
        return Decided(undone[-1][1].id, transaction_id, repeated=False)

    return await decide(ctx, actor, transaction_id, now, work)


async def _follow_the_bank(session: AsyncSession, transaction: Transaction, now: datetime) -> None:
    """Nothing rests any more on what the bank took back or changed: the payment is what the bank says.

    Also when the warning about it was taken off before: the row still holds what was decided upon, and must
    not be decided upon once more. The bank's last word is in the payload; it is asked for a newer one next.
    """
    if transaction.allocated_cents:
        return
    if transaction.status != COMPLETED:
        states.withdrawn_by_bank(transaction)
    else:
        transaction.bank_problem = None
        # One that cannot be read any more changes nothing: the bank is asked in any case.
        with suppress(ValidationError):
            await record(session, BankTransaction.model_validate(transaction.payload), now)
        transaction.needs_reread = True
    await clear_alert(session, AlertKind.BANK_CHANGED, now, object_id=transaction.id)


async def _to_undo(
    session: AsyncSession, transaction: Transaction, live: Live, decision_id: int | None
) -> list[int]:
    """List the decisions to undo, newest first. Raises AlreadyDecidedError when none of them stands."""
    standing = sorted({row.decision_id for row in live}, reverse=True)
    wanted = [undone_id for undone_id in standing if decision_id in {None, undone_id}]
    if not wanted and decision_id is not None and transaction.remainder_cents:
        decision = await get_decision(session, decision_id)
        if decision is not None and decision.kind == DecisionKind.CLOSE_REMAINDER:
            return [decision_id]
    if not wanted:
        raise AlreadyDecidedError("Cette association est déjà annulée.")
    return wanted


def _gone(live: Live, rows: Live) -> _Gone:
    """Whoever a decision still brings something was told the truth, and is not corrected."""
    told = {}
    for decision_id in sorted({row.decision_id for row in rows}):
        of_decision = [row for row in live if row.decision_id == decision_id]
        still = {talent.id for talent in talents_of([row for row in of_decision if row not in rows])}
        lost = talents_of([row for row in of_decision if row in rows])
        told[decision_id] = [talent for talent in lost if talent.id not in still]
    return _Gone(
        [row.invoice_id for row in rows],
        [{"invoice": row.invoice.number, "amount_cents": -row.amount_cents} for row in rows],
        told,
    )
