"""How one amount can settle one invoice: equal, or different by a rule that has a name.

A rule is an equality or a narrow one-sided band, never a percentage of tolerance (matching.md, section 2).
A rule that settles allocates the whole open amount and leaves a negative residual; a part allocates what
came.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from matching.case import Case
from matching.values import Allocation, Invoice, Residual

FEE_MIN_CENTS = 50
FEE_CAP_CENTS = 40_00
FEE_SHARE = 8
ROUNDING_CENTS = 2
GRACE_DAYS = 5
DEPOSIT_BASIS_POINTS = (3_000, 4_000, 5_000)
TOLD_DISCOUNT_BASIS_POINTS = (100, 150, 200, 250, 300, 500)
DISCOUNT_CUES = frozenset({"ESCOMPTE", "DISCOUNT", "SKONTO", "ESC"})
_WHOLE = 10_000


class Shape(StrEnum):
    """How the amount is explained; each value is also the code of its evidence."""

    EXACT = "amount_exact"
    SUM = "amount_sum"
    FEE = "amount_fee"
    ROUNDING = "amount_rounding"
    DISCOUNT = "amount_discount"
    NET_OF_VAT = "amount_net"
    WITHHOLDING = "amount_withholding"
    DEPOSIT = "amount_deposit"
    PARTIAL = "amount_partial"
    OVERPAID = "amount_over"


SETTLING = {
    Shape.FEE: Residual.FEE,
    Shape.ROUNDING: Residual.ROUNDING,
    Shape.DISCOUNT: Residual.DISCOUNT,
    Shape.NET_OF_VAT: Residual.NET_OF_VAT,
    Shape.WITHHOLDING: Residual.WITHHOLDING,
    Shape.OVERPAID: Residual.OVERPAYMENT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A hypothesis before it is weighed.

    ``choices``: among how many sums it was looked for; ``solutions``: how many of them were exact;
    ``unquoted``: items nobody named.
    """

    allocations: tuple[Allocation, ...]
    shape: Shape
    residual_cents: int = 0
    solutions: int = 1
    choices: int = 1
    unquoted: int = 0

    @property
    def residual_reason(self) -> Residual | None:
        """Why something is left over, when something is."""
        return SETTLING.get(self.shape) if self.residual_cents else None


def settle(case: Case, invoice: Invoice) -> Iterator[Draft]:
    """Every named way this payment could concern this one invoice, equality first."""
    if invoice.open_cents == case.payment.amount_cents:
        yield _whole(case, invoice, Shape.EXACT)
        return
    for shape, rule in SETTLING_RULES:
        if rule(case, invoice):
            yield _whole(case, invoice, shape)
    if is_deposit(case, invoice):
        yield _part(case, invoice, Shape.DEPOSIT)


def settle_loosely(case: Case, invoice: Invoice) -> Iterator[Draft]:
    """Part payment or overpayment: only for an invoice that the text or the payer points at."""
    if case.payment.amount_cents < invoice.open_cents and not is_deposit(case, invoice):
        yield _part(case, invoice, Shape.PARTIAL)
    elif case.payment.amount_cents > invoice.open_cents + ROUNDING_CENTS:
        yield _whole(case, invoice, Shape.OVERPAID)


def is_fee(case: Case, invoice: Invoice) -> bool:
    """A bank took a few euros on the way: one-sided, capped, small beside the invoice."""
    return is_fee_gap(invoice.open_cents - case.payment.amount_cents, invoice.open_cents)


def is_fee_gap(gap_cents: int, open_cents: int) -> bool:
    """Is a missing amount what a bank may have deducted?"""
    return FEE_MIN_CENTS <= gap_cents <= FEE_CAP_CENTS and gap_cents * FEE_SHARE <= open_cents


def is_rounding(case: Case, invoice: Invoice) -> bool:
    """One or two cents, either way."""
    return 0 < abs(invoice.open_cents - case.payment.amount_cents) <= ROUNDING_CENTS


def is_discount(case: Case, invoice: Invoice) -> bool:
    """The early-payment discount of the invoice's own terms, in time; or a usual one that the payer names."""
    if invoice.open_cents != invoice.total_cents:
        return False
    terms = invoice.discount
    if terms and invoice.issue_date:
        last_day = invoice.issue_date + timedelta(days=terms.within_days + GRACE_DAYS)
        if case.payment.settled_on <= last_day and _is_reduced(case, invoice, terms.basis_points):
            return True
    is_told = bool(case.words & DISCOUNT_CUES)
    return is_told and any(_is_reduced(case, invoice, points) for points in TOLD_DISCOUNT_BASIS_POINTS)


def is_net_of_vat(case: Case, invoice: Invoice) -> bool:
    """Paid without VAT: reverse charge abroad, or by mistake."""
    is_whole = invoice.open_cents == invoice.total_cents
    return (
        is_whole and invoice.net_cents == case.payment.amount_cents and invoice.net_cents < invoice.open_cents
    )


def is_withheld(case: Case, invoice: Invoice) -> bool:
    """Tax kept at source, at a rate configured for this client."""
    client = case.found.clients.get(invoice.client_id)
    rates = client.withholding_basis_points if client else ()
    return invoice.open_cents == invoice.total_cents and any(
        _is_reduced(case, invoice, rate) for rate in rates
    )


def is_deposit(case: Case, invoice: Invoice) -> bool:
    """30, 40 or 50 % of an invoice nothing was paid on yet."""
    if invoice.open_cents != invoice.total_cents:
        return False
    return any(_is_reduced(case, invoice, _WHOLE - rate) for rate in DEPOSIT_BASIS_POINTS)


SETTLING_RULES: tuple[tuple[Shape, Callable[[Case, Invoice], bool]], ...] = (
    (Shape.ROUNDING, is_rounding),
    (Shape.DISCOUNT, is_discount),
    (Shape.NET_OF_VAT, is_net_of_vat),
    (Shape.WITHHOLDING, is_withheld),
    (Shape.FEE, is_fee),
)


def _is_reduced(case: Case, invoice: Invoice, basis_points: int) -> bool:
    """Equal to the total less a rate, whichever way the half cent was rounded."""
    exact = invoice.total_cents * (_WHOLE - basis_points)
    return abs(case.payment.amount_cents * _WHOLE - exact) < _WHOLE


def _whole(case: Case, invoice: Invoice, shape: Shape) -> Draft:
    return Draft(
        allocations=(Allocation(invoice.id, invoice.open_cents),),
        shape=shape,
        residual_cents=case.payment.amount_cents - invoice.open_cents,
        unquoted=0 if invoice.id in case.quoted else 1,
    )


def _part(case: Case, invoice: Invoice, shape: Shape) -> Draft:
    return Draft(
        allocations=(Allocation(invoice.id, case.payment.amount_cents),),
        shape=shape,
        unquoted=0 if invoice.id in case.quoted else 1,
    )


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
