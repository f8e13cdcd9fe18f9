"""Taking back what was decided, by opposite rows: a decision, single invoices, or a closed remainder."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from store.books import arithmetic
from store.books.arithmetic import AlreadyReversed, WrongAmount
from store.models import Allocation, Decision, Transaction
from store.models.selects import standing
from store.payments import states
from store.suggestions.rounds import current_round
from store.types import ActorKind, DecisionKind, PaymentState


async def reverse_decision(
    session: AsyncSession,
    decision_id: int,
    *,
    actor_kind: ActorKind,
    actor: str,
    now: datetime,
    reason: str | None = None,
) -> Decision:
    """Undo what still stands of a decision by opposite rows; payment, invoices, collaborations follow.

    Locks the payment, then its invoices; asks for fresh suggestions. A remainder closed as paid too much is
    open again. Raises AlreadyReversed, WrongAmount for a decision that moved nothing, OverAllocated when a
    later one with a credit note must be undone first.
    """
    decision = (await session.scalars(select(Decision).where(Decision.id == decision_id))).one()
    transaction = await arithmetic.lock_payment(session, decision.transaction_id)
    if await _reversal_of(session, decision.id) is not None:
        raise AlreadyReversed(f"decision {decision.id} was undone already")
    rows = await _standing_of(session, Allocation.decision_id == decision.id)
    closed = decision.kind == DecisionKind.CLOSE_REMAINDER and transaction.remainder_cents
    if not rows and not closed:
        raise (AlreadyReversed if await _moved(session, decision) else WrongAmount)(
            f"nothing stands of decision {decision.id}"
        )
    reversal = _reversal(transaction, actor_kind, actor, now, reason, decision.id)
    return await _write(session, transaction, rows, reversal, now)


async def reverse_allocations(
    session: AsyncSession,
    transaction: Transaction,
    allocation_ids: Iterable[int],
    *,
    actor_kind: ActorKind,
    actor: str,
    now: datetime,
    reason: str | None = None,
) -> Decision:
    """Undo single invoices of a payment that the caller locked; the rest of their decisions stands.

    Raises AlreadyReversed unless each still stands, OverAllocated when credit notes need the others too.
    """
    wanted = sorted(set(allocation_ids))
    rows = await _standing_of(
        session, Allocation.id.in_(wanted) & (Allocation.transaction_id == transaction.id)
    )
    if not wanted or len(rows) != len(wanted):
        raise AlreadyReversed(f"not all of {wanted} still stand for transaction {transaction.id}")
    return await _write(
        session, transaction, rows, _reversal(transaction, actor_kind, actor, now, reason), now
    )


async def reopen_remainder(
    session: AsyncSession,
    transaction: Transaction,
    *,
    actor_kind: ActorKind,
    actor: str,
    now: datetime,
    reason: str | None = None,
) -> Decision:
    """Open again what a locked payment had closed as paid too much; its invoices stay paid.

    Raises AlreadyReversed when nothing is closed.
    """
    if not transaction.remainder_cents:
        raise AlreadyReversed(f"nothing is closed on transaction {transaction.id}")
    return await _write(session, transaction, [], _reversal(transaction, actor_kind, actor, now, reason), now)


def _reversal(
    transaction: Transaction,
    actor_kind: ActorKind,
    actor: str,
    now: datetime,
    reason: str | None,
    reverses_id: int | None = None,
) -> Decision:
    return Decision(
        transaction_id=transaction.id,
        kind=DecisionKind.UNDO,
        actor_kind=actor_kind,
        actor=actor,
        decided_at=now,
        reverses_id=reverses_id,
        reason=reason,
    )


async def _write(
    session: AsyncSession,
    transaction: Transaction,
    rows: Sequence[Allocation],
    reversal: Decision,
    now: datetime,
) -> Decision:
    invoices = await arithmetic.lock_invoices(session, [row.invoice_id for row in rows])
    arithmetic.check_undo(transaction, rows)
    reversal.remainder_reason = transaction.remainder_reason
    reversal.remainder_cents = -transaction.remainder_cents
    session.add(reversal)
    await session.flush()
    session.add_all(_opposite(row, reversal, now) for row in rows)
    arithmetic.open_remainder(transaction)
    arithmetic.move_payment(transaction, -sum(row.amount_cents for row in rows), now)
    for row in rows:
        arithmetic.settle(
            invoices[row.invoice_id], -arithmetic.settled_by(row, invoices[row.invoice_id]), now
        )
    if transaction.state == PaymentState.UNMATCHED and await _has_suggestions(session, transaction.id):
        states.suggested(transaction, anything=True)
    await session.flush()
    await arithmetic.refresh_collaborations(session, [one.collaboration_id for one in invoices.values()], now)
    return reversal


def _opposite(row: Allocation, reversal: Decision, now: datetime) -> Allocation:
    return Allocation(
        decision_id=reversal.id,
        transaction_id=row.transaction_id,
        invoice_id=row.invoice_id,
        amount_cents=-row.amount_cents,
        write_off_cents=-row.write_off_cents,
        write_off_reason=row.write_off_reason,
        reverses_id=row.id,
        created_at=now,
    )


async def _reversal_of(session: AsyncSession, decision_id: int) -> int | None:
    return await session.scalar(select(Decision.id).where(Decision.reverses_id == decision_id))


async def _standing_of(session: AsyncSession, which: ColumnElement[bool]) -> Sequence[Allocation]:
    return (await session.scalars(select(Allocation).where(which, standing()).order_by(Allocation.id))).all()


async def _moved(session: AsyncSession, decision: Decision) -> bool:
    """Whether it ever moved anything, so that nothing standing means undone."""
    allocated = select(Allocation.id).where(Allocation.decision_id == decision.id).limit(1)
    return decision.remainder_cents != 0 or await session.scalar(allocated) is not None


async def _has_suggestions(session: AsyncSession, transaction_id: int) -> bool:
    shown = await current_round(session, transaction_id)
    return shown is not None and bool(shown.suggestions)
