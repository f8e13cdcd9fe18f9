from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from store.books.arithmetic import (
    AlreadyReversed,
    CurrencyMismatch,
    InvoiceNotOpen,
    LedgerError,
    NotAPayment,
    OverAllocated,
    OverSettled,
    WrongAmount,
    lock_invoices,
)
from store.books.decisions import add_decision, get_decision, history, last_decision, live_allocations
from store.db.engine import Database
from store.invoices.read import payments_of
from store.invoices.save import cancel_invoice
from store.models import Allocation, Invoice, Transaction
from store.payments.waiting import lock_transaction
from store.types import DecisionKind, InvoiceKind, PaymentState
from tests.store.support import one_of_each, read
from tests.support.store_rows import NOW, add_invoice, add_payment, associate, undo

CREDIT = InvoiceKind.CREDIT_NOTE


async def test_a_full_payment_pays_invoice_and_collaboration(database: Database) -> None:
    payment_id, invoice_id = await one_of_each(database)
    async with database.write() as session:
        decision = await associate(session, payment_id, (invoice_id, 150_000))
    transaction, invoice, collaboration = await read(database, payment_id, invoice_id)
    assert (transaction.state, transaction.allocated_cents, transaction.version) == ("allocated", 150_000, 2)
    assert (invoice.status, invoice.open_cents, invoice.paid_at, invoice.version) == ("paid", 0, NOW, 2)
    assert (collaboration.status, collaboration.paid_at) == ("paid", NOW)
    async with database.read() as session:
        (live,) = await live_allocations(session, payment_id)
        assert (live.amount_cents, live.decision.id, live.decision.actor) == (150_000, decision.id, "U1")
        assert live.invoice.client.name == "NIKE"
        assert live.invoice.collaboration is not None
        assert live.invoice.collaboration.talent is not None
        assert live.invoice.collaboration.talent.name == "Camille Dupré"
        (paid_by,) = await payments_of(session, invoice_id)
        assert (paid_by.transaction.id, paid_by.allocation.amount_cents) == (payment_id, 150_000)


async def test_an_undo_reopens_everything_and_the_pair_can_be_made_again(database: Database) -> None:
    payment_id, invoice_id = await one_of_each(database)
    async with database.write() as session:
        decision = await associate(session, payment_id, (invoice_id, 150_000))
        reversal = await undo(session, decision.id)
        assert (reversal.kind, reversal.reverses_id, reversal.actor) == ("undo", decision.id, "U2")
    transaction, invoice, collaboration = await read(database, payment_id, invoice_id)
    assert (transaction.state, transaction.allocated_cents, transaction.needs_matching) == (
        "unmatched",
        0,
        True,
    )
    assert (invoice.status, invoice.open_cents, invoice.paid_at) == ("open", 150_000, None)
    assert (collaboration.status, collaboration.paid_at) == ("open", None)
    async with database.write() as session:
        assert list(await live_allocations(session, payment_id)) == []
        again = await associate(session, payment_id, (invoice_id, 150_000))
        assert [one.kind for one in await history(session, payment_id)] == [
            "associate",
            "undo",
            "associate",
        ]
        last = await last_decision(session, payment_id)
        assert last is not None
        assert last.id == again.id
        assert (await get_decision(session, decision.id)) is not None
    transaction, invoice, collaboration = await read(database, payment_id, invoice_id)
    assert (transaction.state, invoice.status, collaboration.status) == ("allocated", "paid", "paid")


async def test_a_decision_is_undone_once(database: Database) -> None:
    payment_id, invoice_id = await one_of_each(database)
    async with database.write() as session:
        decision = await associate(session, payment_id, (invoice_id, 150_000))
        reversal = await undo(session, decision.id)
    for decision_id, expected in ((decision.id, AlreadyReversed), (reversal.id, WrongAmount)):
        async with database.write() as session:
            if expected is WrongAmount:
                await add_decision(
                    session,
                    transaction_id=payment_id,
                    kind=DecisionKind.IGNORE,
                    actor_kind="slack",  # type: ignore[arg-type]  # the word itself
                    actor="U1",
                    decided_at=NOW,
                    reason="not ours",
                )
                last = await last_decision(session, payment_id)
                assert last is not None
                decision_id = last.id  # noqa: PLW2901  # the one that moved nothing
            with pytest.raises(expected):
                await undo(session, decision_id)


async def test_parts_add_up_to_partly_then_fully(database: Database) -> None:
    payment_id, invoice_id = await one_of_each(database)
    async with database.write() as session:
        other = await add_invoice(session, "FACT-2", total_cents=50_000)
        first = await associate(session, payment_id, (invoice_id, 100_000))
    transaction, invoice, collaboration = await read(database, payment_id, invoice_id)
    assert (transaction.state, transaction.unallocated_cents) == ("partly_allocated", 50_000)
    assert (invoice.status, invoice.open_cents, collaboration.status) == ("partly_paid", 50_000, "open")
    async with database.write() as session:
        await associate(session, payment_id, (other.id, 50_000))
    transaction, _, collaboration = await read(database, payment_id, invoice_id)
    assert (transaction.state, collaboration.status) == ("allocated", "open")
    async with database.write() as session:
        await undo(session, first.id)
    transaction, invoice, _ = await read(database, payment_id, invoice_id)
    assert (transaction.state, transaction.allocated_cents, invoice.status) == (
        "partly_allocated",
        50_000,
        "open",
    )


async def test_a_collaboration_is_paid_when_its_last_invoice_is(database: Database) -> None:
    payment_id, invoice_id = await one_of_each(database)
    async with database.write() as session:
        cancelled = await add_invoice(session, "FACT-3", total_cents=1)
        credit = await add_invoice(session, "AV-1", total_cents=10, kind=CREDIT)
        assert await cancel_invoice(session, cancelled, NOW)
        assert not await cancel_invoice(session, cancelled, NOW)
        await associate(session, payment_id, (invoice_id, 150_000))
    _, _, collaboration = await read(database, payment_id, invoice_id)
    assert collaboration.status == "paid"
    async with database.write() as session:
        await add_invoice(session, "FACT-4", total_cents=5)
    _, _, collaboration = await read(database, payment_id, invoice_id)
    assert (collaboration.status, collaboration.paid_at) == ("open", None)
    assert credit.kind == CREDIT


async def test_a_credit_note_lowers_what_the_payment_must_give(database: Database) -> None:
    async with database.write() as session:
        transaction = await add_payment(session, amount_cents=90_000)
        invoice = await add_invoice(session, "F-1", total_cents=100_000)
        credit = await add_invoice(session, "AV-1", total_cents=10_000, kind=CREDIT)
        decision = await associate(session, transaction.id, (invoice.id, 100_000), (credit.id, -10_000))
    for found in (invoice, credit):
        stored, row, _ = await read(database, transaction.id, found.id)
        assert (stored.state, stored.allocated_cents) == ("allocated", 90_000)
        assert (row.status, row.open_cents) == ("paid", 0)
    async with database.write() as session:
        await undo(session, decision.id)
    stored, row, _ = await read(database, transaction.id, credit.id)
    assert (stored.state, row.status, row.settled_cents) == ("unmatched", "open", 0)


async def test_an_accepted_gap_settles_the_invoice(database: Database) -> None:
    async with database.write() as session:
        transaction = await add_payment(session, amount_cents=198_500)
        invoice = await add_invoice(session, "F-1", total_cents=200_000)
        decision = await associate(session, transaction.id, (invoice.id, 198_500), write_off=(1_500, "fee"))
    stored, row, _ = await read(database, transaction.id, invoice.id)
    assert (stored.state, row.status, row.settled_cents) == ("allocated", "paid", 200_000)
    async with database.write() as session:
        await undo(session, decision.id)
    _, row, _ = await read(database, transaction.id, invoice.id)
    assert (row.status, row.settled_cents) == ("open", 0)


Break = Callable[[Transaction, Invoice], None]


def nothing(_transaction: Transaction, _invoice: Invoice) -> None:
    """Leave both as they are."""


def set_aside(transaction: Transaction, _invoice: Invoice) -> None:
    transaction.state = PaymentState.IGNORED


def no_payment(transaction: Transaction, _invoice: Invoice) -> None:
    transaction.state = None


def in_dollars(transaction: Transaction, _invoice: Invoice) -> None:
    transaction.currency = "USD"


@pytest.mark.parametrize(
    ("cents", "write_off", "broken", "expected"),
    [
        (150_001, None, nothing, OverSettled),
        (0, None, nothing, WrongAmount),
        (-1, None, nothing, WrongAmount),
        (150_000, (1, "fee"), nothing, OverSettled),
        (1, (0, "fee"), nothing, WrongAmount),
        (1, None, set_aside, NotAPayment),
        (1, None, no_payment, NotAPayment),
        (1, None, in_dollars, CurrencyMismatch),
    ],
)
async def test_an_allocation_that_breaks_the_books_is_refused_untouched(
    database: Database,
    cents: int,
    write_off: tuple[int, str] | None,
    broken: Break,
    expected: type[LedgerError],
) -> None:
    payment_id, invoice_id = await one_of_each(database)
    async with database.write() as session:
        transaction = await lock_transaction(session, payment_id)
        invoice = (await lock_invoices(session, [invoice_id]))[invoice_id]
        assert transaction is not None
        broken(transaction, invoice)
        await session.flush()
        with pytest.raises(expected):
            await associate(session, payment_id, (invoice_id, cents), write_off=write_off)
        assert (transaction.allocated_cents, invoice.settled_cents, invoice.version) == (0, 0, 1)
        assert await session.scalar(select(func.count()).select_from(Allocation)) == 0


async def test_paid_and_cancelled_invoices_take_nothing_more(database: Database) -> None:
    payment_id, invoice_id = await one_of_each(database)
    async with database.write() as session:
        other = await add_payment(session, "t-2")
        cancelled = await add_invoice(session, "F-2")
        await cancel_invoice(session, cancelled, NOW)
        await associate(session, payment_id, (invoice_id, 150_000))
    for refused in (invoice_id, cancelled.id):
        with pytest.raises(InvoiceNotOpen):
            async with database.write() as session:
                await associate(session, other.id, (refused, 1))


async def test_a_payment_is_not_spent_twice_and_each_invoice_comes_once(database: Database) -> None:
    payment_id, invoice_id = await one_of_each(database)
    async with database.write() as session:
        other = await add_invoice(session, "F-2")
        credit = await add_invoice(session, "AV-1", kind=CREDIT)
    asked: list[tuple[tuple[int, int], ...]] = [
        ((invoice_id, 100_000), (other.id, 50_001)),
        ((credit.id, -1),),
        ((invoice_id, 1), (credit.id, -1)),
    ]
    for parts in asked:
        with pytest.raises(OverAllocated):
            async with database.write() as session:
                await associate(session, payment_id, *parts)
    for parts in ((), ((invoice_id, 1), (invoice_id, 1)), ((credit.id, 1),)):
        with pytest.raises(WrongAmount):
            async with database.write() as session:
                await associate(session, payment_id, *parts)


async def test_what_a_later_credit_note_leans_on_is_undone_after_it(database: Database) -> None:
    payment_id, invoice_id = await one_of_each(database)
    async with database.write() as session:
        credit = await add_invoice(session, "AV-1", total_cents=100, kind=CREDIT)
        first = await associate(session, payment_id, (invoice_id, 1_000))
        await associate(session, payment_id, (credit.id, -100))
    with pytest.raises(OverAllocated, match="later decision"):
        async with database.write() as session:
            await undo(session, first.id)


async def test_the_database_itself_is_the_last_guard(database: Database) -> None:
    """A3: whatever code is wrong above it."""
    payment_id, invoice_id = await one_of_each(database)
    wrong: list[Callable[[Transaction, Invoice], None]] = [
        lambda transaction, _: setattr(transaction, "allocated_cents", 150_001),
        lambda transaction, _: setattr(transaction, "allocated_cents", 1),
        lambda transaction, _: setattr(transaction, "state", "allocated"),
        lambda transaction, _: setattr(transaction, "side", "debit"),
        lambda _, invoice: setattr(invoice, "settled_cents", 1),
        lambda _, invoice: setattr(invoice, "status", "paid"),
        lambda _, invoice: setattr(invoice, "open_cents", 5),
        lambda _, invoice: setattr(invoice, "total_cents", 0),
    ]
    for change in wrong:
        with pytest.raises(DBAPIError, match=r"(?i)check constraint"):
            await break_rows(database, payment_id, invoice_id, change)


async def break_rows(
    database: Database, payment_id: int, invoice_id: int, change: Callable[[Transaction, Invoice], None]
) -> None:
    async with database.write() as session:
        transaction = await lock_transaction(session, payment_id)
        invoice = (await lock_invoices(session, [invoice_id]))[invoice_id]
        assert transaction is not None
        change(transaction, invoice)
