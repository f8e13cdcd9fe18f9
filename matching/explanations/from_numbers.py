"""Explanations that start from the numbers in the text."""

from collections.abc import Iterator, Sequence
from itertools import combinations, islice

from matching.case import Case
from matching.explanations.rarity import subset_count
from matching.explanations.settlements import (
    Draft,
    Shape,
    in_order,
    is_fee_gap,
    settle,
    settle_loosely,
    sum_of,
    total_of,
)
from matching.reading.readings import Strength
from matching.values import Allocation, Invoice, InvoiceKind

MAX_QUOTED_ALONE = 16
MAX_CREDIT_NOTES = 30
MAX_CLOSING = 8
# What a stranger's bare sequence, or typing error, must explain to the cent.
ALLOWED = {Strength.WEAK: {Shape.EXACT, Shape.FEE}, Strength.NEAR: {Shape.EXACT}}


def quoted_alone(case: Case) -> Iterator[Draft]:
    """Each clearly quoted invoice by itself, whatever the amount says."""
    for invoice in case.quoted_open(Strength.REPAIRED)[:MAX_QUOTED_ALONE]:
        yield from settle(case, invoice)
        yield from settle_loosely(case, invoice)


def quoted_weakly(case: Case) -> Iterator[Draft]:
    """A bare sequence or a typing error: the amount has a name, or it is the client who paid."""
    weak = (one for one in case.quoted_open(Strength.NEAR) if case.quoted[one.id].strength <= Strength.WEAK)
    found = (draft for invoice in weak for draft in _weak(case, invoice))
    yield from islice(found, MAX_QUOTED_ALONE)


def quoted_together(case: Case) -> Iterator[Draft]:
    """All quoted invoices at once, and the clearly quoted ones at once."""
    for strength in (Strength.UNPADDED, Strength.REPAIRED, Strength.WEAK):
        invoices = case.quoted_open(strength)
        if len(invoices) > 1:
            yield from _group(case, invoices, is_clear=strength > Strength.WEAK)


def quoted_less_credit_notes(case: Case) -> Iterator[Draft]:
    """Quoted invoices whose sum is too large by exactly one to three of the client's credit notes."""
    for invoices in _quoted_sets(case):
        gap = sum(invoice.open_cents for invoice in invoices) - case.payment.amount_cents
        if gap > 0:
            yield from _less_credit_notes(case, invoices, gap)


def quoted_plus_one(case: Case) -> Iterator[Draft]:
    """Quoted invoices and one other of the same client that closes the gap exactly."""
    for invoices in _quoted_sets(case):
        gap = case.payment.amount_cents - sum(invoice.open_cents for invoice in invoices)
        clients = sorted({invoice.client_id for invoice in invoices})
        theirs = [other for client_id in clients for other in case.open_of(client_id)]
        others = [other for other in theirs if other.open_cents == gap and other not in invoices]
        # Two invoices of one amount are one chance to close the gap by accident, not two.
        tried = len({other.open_cents for other in theirs})
        for other in others[:MAX_CLOSING]:
            yield sum_of(case, (*invoices, other), solutions=len(others), choices=tried)


def _quoted_sets(case: Case) -> list[list[Invoice]]:
    """Each clearly quoted invoice, and all of them together."""
    clear = case.quoted_open(Strength.REPAIRED)
    alone = [[invoice] for invoice in clear[:MAX_QUOTED_ALONE]]
    return [*alone, clear] if len(clear) > 1 else alone


def _weak(case: Case, invoice: Invoice) -> Iterator[Draft]:
    is_payers = case.payer.identifies(invoice.client_id)
    strength = case.quoted[invoice.id].strength
    for draft in settle(case, invoice):
        if is_payers or draft.shape in ALLOWED[strength]:
            yield draft
    if is_payers and strength is Strength.WEAK:
        yield from settle_loosely(case, invoice)


def _group(case: Case, invoices: Sequence[Invoice], *, is_clear: bool) -> Iterator[Draft]:
    gap = total_of(invoices) - case.payment.amount_cents
    if gap == 0:
        yield sum_of(case, invoices)
    elif not is_clear:
        return
    elif gap < 0 or is_fee_gap(gap, min(invoice.open_cents for invoice in invoices)):
        yield sum_of(case, invoices, shape=Shape.FEE if gap > 0 else Shape.OVERPAID)
    else:
        yield from _filled_in_order(case, invoices)


def _filled_in_order(case: Case, invoices: Sequence[Invoice]) -> Iterator[Draft]:
    """Less than everything quoted: oldest due first (art. 1342-10 Code civil, when the payer is silent)."""
    left = case.payment.amount_cents
    allocations = []
    for invoice in invoices:
        part = min(left, invoice.open_cents)
        if part:
            allocations.append(Allocation(invoice.id, part))
        left -= part
    if len(allocations) > 1:
        yield Draft(allocations=in_order(allocations), shape=Shape.PARTIAL)


def _less_credit_notes(case: Case, invoices: Sequence[Invoice], gap: int) -> Iterator[Draft]:
    clients = sorted({invoice.client_id for invoice in invoices})
    known = [note for client_id in clients for note in case.open_of(client_id, InvoiceKind.CREDIT_NOTE)]
    quoted = [case.invoice(one) for one in sorted(case.quoted)]
    both = dict.fromkeys([*quoted, *known])
    notes = [one for one in both if one.kind is InvoiceKind.CREDIT_NOTE and case.usable(one)]
    sizes = (1, 2, 3) if len(notes) <= MAX_CREDIT_NOTES // 2 else (1, 2)
    closing = [
        some
        for size in sizes
        for some in combinations(notes[:MAX_CREDIT_NOTES], size)
        if total_of(some) == gap
    ]
    for some in closing[:MAX_CLOSING]:
        is_told = all(one.id in case.quoted for one in some)
        tried = 1 if is_told else subset_count(len(notes), len(sizes)) + len(notes)
        yield sum_of(case, invoices, notes=some, solutions=len(closing), choices=tried)
