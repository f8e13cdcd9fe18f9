"""What people decided about a payment, and what it moved."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from store.books import arithmetic
from store.books.arithmetic import Part, WrongAmount
from store.models import Allocation, Decision, Transaction
from store.models.selects import standing, whole_allocation
from store.types import ActorKind, DecisionKind


async def add_decision(
    session: AsyncSession,
    *,
    transaction_id: int,
    kind: DecisionKind,
    actor_kind: ActorKind,
    actor: str,
    decided_at: datetime,
    suggestion_id: int | None = None,
    reason: str | None = None,
) -> Decision:
    """Write that somebody decided. Append-only: the database refuses to change or delete the row."""
    decision = Decision(
        transaction_id=transaction_id,
        kind=kind,
        actor_kind=actor_kind,
        actor=actor,
        decided_at=decided_at,
        proposal_id=suggestion_id,
        reason=reason,
    )
    session.add(decision)
    await session.flush()
    return decision


async def add_allocations(
    session: AsyncSession, transaction: Transaction, decision: Decision, parts: Sequence[Part], now: datetime
) -> list[Allocation]:
    """Apply a payment to several invoices and credit notes at once; the sum must fit the payment.

    Payment, invoices and collaborations are kept equal to the rows. The payment and the invoices must be
    locked by the caller (``lock_transaction``, ``lock_invoices``). Raises a LedgerError before anything is
    touched: OverAllocated, OverSettled, InvoiceNotOpen, CurrencyMismatch, NotAPayment, WrongAmount.
    """
    arithmetic.check(transaction, parts)
    rows = [
        Allocation(
            decision=decision,
            decision_id=decision.id,
            transaction_id=transaction.id,
            invoice=part.invoice,
            invoice_id=part.invoice.id,
            amount_cents=part.amount_cents,
            write_off_cents=part.write_off_cents,
            write_off_reason=part.write_off_reason,
            created_at=now,
        )
        for part in parts
    ]
    session.add_all(rows)
    arithmetic.move_payment(transaction, sum(part.amount_cents for part in parts), now)
    for part in parts:
        arithmetic.settle(part.invoice, part.settled_cents, now)
    await session.flush()
    await arithmetic.refresh_collaborations(session, [part.invoice.collaboration_id for part in parts], now)
    return rows


async def close_remainder(
    session: AsyncSession, transaction: Transaction, decision: Decision, now: datetime
) -> None:
    """Close what is left of a locked payment as paid too much, exactly as ``decision`` says.

    Raises NotAPayment or WrongAmount (``ledger.close_remainder``), also when another amount is left.
    """
    if decision.remainder_cents != transaction.unallocated_cents:
        raise WrongAmount(f"decision {decision.id} closes another amount than what is left")
    arithmetic.close_remainder(transaction, decision.remainder_reason or "", now)
    await session.flush()


async def live_allocations(session: AsyncSession, transaction_id: int) -> Sequence[Allocation]:
    """List what stands for a payment: with decision, invoice, client, collaboration and talent loaded."""
    query = (
        select(Allocation)
        .where(Allocation.transaction_id == transaction_id, standing())
        .order_by(Allocation.id)
        .options(*whole_allocation())
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(query)).all()


async def allocations_to_invoices(session: AsyncSession, invoice_ids: Iterable[int]) -> Sequence[Allocation]:
    """List what stands for these invoices, oldest first, loaded like ``live_allocations``."""
    query = select(Allocation).where(Allocation.invoice_id.in_(list(invoice_ids)), standing())
    return (await session.scalars(query.order_by(Allocation.id).options(*whole_allocation()))).all()


async def get_decision(session: AsyncSession, decision_id: int) -> Decision | None:
    """Read one decision."""
    return await session.get(Decision, decision_id)


async def history(session: AsyncSession, transaction_id: int) -> Sequence[Decision]:
    """List every decision about a payment, oldest first."""
    query = select(Decision).where(Decision.transaction_id == transaction_id).order_by(Decision.id)
    return (await session.scalars(query)).all()


async def last_decision(session: AsyncSession, transaction_id: int) -> Decision | None:
    """Read the latest decision about a payment."""
    query = select(Decision).where(Decision.transaction_id == transaction_id).order_by(Decision.id.desc())
    return await session.scalar(query.limit(1))
