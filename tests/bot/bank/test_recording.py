"""What a movement means when it arrives, comes again, or changes after people relied on it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot import reconciliation
from bot.bank.recording import record, record_many
from bot.context import Context
from bot.reconciliation import Choice
from qonto import Transaction as BankTransaction
from store.models import AuditEntry, Transaction
from store.payments.accounts import NewAccount, save_accounts
from store.types import PaymentState
from tests.bot.conftest import MAUD
from tests.support.store_rows import IBAN, NOW, add_invoice


def movement(**changes: Any) -> BankTransaction:
    body = {
        "id": "0190c0de-0000-7000-8000-000000005012",
        "transaction_id": "agence-1-transaction-12",
        "amount": 1500.0,
        "amount_cents": 150000,
        "currency": "EUR",
        "side": "credit",
        "status": "completed",
        "operation_type": "income",
        "label": "NIKE FRANCE",
        "reference": "FACT-2026-042",
        "settled_at": NOW.isoformat(),
        "updated_at": NOW.isoformat(),
        "income": {"counterparty_account_number": IBAN},
    }
    return BankTransaction.model_validate(body | changes)


async def recorded(ctx: Context, **changes: Any) -> Transaction:
    async with ctx.database.write() as session:
        return (await record(session, movement(**changes), NOW)).transaction


async def associated(ctx: Context) -> int:
    payment = (await recorded(ctx)).id
    async with ctx.database.write() as session:
        invoice = (await add_invoice(session)).id
    await reconciliation.associate(ctx, MAUD, transaction_id=payment, choices=[Choice(invoice)])
    return payment


async def test_settled_money_in_becomes_a_payment_to_explain(ctx: Context) -> None:
    row = await recorded(ctx)
    assert (row.state, row.needs_matching) == (PaymentState.UNMATCHED, True)
    assert (row.counterparty_name, row.counterparty_iban) == ("NIKE FRANCE", IBAN)


@pytest.mark.parametrize(
    "changes",
    [
        {"side": "debit"},
        {"status": "pending", "settled_at": None},
        {"status": "declined"},
        {"status": "a_word_of_tomorrow"},
        {"amount": 0, "amount_cents": 0},
    ],
)
async def test_anything_else_is_kept_but_explained_by_nobody(ctx: Context, changes: dict[str, Any]) -> None:
    row = await recorded(ctx, **changes)
    assert (row.state, row.needs_matching) == (None, False)


async def test_a_pending_transfer_becomes_a_payment_once_it_is_settled(ctx: Context) -> None:
    await recorded(ctx, status="pending", settled_at=None)
    later = (NOW + timedelta(hours=1)).isoformat()
    assert (await recorded(ctx, updated_at=later)).state == PaymentState.UNMATCHED


async def test_a_transfer_between_our_own_accounts_is_set_aside(ctx: Context) -> None:
    async with ctx.database.write() as session:
        account = NewAccount(
            qonto_id="acc", name="Principal", iban=IBAN, currency="EUR", status="active", is_main=True
        )
        await save_accounts(session, [account], NOW)
    row = await recorded(ctx)
    assert (row.state, row.ignored_reason) == (PaymentState.IGNORED, "virement entre vos comptes")


async def test_a_payment_declined_after_its_association_is_flagged_and_stays(ctx: Context) -> None:
    payment = await associated(ctx)
    later = (NOW + timedelta(days=2)).isoformat()
    row = await recorded(ctx, status="declined", updated_at=later)
    assert (row.id, row.state, row.bank_problem) == (payment, PaymentState.ALLOCATED, "withdrawn")
    version = row.version
    assert (await recorded(ctx, status="declined", updated_at=later)).version == version
    async with ctx.database.read() as session:
        actions = (await session.scalars(select(AuditEntry.action))).all()
    assert actions.count("bank_changed") == 1


async def test_an_amount_changed_after_its_association_keeps_what_was_decided(ctx: Context) -> None:
    await associated(ctx)
    later = (NOW + timedelta(days=2)).isoformat()
    row = await recorded(ctx, amount=1400.0, amount_cents=140000, updated_at=later)
    assert (row.amount_cents, row.state, row.bank_problem) == (
        150000,
        PaymentState.ALLOCATED,
        "amount_changed",
    )


async def test_a_label_corrected_while_waiting_asks_for_new_suggestions(ctx: Context) -> None:
    row = await recorded(ctx)
    async with ctx.database.write() as session:
        stored = await session.get(Transaction, row.id)
        assert stored is not None
        stored.needs_matching = False
    later = (NOW + timedelta(minutes=5)).isoformat()
    changed = await recorded(ctx, reference="FACT-2026-043", updated_at=later)
    assert changed.needs_matching
    assert changed.version > row.version


async def test_a_payment_declined_while_waiting_waits_no_more(ctx: Context) -> None:
    await recorded(ctx)
    later = (NOW + timedelta(minutes=5)).isoformat()
    row = await recorded(ctx, status="declined", updated_at=later)
    assert (row.state, row.ignored_reason) == (PaymentState.IGNORED, "refusé par Qonto")


async def test_a_payment_taken_back_stays_so_whatever_else_the_bank_says_until_it_settles(
    ctx: Context,
) -> None:
    """Found by seed 261 of the fault runner: another amount hid that it was taken back, for good."""
    await recorded(ctx)
    at = [(NOW + timedelta(minutes=each)).isoformat() for each in range(4)]
    await recorded(ctx, status="declined", updated_at=at[1])
    row = await recorded(ctx, status="declined", amount=1400.0, amount_cents=140000, updated_at=at[2])
    assert (row.state, row.bank_problem) == (PaymentState.IGNORED, "withdrawn")
    row = await recorded(ctx, amount=1400.0, amount_cents=140000, updated_at=at[3])
    assert (row.state, row.bank_problem, row.amount_cents) == (PaymentState.UNMATCHED, None, 140000)


async def test_a_payment_that_comes_back_as_another_amount_is_flagged_again(ctx: Context) -> None:
    await associated(ctx)
    at = [(NOW + timedelta(days=each)).isoformat() for each in range(3)]
    await recorded(ctx, status="declined", amount=1400.0, amount_cents=140000, updated_at=at[1])
    row = await recorded(ctx, amount=1400.0, amount_cents=140000, updated_at=at[2])
    assert (row.state, row.bank_problem) == (PaymentState.ALLOCATED, "amount_changed")


async def test_an_older_word_changes_nothing(ctx: Context) -> None:
    await recorded(ctx)
    earlier = (NOW - timedelta(minutes=5)).isoformat()
    row = await recorded(ctx, status="pending", updated_at=earlier)
    assert (row.status, row.state) == ("completed", PaymentState.UNMATCHED)


async def test_a_chunk_is_recorded_like_single_movements(ctx: Context) -> None:
    rows = [movement(id=f"0190c0de-0000-7000-8000-0000000{n:05}") for n in range(30)]
    async with ctx.database.write() as session:
        results = await record_many(session, [*rows, rows[0]], NOW)
    assert [one.kind for one in results] == ["new"] * 30
    assert {one.transaction.state for one in results} == {PaymentState.UNMATCHED}
