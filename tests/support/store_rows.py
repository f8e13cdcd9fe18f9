"""Rows for tests of the store and of what stands on it; every person, company and IBAN is invented."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from store.books import arithmetic
from store.books.decisions import add_allocations, add_decision
from store.books.reversal import reverse_decision
from store.invoices.save import NewInvoice, save_invoice
from store.models import Decision, Invoice, Transaction
from store.payments.movements import NewTransaction, Upserted, upsert_many
from store.payments.waiting import lock_transaction
from store.types import ActorKind, DecisionKind, PaymentState

NOW = datetime(2026, 1, 27, 13, 5, tzinfo=UTC)
IBAN = "FR7630006000011234567890189"


def later(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def a_transaction(qonto_id: str = "t-1", **changes: Any) -> NewTransaction:
    base = NewTransaction(
        qonto_id=qonto_id,
        side="credit",
        status="completed",
        amount_cents=150_000,
        currency="EUR",
        bank_updated_at=NOW,
        settled_at=NOW,
        emitted_at=NOW,
        payload={"id": qonto_id},
        bank_account_qonto_id="account-1",
        label="NIKE FRANCE",
        reference="FACT-2026-042",
        counterparty_name="NIKE FRANCE SAS",
        counterparty_iban=IBAN,
    )
    return replace(base, **changes)


def an_invoice(number: str = "FACT-2026-042", **changes: Any) -> NewInvoice:
    base = NewInvoice(
        number=number,
        client="NIKE",
        client_email="compta@nike.example",
        talent="Camille Dupré",
        talent_email="camille@agence.example",
        collaboration="Campagne printemps",
        total_cents=150_000,
        currency="EUR",
        issue_date=date(2026, 1, 1),
        due_date=date(2026, 1, 30),
    )
    return replace(base, **changes)


async def upsert_transaction(session: AsyncSession, new: NewTransaction, now: datetime) -> Upserted:
    return (await upsert_many(session, [new], now))[0]


async def add_payment(session: AsyncSession, qonto_id: str = "t-1", **changes: Any) -> Transaction:
    new = a_transaction(qonto_id, **changes)
    transaction = (await upsert_transaction(session, new, NOW)).transaction
    transaction.state = PaymentState.UNMATCHED
    transaction.needs_matching = True
    await session.flush()
    return transaction


async def add_invoice(session: AsyncSession, number: str = "FACT-2026-042", **changes: Any) -> Invoice:
    return (await save_invoice(session, an_invoice(number, **changes), NOW)).invoice


async def associate(
    session: AsyncSession,
    transaction_id: int,
    *parts: tuple[int, int],
    write_off: tuple[int, str] | None = None,
) -> Decision:
    """Apply a payment to invoices, given as (invoice id, cents)."""
    transaction = await lock_transaction(session, transaction_id)
    assert transaction is not None
    rows = await arithmetic.lock_invoices(session, [one for one, _ in parts])
    decision = await add_decision(
        session,
        transaction_id=transaction_id,
        kind=DecisionKind.ASSOCIATE,
        actor_kind=ActorKind.SLACK,
        actor="U1",
        decided_at=NOW,
    )
    gap, reason = write_off or (0, None)
    asked = [arithmetic.Part(rows[one], cents, gap, reason) for one, cents in parts]
    await add_allocations(session, transaction, decision, asked, NOW)
    return decision


async def undo(session: AsyncSession, decision_id: int) -> Decision:
    return await reverse_decision(session, decision_id, actor_kind=ActorKind.SLACK, actor="U2", now=later(5))
