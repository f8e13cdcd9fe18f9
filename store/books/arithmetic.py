"""The arithmetic of allocations, in one place: what a payment gives, what it settles, what follows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from store.errors import StoreError
from store.models import Allocation, Collaboration, Invoice, Transaction
from store.models.selects import whole_invoice_at_once
from store.payments import states
from store.types import CollaborationStatus, InvoiceKind, InvoiceStatus, PaymentState


class LedgerError(StoreError):
    """An allocation that would break the books; nothing was changed."""


class OverAllocated(LedgerError):
    """The parts exceed what the payment still has, or would leave it below zero."""


class OverSettled(LedgerError):
    """The part exceeds what the invoice is still due."""


class InvoiceNotOpen(LedgerError):
    """The invoice is paid or cancelled."""


class CurrencyMismatch(LedgerError):
    """Payment and invoice are in different currencies."""


class NotAPayment(LedgerError):
    """The movement is no payment to explain: not settled, not incoming, set aside, or closed."""


class WrongAmount(LedgerError):
    """Zero, or of the wrong sign, or the same invoice twice."""


class AlreadyReversed(LedgerError):
    """Somebody undid this decision before."""


@dataclass(frozen=True, slots=True)
class Part:
    """Part of a payment for one invoice: cents, negative for a credit note.

    ``write_off_cents`` is the gap accepted as settled beside it, always in the invoice's own sense.
    """

    invoice: Invoice
    amount_cents: int
    write_off_cents: int = 0
    write_off_reason: str | None = None

    @property
    def settled_cents(self) -> int:
        """By how much the invoice is settled."""
        return sense(self.invoice) * self.amount_cents + self.write_off_cents


def sense(invoice: Invoice) -> int:
    """A credit note counts the other way."""
    return -1 if invoice.kind == InvoiceKind.CREDIT_NOTE else 1


def settled_by(row: Allocation, invoice: Invoice) -> int:
    """By how much a stored allocation settles its invoice (negative for a reversing row)."""
    return sense(invoice) * row.amount_cents + row.write_off_cents


def check(transaction: Transaction, parts: Sequence[Part]) -> None:
    """Raise a LedgerError unless all parts together fit the payment and each fits its invoice."""
    if transaction.state is None or transaction.state == PaymentState.IGNORED:
        raise NotAPayment(f"transaction {transaction.id} is not a payment to explain")
    if not parts or len({part.invoice.id for part in parts}) != len(parts):
        raise WrongAmount("each invoice once, and at least one")
    for part in parts:
        _check_part(transaction, part)
    given = sum(part.amount_cents for part in parts)
    most = transaction.amount_cents - transaction.remainder_cents
    if not 0 < transaction.allocated_cents + given <= most:
        raise OverAllocated(
            f"{given} cents asked of {transaction.unallocated_cents} left on transaction {transaction.id}"
        )


def _check_part(transaction: Transaction, part: Part) -> None:
    invoice = part.invoice
    if invoice.currency != transaction.currency:
        raise CurrencyMismatch(f"invoice {invoice.id} is in {invoice.currency}, not {transaction.currency}")
    if invoice.open_cents == 0:
        raise InvoiceNotOpen(f"invoice {invoice.id} is {invoice.status}")
    if sense(invoice) * part.amount_cents <= 0 or part.settled_cents <= 0:
        raise WrongAmount(f"{part.amount_cents} cents for invoice {invoice.id}")
    if (part.write_off_cents == 0) != (part.write_off_reason is None):
        raise WrongAmount(f"a gap and its reason go together (invoice {invoice.id})")
    if part.settled_cents > invoice.open_cents:
        raise OverSettled(
            f"{part.settled_cents} cents asked of {invoice.open_cents} due on invoice {invoice.id}"
        )


def check_undo(transaction: Transaction, rows: Sequence[Allocation]) -> None:
    """Raise OverAllocated when taking these rows back alone would leave the payment out of its bounds."""
    left = transaction.allocated_cents - sum(row.amount_cents for row in rows)
    if not 0 <= left <= transaction.amount_cents:
        raise OverAllocated(f"undo a later decision on transaction {transaction.id} first")


def close_remainder(transaction: Transaction, reason: str, now: datetime) -> None:
    """Close what the payment still has as paid too much.

    Raises NotAPayment when nothing is allocated (set it aside instead), WrongAmount when nothing is left.
    """
    left = transaction.unallocated_cents
    if transaction.state != PaymentState.PARTLY_ALLOCATED:
        raise NotAPayment(f"transaction {transaction.id} has no remainder to close ({transaction.state})")
    if left <= 0 or not reason:
        raise WrongAmount(f"{left} cents left on transaction {transaction.id}")
    transaction.remainder_cents, transaction.remainder_reason = left, reason
    move_payment(transaction, 0, now)


def open_remainder(transaction: Transaction) -> None:
    """Open again what was closed. The caller moves the payment next, before anything is written."""
    transaction.remainder_cents, transaction.remainder_reason = 0, None


def move_payment(transaction: Transaction, given_cents: int, now: datetime) -> None:
    """Add to what the payment has given; its state follows."""
    transaction.allocated_cents += given_cents
    states.allocated(transaction)
    transaction.version += 1
    transaction.updated_at = now


def settle(invoice: Invoice, cents: int, now: datetime) -> None:
    """Add to what settles the invoice; what is open, its status and when it was paid follow."""
    invoice.settled_cents += cents
    invoice.open_cents = invoice.total_cents - invoice.settled_cents
    if invoice.open_cents == 0:
        invoice.status = InvoiceStatus.PAID
    else:
        invoice.status = InvoiceStatus.PARTLY_PAID if invoice.settled_cents else InvoiceStatus.OPEN
    invoice.paid_at = now if invoice.status == InvoiceStatus.PAID else None
    invoice.version += 1
    invoice.updated_at = now


async def lock_payment(session: AsyncSession, transaction_id: int) -> Transaction:
    """Read a payment fresh, under lock."""
    query = select(Transaction).where(Transaction.id == transaction_id).with_for_update()
    return (await session.scalars(query.execution_options(populate_existing=True))).one()


async def lock_invoices(session: AsyncSession, invoice_ids: Iterable[int]) -> dict[int, Invoice]:
    """Read invoices fresh and whole, under lock; in id order, so that two decisions cannot deadlock."""
    query = (
        select(Invoice)
        .where(Invoice.id.in_(sorted(set(invoice_ids))))
        .order_by(Invoice.id)
        .options(*whole_invoice_at_once())
        .with_for_update(of=Invoice)
        .execution_options(populate_existing=True)
    )
    return {invoice.id: invoice for invoice in await session.scalars(query)}


async def refresh_collaborations(session: AsyncSession, ids: Iterable[int | None], now: datetime) -> None:
    """A collaboration is paid when each of its invoices is; credit notes and cancelled ones do not count."""
    wanted = sorted({one for one in ids if one is not None})
    if not wanted:
        return
    query = select(Collaboration.id, Collaboration.status).where(Collaboration.id.in_(wanted))
    before = (await session.execute(query.order_by(Collaboration.id).with_for_update())).all()
    # Counted in a statement of its own: on PostgreSQL it must see what was committed while the lock waited.
    paid_now = await _paid(session, wanted)
    for row in before:
        paid = row.id in paid_now
        if paid != (row.status == CollaborationStatus.PAID):
            status = CollaborationStatus.PAID if paid else CollaborationStatus.OPEN
            values = {"status": status, "paid_at": now if paid else None}
            await session.execute(update(Collaboration).where(Collaboration.id == row.id).values(values))


async def reopen_collaboration(session: AsyncSession, collaboration: Collaboration) -> None:
    """A collaboration that gets a new invoice is not paid any more."""
    values = {"status": CollaborationStatus.OPEN, "paid_at": None}
    this = update(Collaboration).where(
        Collaboration.id == collaboration.id, Collaboration.status != CollaborationStatus.OPEN
    )
    await session.execute(this.values(values))


async def _paid(session: AsyncSession, collaboration_ids: Sequence[int]) -> frozenset[int]:
    """Those that have invoices that count, none of them still due."""
    due = func.count().filter(Invoice.status.in_([InvoiceStatus.OPEN, InvoiceStatus.PARTLY_PAID]))
    paid = func.count().filter(Invoice.status == InvoiceStatus.PAID)
    query = (
        select(Invoice.collaboration_id)
        .where(Invoice.collaboration_id.in_(collaboration_ids), Invoice.kind == InvoiceKind.INVOICE)
        .group_by(Invoice.collaboration_id)
        .having(due == 0, paid > 0)
    )
    return frozenset(one for one in await session.scalars(query) if one is not None)
