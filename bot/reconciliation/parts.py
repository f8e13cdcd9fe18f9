"""From what a person chose to the parts of a payment: read under lock, checked before anything is written."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import ChangedError, InvalidRequestError, InvoiceNotOpenError, NotFoundError
from bot.locale import fr
from bot.reconciliation.model import Choice
from store.books.arithmetic import Part, lock_invoices, sense
from store.models import Invoice, Transaction
from store.types import InvoiceStatus


async def locked_invoices(session: AsyncSession, choices: Sequence[Choice]) -> dict[int, Invoice]:
    """Lock what was chosen. Raises NotFoundError, ChangedError when one is not what the person saw."""
    ids = [choice.invoice_id for choice in choices]
    rows = await lock_invoices(session, ids)
    if set(rows) != set(ids):
        raise NotFoundError("Cette facture est inconnue.")
    for choice in choices:
        invoice = rows[choice.invoice_id]
        if choice.seen_version not in {None, invoice.version}:
            due = fr.amount(invoice.open_cents, invoice.currency)
            raise ChangedError(
                f"{invoice.number} a changé pendant votre saisie\u00a0: reste dû {due}.",
                invoice_id=invoice.id,
            )
    return rows


def split(transaction: Transaction, rows: Mapping[int, Invoice], choices: Sequence[Choice]) -> list[Part]:
    """Give each choice its cents, and check the whole before anything is written."""
    left = transaction.unallocated_cents
    parts = []
    for choice in choices:
        invoice = rows[choice.invoice_id]
        _check_invoice(transaction, invoice)
        cents = choice.amount_cents if choice.amount_cents is not None else _all_that_fits(invoice, left)
        part = _part(invoice, choice, cents)
        _check_amount(invoice, part)
        left -= cents
        parts.append(part)
    if left < 0:
        over = fr.amount(-left, transaction.currency)
        raise InvalidRequestError(f"Les montants dépassent le paiement de {over}.")
    if parts and left >= transaction.amount_cents - transaction.remainder_cents:
        raise InvalidRequestError("Les avoirs ne peuvent pas dépasser les factures choisies.")
    return parts


def _part(invoice: Invoice, choice: Choice, cents: int) -> Part:
    """Accept as paid what was asked to be, or all that is missing when the choice settles the invoice."""
    if not choice.settles:
        return Part(invoice, cents, choice.write_off_cents, choice.write_off_reason)
    missing = max(0, invoice.open_cents - sense(invoice) * cents)
    return Part(invoice, cents, missing, choice.write_off_reason if missing else None)


def _all_that_fits(invoice: Invoice, left: int) -> int:
    return -invoice.open_cents if sense(invoice) < 0 else min(invoice.open_cents, left)


def _check_invoice(transaction: Transaction, invoice: Invoice) -> None:
    number, invoice_id = invoice.number, invoice.id
    if invoice.currency != transaction.currency:
        raise InvalidRequestError(
            f"La facture {number} est en {invoice.currency}, le paiement en {transaction.currency}.",
            invoice_id=invoice_id,
        )
    if invoice.status == InvoiceStatus.PAID:
        raise InvoiceNotOpenError(f"La facture {number} est déjà payée.", invoice_id=invoice_id)
    if invoice.status == InvoiceStatus.CANCELLED:
        raise InvoiceNotOpenError(f"La facture {number} est annulée.", invoice_id=invoice_id)


def _check_amount(invoice: Invoice, part: Part) -> None:
    number, invoice_id = invoice.number, invoice.id
    if part.amount_cents * sense(invoice) <= 0:
        raise InvalidRequestError(
            f"Le montant pour {number} doit être supérieur à zéro.", invoice_id=invoice_id
        )
    if part.write_off_cents < 0 or (part.write_off_cents and not part.write_off_reason):
        raise InvalidRequestError(f"L’écart accepté sur {number} demande un motif.", invoice_id=invoice_id)
    if part.settled_cents > invoice.open_cents:
        due = fr.amount(invoice.open_cents, invoice.currency)
        raise InvoiceNotOpenError(f"La facture {number} ne doit plus que {due}.", invoice_id=invoice_id)
