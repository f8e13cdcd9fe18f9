"""Put several invoices and credit notes together into one hypothesis."""

from collections.abc import Sequence

from matching.case import Case
from matching.model import Allocation, Invoice
from matching.settlements import Draft, Shape


def sum_of(
    case: Case,
    invoices: Sequence[Invoice],
    *,
    solutions: int = 1,
    choices: int = 1,
    notes: Sequence[Invoice] = (),
    shape: Shape = Shape.SUM,
) -> Draft:
    """Whole open amounts, less whole credit notes."""
    allocations = [Allocation(one.id, one.open_cents) for one in invoices]
    allocations += [Allocation(one.id, -one.open_cents) for one in notes]
    return Draft(
        allocations=in_order(allocations),
        shape=shape,
        residual_cents=case.payment.amount_cents - sum(one.amount_cents for one in allocations),
        solutions=solutions,
        choices=choices,
        unquoted=sum(one.id not in case.quoted for one in (*invoices, *notes)),
    )


def in_order(allocations: Sequence[Allocation]) -> tuple[Allocation, ...]:
    """By invoice, so that no input order shows."""
    return tuple(sorted(allocations, key=lambda one: one.invoice_id))


def total_of(invoices: Sequence[Invoice]) -> int:
    """Open cents of several."""
    return sum(invoice.open_cents for invoice in invoices)
