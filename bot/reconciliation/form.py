"""The form « Associer un paiement »: what it shows, what was typed, what that would do. No Slack in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import InvalidRequestError, NotFoundError
from bot.locale import fr
from bot.locale.amounts import typed_cents
from bot.queries.payment import InvoiceLine, PaymentView, invoice_line, load_view
from bot.reconciliation import Choice, Rest
from bot.reconciliation.guard import payment_mark
from store.invoices.read import get_invoice
from store.payments.waiting import get_transaction
from store.types import InvoiceKind

MOST_CHOSEN = 20
LARGEST_ROUNDING = 100
NOTHING_LEFT = "Il ne reste rien pour cette facture\u00a0: retirez-la, ou diminuez une autre."


class Gap(StrEnum):
    """What becomes of a difference. The first leaves it; four settle the invoices; two close the payment."""

    NONE = "none"
    FEE = "fee"
    DISCOUNT = "discount"
    ROUNDING = "rounding"
    WITHHOLDING = "withholding"
    REFUND = "to_refund"
    KEPT = "kept"


SETTLING = (Gap.FEE, Gap.DISCOUNT, Gap.ROUNDING, Gap.WITHHOLDING)
CLOSING = (Gap.REFUND, Gap.KEPT)


@dataclass(frozen=True, slots=True)
class Offer:
    """The payment, the invoices chosen so far, and the mark of what is shown."""

    view: PaymentView
    mark: str
    lines: tuple[InvoiceLine, ...]


@dataclass(frozen=True, slots=True)
class Typed:
    """What the person chose and typed: invoice ids in order, amounts as text, the gap, a note."""

    invoice_ids: tuple[int, ...] = ()
    amounts: Mapping[int, str] | None = None
    gap: Gap = Gap.NONE
    note: str | None = None

    def amount(self, invoice_id: int) -> str | None:
        """Give what stands in the field of an invoice; None when it has none yet."""
        return (self.amounts or {}).get(invoice_id)


@dataclass(frozen=True, slots=True)
class Row:
    """One chosen invoice: the text of its field and, when it reads as an amount, the cents it gives."""

    line: InvoiceLine
    text: str
    cents: int | None
    error: str | None = None

    @property
    def missing_cents(self) -> int:
        """What the invoice would still be due afterwards."""
        return max(0, self.line.open_cents - abs(self.cents or 0))


@dataclass(frozen=True, slots=True)
class Plan:
    """What a submit would do. ``left_cents`` is what the payment would still have; below zero: too much."""

    rows: tuple[Row, ...]
    left_cents: int
    missing_cents: int
    gaps: tuple[Gap, ...]


async def load_offer(session: AsyncSession, transaction_id: int, invoice_ids: Sequence[int]) -> Offer:
    """Read what the form shows. Raises NotFoundError."""
    view = await load_view(session, transaction_id)
    transaction = await get_transaction(session, transaction_id)
    if view is None or transaction is None:
        raise NotFoundError("Ce paiement est inconnu.")
    lines = []
    for invoice_id in invoice_ids[:MOST_CHOSEN]:
        invoice = await get_invoice(session, invoice_id)
        if invoice is not None and invoice.currency == view.currency:
            lines.append(invoice_line(invoice, invoice.open_cents))
    return Offer(view, await payment_mark(session, transaction), tuple(lines))


def plan(offer: Offer, typed: Typed) -> Plan:
    """Work out every amount: typed ones as they stand, new ones prefilled with all that fits."""
    known = {line.invoice_id: _typed_row(line, text) for line, text in _filled(offer, typed)}
    left = offer.view.unallocated_cents - sum(row.cents or 0 for row in known.values())
    rows = []
    for line in _credit_notes_first(offer.lines):
        row = known.get(line.invoice_id)
        if row is None:
            row = _prefilled(line, left)
            left -= row.cents or 0
        known[line.invoice_id] = row
    rows = [known[line.invoice_id] for line in offer.lines]
    missing = sum(row.missing_cents for row in rows)
    return Plan(tuple(rows), left, missing, _gaps(offer, rows, left))


def _filled(offer: Offer, typed: Typed) -> list[tuple[InvoiceLine, str]]:
    filled = []
    for line in offer.lines:
        text = typed.amount(line.invoice_id)
        if text is not None:
            filled.append((line, text))
    return filled


def _credit_notes_first(lines: Sequence[InvoiceLine]) -> list[InvoiceLine]:
    """A credit note gives to the others what it takes off."""
    return sorted(lines, key=lambda line: line.kind != InvoiceKind.CREDIT_NOTE)


def _typed_row(line: InvoiceLine, text: str) -> Row:
    try:
        cents = abs(typed_cents(text))
    except InvalidRequestError as error:
        return Row(line, text, None, error.message)
    if not cents:
        return Row(line, text, 0, "Indiquez un montant supérieur à zéro, ou retirez cette facture.")
    if not line.open_cents:
        return Row(line, text, _signed(line, cents), f"{line.number} n’est plus à payer\u00a0: retirez-la.")
    if cents > line.open_cents:
        due = fr.amount(line.open_cents, line.currency)
        return Row(line, text, _signed(line, cents), f"{line.number} ne doit plus que {due}.")
    return Row(line, text, _signed(line, cents))


def _prefilled(line: InvoiceLine, left: int) -> Row:
    is_credit = line.kind == InvoiceKind.CREDIT_NOTE
    cents = line.open_cents if is_credit else max(0, min(line.open_cents, left))
    return Row(line, fr.typed_amount(cents), _signed(line, cents))


def _signed(line: InvoiceLine, cents: int) -> int:
    return -cents if line.kind == InvoiceKind.CREDIT_NOTE else cents


def _gaps(offer: Offer, rows: Sequence[Row], left: int) -> tuple[Gap, ...]:
    """Offer only what makes sense: settling what is missing, closing what is left."""
    missing = [row.missing_cents for row in rows if row.missing_cents]
    gaps = [Gap.NONE]
    if missing:
        gaps += [gap for gap in SETTLING if gap != Gap.ROUNDING or max(missing) <= LARGEST_ROUNDING]
    if left > 0 and (rows or offer.view.allocated_cents):
        gaps += CLOSING
    return tuple(gaps) if len(gaps) > 1 else ()


def errors(offer: Offer, made: Plan) -> dict[int | None, str]:
    """Say what is wrong, by invoice id; None is about the choice as a whole."""
    wrong: dict[int | None, str] = {row.line.invoice_id: row.error for row in made.rows if row.error}
    if not wrong and any(not row.cents for row in made.rows):
        return {row.line.invoice_id: NOTHING_LEFT for row in made.rows if not row.cents}
    if not wrong and made.left_cents < 0:
        over = fr.amount(-made.left_cents, offer.view.currency)
        wrong[_last_payer(made)] = f"{over} de trop en tout\u00a0: diminuez un montant."
    return wrong


def _last_payer(made: Plan) -> int | None:
    ids = [row.line.invoice_id for row in made.rows if (row.cents or 0) > 0]
    return ids[-1] if ids else None


def decision(made: Plan, typed: Typed, versions: Mapping[int, int], seen: str) -> tuple[list[Choice], Rest]:
    """Turn an accepted form into what ``associate`` is asked; ``versions`` are those the person saw."""
    gap = typed.gap if typed.gap in made.gaps else Gap.NONE
    reason = gap.value if gap in SETTLING else None
    choices = [
        Choice(
            row.line.invoice_id,
            row.cents,
            write_off_reason=reason,
            settles=reason is not None,
            seen_version=versions.get(row.line.invoice_id, row.line.version),
        )
        for row in made.rows
    ]
    note = typed.note if gap != Gap.NONE else None
    return choices, Rest(gap.value if gap in CLOSING else None, seen, note)
