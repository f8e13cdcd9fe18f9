"""Use case: write down what the bank says about one movement, and see whether it is a payment to explain."""

from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit import trace
from bot.context import Actor
from bot.messages.alerts import clear_alert, raise_alert
from bot.messages.effects import show_change
from qonto import Transaction as BankTransaction
from store.models import Transaction
from store.payments import accounts, states
from store.payments.movements import NewTransaction, Upserted, upsert_many
from store.payments.states import NO_PAYMENT, TO_EXPLAIN, Beginning, begins_aside
from store.types import WAITING, ActorKind, AlertKind, BankProblem, PaymentState

COMPLETED = "completed"
OWN_TRANSFER = "virement entre vos comptes"
BANK = Actor(ActorKind.RULE, "qonto", is_admin=False)
_MONEY = frozenset({"amount_cents", "currency"})
_MATCHED_BY = _MONEY | {"label", "reference", "counterparty_name", "counterparty_iban"}


def new_transaction(bank: BankTransaction, own_ibans: frozenset[str], now: datetime) -> NewTransaction:
    """Name every field we keep; ``now`` stands in when the bank gives no ``updated_at``."""
    return NewTransaction(
        qonto_id=bank.id,
        slug=bank.transaction_slug,
        bank_account_qonto_id=bank.bank_account_id,
        side=bank.side,
        status=bank.status,
        operation_type=bank.operation_type or None,
        amount_cents=bank.amount_cents,
        currency=bank.currency,
        local_amount_cents=bank.local_amount_cents,
        local_currency=bank.local_currency,
        label=bank.label,
        reference=bank.reference,
        note=bank.note,
        counterparty_name=bank.counterparty_name,
        counterparty_iban=bank.counterparty_iban,
        emitted_at=bank.emitted_at,
        settled_at=bank.settled_at,
        bank_updated_at=bank.updated_at or bank.settled_at or bank.emitted_at or now,
        payload=bank.raw,
        beginning=_beginning(bank, own_ibans),
    )


async def classify(
    session: AsyncSession, upserted: Upserted, own_ibans: frozenset[str], now: datetime
) -> None:
    """Decide what a changed movement means for us; a new one was stored as what it begins as.

    A settled credit becomes a payment to explain, unless it comes from an account of our own. A payment
    that the bank takes back or changes is never undone silently: it is flagged, and its card says so.
    """
    if upserted.kind != "updated":
        return
    transaction, changed = upserted.transaction, upserted.changed
    counts = _counts(transaction)
    with structlog.contextvars.bound_contextvars(payment_id=transaction.qonto_id):
        if transaction.state is None:
            if counts:
                states.arrived(transaction, _beginning(transaction, own_ibans))
        elif transaction.bank_problem == BankProblem.WITHDRAWN:
            await _changed_while_withdrawn(session, transaction, changed, now, counts=counts)
        elif transaction.state in WAITING:
            await _changed_while_waiting(session, transaction, changed, now, counts=counts)
        else:
            await _changed_after_decision(session, transaction, changed, now, counts=counts)


def _counts(movement: BankTransaction | Transaction) -> bool:
    return movement.side == "credit" and movement.status == COMPLETED and movement.amount_cents > 0


def _beginning(movement: BankTransaction | Transaction, own_ibans: frozenset[str]) -> Beginning:
    """What a movement is for us at first: a payment when it is a settled credit."""
    if not _counts(movement):
        return NO_PAYMENT
    return begins_aside(OWN_TRANSFER) if movement.counterparty_iban in own_ibans else TO_EXPLAIN


async def _changed_while_withdrawn(
    session: AsyncSession,
    transaction: Transaction,
    changed: frozenset[str],
    now: datetime,
    *,
    counts: bool,
) -> None:
    """What the bank took back stays taken back, whatever else it says of it, until it settles after all.

    Then it waits again, unless people had decided: what they relied on may be another amount now.
    """
    if counts:
        transaction.bank_problem = None
        await clear_alert(session, AlertKind.BANK_CHANGED, now, object_id=transaction.id)
        if transaction.state == PaymentState.IGNORED:
            states.restored(transaction)
    await show_change(session, transaction, now)
    if counts and transaction.allocated_cents and changed & _MONEY:
        await flag(session, transaction, BankProblem.AMOUNT_CHANGED, now)


async def _changed_while_waiting(
    session: AsyncSession,
    transaction: Transaction,
    changed: frozenset[str],
    now: datetime,
    *,
    counts: bool,
) -> None:
    if not counts and transaction.allocated_cents:
        await flag(session, transaction, BankProblem.WITHDRAWN, now)
        return
    if not counts:
        states.withdrawn_by_bank(transaction)
    elif changed & _MATCHED_BY:
        states.match_again(transaction)
    else:
        return
    await show_change(session, transaction, now)


async def _changed_after_decision(
    session: AsyncSession,
    transaction: Transaction,
    changed: frozenset[str],
    now: datetime,
    *,
    counts: bool,
) -> None:
    if not counts and transaction.allocated_cents:
        await flag(session, transaction, BankProblem.WITHDRAWN, now)
    elif changed & _MONEY:
        await flag(session, transaction, BankProblem.AMOUNT_CHANGED, now)
    elif changed & {"label", "reference", "counterparty_name"}:
        await show_change(session, transaction, now)


async def flag(session: AsyncSession, transaction: Transaction, problem: BankProblem, now: datetime) -> None:
    """Record, and tell once, that the bank changed its mind after somebody relied on a movement."""
    if transaction.bank_problem == problem:
        return
    transaction.bank_problem = problem
    await show_change(session, transaction, now)
    details = {"problem": problem, "status": transaction.status, "amount_cents": transaction.amount_cents}
    await trace(session, BANK, "bank_changed", ("transaction", transaction.id), now, details)
    await raise_alert(
        session, AlertKind.BANK_CHANGED, now, object_id=transaction.id, details={"problem": problem}
    )


async def record(session: AsyncSession, bank: BankTransaction, now: datetime) -> Upserted:
    """Store one movement (newer wins) and classify it."""
    return (await record_many(session, [bank], now))[0]


async def record_many(
    session: AsyncSession, movements: list[BankTransaction], now: datetime
) -> list[Upserted]:
    """Store a chunk (at most 1 000 rows, so that webhooks keep their deadline) and classify each."""
    own = await accounts.own_ibans(session)
    rows = [new_transaction(bank, own, now) for bank in movements]
    results = await upsert_many(session, rows, now)
    for upserted in results:
        await classify(session, upserted, own, now)
    return results
