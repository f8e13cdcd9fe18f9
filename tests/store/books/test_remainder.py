"""What was paid too much: closed with a reason, opened again; and single invoices taken back."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from store.books.arithmetic import AlreadyReversed, LedgerError, NotAPayment, OverAllocated, WrongAmount
from store.books.checks import check_all
from store.books.decisions import close_remainder, live_allocations
from store.books.reversal import reverse_allocations, reverse_decision
from store.db.engine import Database
from store.models import Decision, Transaction
from store.payments.waiting import lock_transaction
from store.types import ActorKind, DecisionKind, InvoiceKind, PaymentState
from tests.support.store_rows import NOW, add_invoice, add_payment, associate, later


async def close(
    session: AsyncSession, transaction_id: int, cents: int, reason: str = "to_refund"
) -> Decision:
    transaction = await lock_transaction(session, transaction_id)
    assert transaction is not None
    decision = Decision(
        transaction_id=transaction_id,
        kind=DecisionKind.CLOSE_REMAINDER,
        actor_kind=ActorKind.SLACK,
        actor="U1",
        decided_at=NOW,
        remainder_cents=cents,
        remainder_reason=reason,
    )
    session.add(decision)
    await session.flush()
    await close_remainder(session, transaction, decision, NOW)
    return decision


async def taken_back(session: AsyncSession, transaction_id: int, *allocation_ids: int) -> Decision:
    transaction = await lock_transaction(session, transaction_id)
    assert transaction is not None
    return await reverse_allocations(
        session, transaction, allocation_ids, actor_kind=ActorKind.SLACK, actor="U2", now=later(5)
    )


async def state_of(session: AsyncSession, transaction_id: int) -> tuple[str | None, int, int]:
    row = await session.get(Transaction, transaction_id, populate_existing=True)
    assert row is not None
    return row.state, row.allocated_cents, row.remainder_cents


async def test_a_closed_remainder_leaves_nothing_to_explain_and_comes_back(database: Database) -> None:
    async with database.write() as session:
        payment = await add_payment(session, amount_cents=160_000)
        invoice = await add_invoice(session)
        first = await associate(session, payment.id, (invoice.id, 150_000))
        closing = await close(session, payment.id, 10_000)
        assert await state_of(session, payment.id) == (PaymentState.ALLOCATED, 150_000, 10_000)
        assert payment.unallocated_cents == 0
    async with database.write() as session:
        await reverse_decision(session, closing.id, actor_kind=ActorKind.SLACK, actor="U2", now=later(1))
        assert await state_of(session, payment.id) == (PaymentState.PARTLY_ALLOCATED, 150_000, 0)
    async with database.write() as session:
        await close(session, payment.id, 10_000, "kept")
        await reverse_decision(session, first.id, actor_kind=ActorKind.SLACK, actor="U2", now=later(2))
        assert await state_of(session, payment.id) == (PaymentState.UNMATCHED, 0, 0)
    async with database.read() as session:
        assert await check_all(session) == []


async def test_a_remainder_needs_an_association_and_its_exact_amount(database: Database) -> None:
    async with database.write() as session:
        alone = await add_payment(session, "alone", amount_cents=5_000)
        payment = await add_payment(session, amount_cents=160_000)
        invoice = await add_invoice(session)
        await associate(session, payment.id, (invoice.id, 150_000))
        ids = alone.id, payment.id
    for transaction_id, cents, error in ((ids[0], 5_000, NotAPayment), (ids[1], 9_999, WrongAmount)):
        with pytest.raises(error):
            async with database.write() as session:
                await close(session, transaction_id, cents)


async def test_a_closed_payment_takes_no_other_invoice(database: Database) -> None:
    async with database.write() as session:
        payment = await add_payment(session, amount_cents=160_000)
        invoice = await add_invoice(session)
        other = await add_invoice(session, "FACT-2026-043")
        await associate(session, payment.id, (invoice.id, 150_000))
        await close(session, payment.id, 10_000)
        with pytest.raises(OverAllocated):
            await associate(session, payment.id, (other.id, 10_000))


async def test_one_invoice_is_taken_back_and_the_others_stand(database: Database) -> None:
    async with database.write() as session:
        payment = await add_payment(session, amount_cents=200_000)
        one = await add_invoice(session, "F-1", total_cents=150_000)
        two = await add_invoice(session, "F-2", total_cents=50_000)
        decision = await associate(session, payment.id, (one.id, 150_000), (two.id, 50_000))
        live = await live_allocations(session, payment.id)
        await taken_back(session, payment.id, live[1].id)
        assert await state_of(session, payment.id) == (PaymentState.PARTLY_ALLOCATED, 150_000, 0)
        with pytest.raises(AlreadyReversed):
            await taken_back(session, payment.id, live[1].id)
        await reverse_decision(session, decision.id, actor_kind=ActorKind.SLACK, actor="U2", now=later(9))
        assert await state_of(session, payment.id) == (PaymentState.UNMATCHED, 0, 0)
        with pytest.raises(AlreadyReversed):
            await reverse_decision(session, decision.id, actor_kind=ActorKind.SLACK, actor="U2", now=later(9))
    async with database.read() as session:
        assert await check_all(session) == []


async def test_a_credit_note_is_not_left_alone(database: Database) -> None:
    async with database.write() as session:
        payment = await add_payment(session, amount_cents=130_000)
        invoice = await add_invoice(session)
        credit = await add_invoice(session, "AV-1", kind=InvoiceKind.CREDIT_NOTE, total_cents=20_000)
        await associate(session, payment.id, (invoice.id, 150_000), (credit.id, -20_000))
        live = await live_allocations(session, payment.id)
        with pytest.raises(LedgerError):
            await taken_back(session, payment.id, live[0].id)
        assert await state_of(session, payment.id) == (PaymentState.ALLOCATED, 130_000, 0)
