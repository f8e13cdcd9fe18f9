"""How an amount can settle invoices: equal, different by a rule that has a name, or an exact sum of several.

A rule is an equality or a narrow one-sided band, never a percentage of tolerance (matching.md, section 2).
A rule that settles allocates the whole open amount and leaves a negative residual; a part allocates what
came. An equal amount proves as much as it is rare: round fees are common, cents at random are not.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from matching.case import Case
from matching.lookups import COUNT_LIMIT, Found
from matching.values import Allocation, Invoice, Payment, Residual

FEE_MIN_CENTS = 50
FEE_CAP_CENTS = 40_00
FEE_SHARE = 8
ROUNDING_CENTS = 2
GRACE_DAYS = 5
DEPOSIT_BASIS_POINTS = (3_000, 4_000, 5_000)
TOLD_DISCOUNT_BASIS_POINTS = (100, 150, 200, 250, 300, 500)
DISCOUNT_CUES = frozenset({"ESCOMPTE", "DISCOUNT", "SKONTO", "ESC"})
_WHOLE = 10_000

RARITY_LIMIT = 8.0
POPULAR = 3.0
PRIOR_INVOICES = 150
_SPREAD = 20_000_00
_STEPS = (100_00, 10_00, 1_00, 1)
_SHARES = ((1_000_00, 0.02), (100_00, 0.012), (10_00, 0.004), (1_00, 0.0015), (1, 0.0004))

SUM_LIMIT = 120
FOUR_LIMIT = 60
SUMS_KEPT = 3
Combination = tuple[int, ...]


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
        yield sum_of(case, [invoice], shape=Shape.EXACT)
        return
    for shape, rule in SETTLING_RULES:
        if rule(case, invoice):
            yield sum_of(case, [invoice], shape=shape)
    if is_deposit(case, invoice):
        yield _part(case, invoice, Shape.DEPOSIT)


def settle_loosely(case: Case, invoice: Invoice) -> Iterator[Draft]:
    """Part payment or overpayment: only for an invoice that the text or the payer points at."""
    if case.payment.amount_cents < invoice.open_cents and not is_deposit(case, invoice):
        yield _part(case, invoice, Shape.PARTIAL)
    elif case.payment.amount_cents > invoice.open_cents + ROUNDING_CENTS:
        yield sum_of(case, [invoice], shape=Shape.OVERPAID)


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
    terms = invoice.discount
    if terms and invoice.issue_date:
        last_day = invoice.issue_date + timedelta(days=terms.within_days + GRACE_DAYS)
        if case.payment.settled_on <= last_day and _is_reduced(case, invoice, terms.basis_points):
            return True
    return bool(case.words & DISCOUNT_CUES) and _is_reduced(case, invoice, *TOLD_DISCOUNT_BASIS_POINTS)


def is_net_of_vat(case: Case, invoice: Invoice) -> bool:
    """Paid without VAT: reverse charge abroad, or by mistake."""
    is_net = invoice.net_cents == case.payment.amount_cents < invoice.open_cents
    return is_net and invoice.open_cents == invoice.total_cents


def is_withheld(case: Case, invoice: Invoice) -> bool:
    """Tax kept at source, at a rate configured for this client."""
    client = case.found.clients.get(invoice.client_id)
    return client is not None and _is_reduced(case, invoice, *client.withholding_basis_points)


def is_deposit(case: Case, invoice: Invoice) -> bool:
    """30, 40 or 50 % of an invoice nothing was paid on yet."""
    return _is_reduced(case, invoice, *(_WHOLE - rate for rate in DEPOSIT_BASIS_POINTS))


SETTLING_RULES: tuple[tuple[Shape, Callable[[Case, Invoice], bool]], ...] = (
    (Shape.ROUNDING, is_rounding),
    (Shape.DISCOUNT, is_discount),
    (Shape.NET_OF_VAT, is_net_of_vat),
    (Shape.WITHHOLDING, is_withheld),
    (Shape.FEE, is_fee),
)


def _is_reduced(case: Case, invoice: Invoice, *basis_points: int) -> bool:
    """Nothing was paid yet, and the amount is the total less one of the rates, either way of rounding."""
    amount = case.payment.amount_cents * _WHOLE
    return invoice.open_cents == invoice.total_cents and any(
        abs(amount - invoice.total_cents * (_WHOLE - rate)) < _WHOLE for rate in basis_points
    )


def _part(case: Case, invoice: Invoice, shape: Shape) -> Draft:
    return Draft(
        allocations=(Allocation(invoice.id, case.payment.amount_cents),),
        shape=shape,
        unquoted=int(invoice.id not in case.quoted),
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
    """Whole open amounts, less whole credit notes, by invoice so that no input order shows."""
    allocations = [Allocation(invoice.id, invoice.open_cents) for invoice in invoices]
    allocations += [Allocation(note.id, -note.open_cents) for note in notes]
    return Draft(
        allocations=in_order(allocations),
        shape=shape,
        residual_cents=case.payment.amount_cents - sum(part.amount_cents for part in allocations),
        solutions=solutions,
        choices=choices,
        unquoted=sum(item.id not in case.quoted for item in (*invoices, *notes)),
    )


def in_order(allocations: Sequence[Allocation]) -> tuple[Allocation, ...]:
    """By invoice, so that no input order shows."""
    return tuple(sorted(allocations, key=lambda allocation: allocation.invoice_id))


def total_of(invoices: Sequence[Invoice]) -> int:
    """Open cents of several."""
    return sum(invoice.open_cents for invoice in invoices)


def rarity(payment: Payment, found: Found) -> float:
    """Log of (open invoices / open invoices of this amount), smoothed by how round the amount is.

    An amount counted up to the limit of the look-up is so popular that its exact count no longer matters.
    """
    if found.same_amount_count >= COUNT_LIMIT:
        return POPULAR
    # The share of invoices expected to bear exactly this amount, before counting any.
    share = next(share for unit, share in _SHARES if payment.amount_cents % unit == 0)
    equals = max(found.same_amount_count, 1) + PRIOR_INVOICES * share
    return max(0.0, min(math.log((found.open_count + PRIOR_INVOICES) / equals), RARITY_LIMIT))


def sum_rarity(cents: int, choices: int) -> float:
    """Log of one over the chance that one of so many sums hits this amount by accident.

    Sums spread over some 20 000 euros, in steps as coarse as the amount is round.
    """
    step = next(unit for unit in _STEPS if cents % unit == 0)
    return max(0.0, min(math.log(_SPREAD / step) - math.log(max(choices, 1)), RARITY_LIMIT))


def subset_count(size: int, largest: int = 4) -> int:
    """How many groups of two to ``largest`` can be made of so many invoices."""
    return sum(math.comb(size, count) for count in range(2, largest + 1))


@dataclass(frozen=True, slots=True)
class Sums:
    """How many combinations reach the target, and a few of them (as positions), smallest and oldest first."""

    count: int
    kept: tuple[Combination, ...]
    largest: int


def exact_sums(amounts: Sequence[int], target: int) -> Sums:
    """Combinations of 2 to 4 amounts that make the target to the cent; of 2 or 3 above FOUR_LIMIT amounts.

    One pass per amount ``k``, in order: every pair (i, j) below k is already in a table by its sum, so
    triples and quadruples that contain k as a late element are one look-up each. Time and memory are
    quadratic.
    """
    usable = [(place, amount) for place, amount in enumerate(amounts[:SUM_LIMIT]) if amount < target]
    largest = 4 if len(usable) <= FOUR_LIMIT else 3
    singles: dict[int, list[int]] = defaultdict(list)
    pairs: dict[int, list[Combination]] = defaultdict(list)
    pair_counts: dict[int, int] = defaultdict(int)
    sums: list[Combination] = []
    count = 0
    for index, (place, amount) in enumerate(usable):
        rest = target - amount
        alone = singles.get(rest, [])
        count += len(alone) + pair_counts.get(rest, 0)
        sums += [(single, place) for single in alone] + [(*pair, place) for pair in pairs.get(rest, ())]
        for later_place, later in usable[index + 1 :] if largest > 3 else ():  # noqa: PLR2004 - quadruples
            more = pair_counts.get(rest - later)
            if more:
                count += more
                sums += [(*pair, place, later_place) for pair in pairs[rest - later]]
        for earlier_place, earlier in usable[:index]:
            both = earlier + amount
            pair_counts[both] += 1
            if len(pairs[both]) < SUMS_KEPT:
                pairs[both].append((earlier_place, place))
        singles[amount].append(place)
        sums = _best(sums) if len(sums) > SUMS_KEPT else sums
    return Sums(count, tuple(_best(sums)), largest)


def _best(sums: list[Combination]) -> list[Combination]:
    return sorted(sums, key=lambda places: (len(places), places))[:SUMS_KEPT]
