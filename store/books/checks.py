"""The nightly recomputation: what is stored beside the rows must equal what the rows say (A2, A3, A5, A6)."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Select, case, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from store.books import audit
from store.books.audit import Problem
from store.models import Allocation, Collaboration, Decision, InboxEvent, Invoice, Message, Transaction
from store.models.selects import standing
from store.types import (
    CollaborationStatus,
    InvoiceKind,
    InvoiceStatus,
    MessagePurpose,
    MessageState,
    PaymentState,
)

# Enough to understand what happened; a broken table must not fill the memory.
MOST_PER_CHECK = 100


async def check_all(session: AsyncSession) -> list[Problem]:
    """Run every check; an empty list is good news. Use a read session: it sees one instant."""
    problems: list[Problem] = []
    for code, object_type, detail, question in _QUESTIONS:
        ids = await session.scalars(question().limit(MOST_PER_CHECK))
        problems += [Problem(code, object_type, int(found), detail) for found in ids]
    return problems + await audit.check_chain(session)


def _payment_sum() -> Select[Any]:
    given = _sum(Allocation.amount_cents, Allocation.transaction_id == Transaction.id)
    return select(Transaction.id).where(Transaction.allocated_cents != given).order_by(Transaction.id)


def _invoice_sum() -> Select[Any]:
    sign = case((Invoice.kind == InvoiceKind.CREDIT_NOTE, -1), else_=1)
    of_invoice = Allocation.invoice_id == Invoice.id
    settled = sign * _sum(Allocation.amount_cents, of_invoice) + _sum(Allocation.write_off_cents, of_invoice)
    return select(Invoice.id).where(Invoice.settled_cents != settled).order_by(Invoice.id)


def _sum(column: Any, condition: Any) -> Any:
    return select(func.coalesce(func.sum(column), 0)).where(condition).scalar_subquery()


def _payment_state() -> Select[Any]:
    """A3: bounds and state, also where a constraint was lifted by hand."""
    given, amount = Transaction.allocated_cents, Transaction.amount_cents
    closed = Transaction.remainder_cents
    expected = case(
        (given == 0, Transaction.state.in_(_UNALLOCATED) | Transaction.state.is_(None)),
        (given + closed == amount, Transaction.state == PaymentState.ALLOCATED),
        else_=Transaction.state == PaymentState.PARTLY_ALLOCATED,
    )
    wrong = or_(given < 0, closed < 0, given + closed > amount, ~expected)
    return select(Transaction.id).where(wrong).order_by(Transaction.id)


def _remainder_sum() -> Select[Any]:
    """A3: what is closed as paid too much is what decisions said."""
    said = _sum(Decision.remainder_cents, Decision.transaction_id == Transaction.id)
    return select(Transaction.id).where(Transaction.remainder_cents != said).order_by(Transaction.id)


_UNALLOCATED = (PaymentState.UNMATCHED, PaymentState.PROPOSED, PaymentState.IGNORED)


def _paid_without_payment() -> Select[Any]:
    """A3: paid only with a live allocation."""
    live = select(Allocation.id).where(Allocation.invoice_id == Invoice.id, standing()).exists()
    query = select(Invoice.id).where(Invoice.status == InvoiceStatus.PAID, ~live)
    return query.order_by(Invoice.id)


def _collaboration_status() -> Select[Any]:
    of_collaboration = (Invoice.collaboration_id == Collaboration.id, Invoice.kind == InvoiceKind.INVOICE)
    due = exists().where(
        *of_collaboration, Invoice.status.in_([InvoiceStatus.OPEN, InvoiceStatus.PARTLY_PAID])
    )
    paid = exists().where(*of_collaboration, Invoice.status == InvoiceStatus.PAID)
    is_paid = Collaboration.status == CollaborationStatus.PAID
    wrong = (is_paid & ~(paid & ~due)) | (~is_paid & paid & ~due)
    return select(Collaboration.id).where(wrong).order_by(Collaboration.id)


def _repeated(column: Any, model_id: Any) -> Callable[[], Select[Any]]:
    """A2: the later rows of an id that stands twice."""

    def question() -> Select[Any]:
        return select(func.max(model_id)).where(column.is_not(None)).group_by(column).having(func.count() > 1)

    return question


def _shared_place() -> Select[Any]:
    """A5: two ledger rows that claim one Slack message."""
    query = select(func.max(Message.id)).where(Message.ts.is_not(None))
    return query.group_by(Message.channel, Message.ts).having(func.count() > 1)


def _second_card() -> Select[Any]:
    """A5: two live messages for the same object, purpose and person."""
    person = func.coalesce(Message.talent_id, 0)
    query = select(func.max(Message.id)).where(
        Message.state != MessageState.CANCELLED, Message.purpose.in_(_ONE_PER_OBJECT)
    )
    return query.group_by(Message.purpose, Message.object_id, person).having(func.count() > 1)


_ONE_PER_OBJECT = (
    MessagePurpose.PAYMENT_CARD,
    MessagePurpose.TALENT_PAID,
    MessagePurpose.TALENT_CORRECTION,
)

_Question = tuple[str, str, str, Callable[[], Select[Any]]]
_QUESTIONS: Sequence[_Question] = (
    ("payment_sum", "transaction", "allocated_cents is not the sum of its allocations", _payment_sum),
    ("remainder_sum", "transaction", "remainder_cents is not what its decisions say", _remainder_sum),
    ("payment_state", "transaction", "the state does not follow from what is allocated", _payment_state),
    ("invoice_sum", "invoice", "settled_cents is not what its allocations settle", _invoice_sum),
    ("paid_without_payment", "invoice", "paid without a live allocation", _paid_without_payment),
    ("collaboration_status", "collaboration", "does not follow from its invoices", _collaboration_status),
    (
        "transaction_twice",
        "transaction",
        "one bank id, several rows",
        _repeated(Transaction.qonto_id, Transaction.id),
    ),
    ("event_twice", "inbox", "one key, several rows", _repeated(InboxEvent.key, InboxEvent.id)),
    ("place_twice", "message", "two rows for one Slack message", _shared_place),
    ("message_twice", "message", "two live messages say the same", _second_card),
)
