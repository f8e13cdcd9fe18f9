"""Every explanation worth weighing for one payment; *none of these* is added by the decision.

One generator per idea, from the clearest to the weakest. Together they are bounded: MAX_DRAFTS, and a flag when cut.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, combinations, groupby, islice

from matching.case import Case, by_due_date
from matching.model import Allocation, Invoice, InvoiceKind, Side
from matching.rarity import subset_count
from matching.references import Strength
from matching.settlements import Draft, Shape, is_fee_gap, settle, settle_loosely
from matching.sums import SUM_LIMIT, exact_sums

MAX_DRAFTS = 60
MAX_QUOTED_ALONE = 16
MAX_ANYWHERE = 8
MAX_CREDIT_NOTES = 30
MAX_DEVIATIONS = 8
MAX_STATEMENT = 40
MAX_SUM_CLIENTS = 3
_STATEMENT_MIN = 5


def drafts(case: Case) -> tuple[tuple[Draft, ...], bool]:
    """All hypotheses, each set of allocations once, without the dismissed ones; and whether a limit cut some off."""
    generators = CREDIT_IDEAS if case.payment.side is Side.CREDIT else DEBIT_IDEAS
    found = {
        (draft.allocations, draft.residual_cents): draft
        for generator in reversed(generators)
        for draft in generator(case)
        if not is_dismissed(case, draft)
    }
    ordered = sorted(found.values(), key=lambda draft: _rank(case, draft))
    return tuple(ordered[:MAX_DRAFTS]), len(ordered) > MAX_DRAFTS or len(
        case.quoted_open(Strength.UNPADDED)
    ) > MAX_QUOTED_ALONE


def is_dismissed(case: Case, draft: Draft) -> bool:
    """A refused invoice never comes back, alone or in company; a refused group never comes back as such."""
    invoices = frozenset(allocation.invoice_id for allocation in draft.allocations)
    refused = case.found.memory.dismissed.get(case.payment.id, frozenset())
    return any(one == invoices or (len(one) == 1 and one <= invoices) for one in refused)


def quoted_alone(case: Case) -> Iterator[Draft]:
    """Each clearly quoted invoice by itself, whatever the amount says."""
    for invoice in case.quoted_open(Strength.REPAIRED)[:MAX_QUOTED_ALONE]:
        yield from settle(case, invoice)
        yield from settle_loosely(case, invoice)


def quoted_weakly(case: Case) -> Iterator[Draft]:
    """A bare sequence or a typing error: only with the exact amount, or a named rule at the client who paid."""
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
    """Quoted invoices whose sum exceeds the payment by exactly one, two or three credit notes of the client."""
    for invoices in _quoted_sets(case):
        gap = sum(invoice.open_cents for invoice in invoices) - case.payment.amount_cents
        if gap > 0:
            yield from _less_credit_notes(case, invoices, gap)


def quoted_plus_one(case: Case) -> Iterator[Draft]:
    """Quoted invoices and one other of the same client that closes the gap exactly."""
    for invoices in _quoted_sets(case):
        gap = case.payment.amount_cents - sum(invoice.open_cents for invoice in invoices)
        others = [
            other
            for client_id in sorted({invoice.client_id for invoice in invoices})
            for other in case.open_of(client_id)
            if other.open_cents == gap and other not in invoices
        ]
        tried = sum(len(case.open_of(client_id)) for client_id in {invoice.client_id for invoice in invoices})
        for other in others[:MAX_DEVIATIONS]:
            yield _sum(case, (*invoices, other), solutions=len(others), choices=tried)


def client_exact(case: Case) -> Iterator[Draft]:
    """The exact amount at one of the clients the payer may be."""
    for client_id in case.payer.client_ids:
        exact = [one for one in case.open_of(client_id) if one.open_cents == case.payment.amount_cents]
        for invoice in exact[:MAX_ANYWHERE]:
            yield from settle(case, invoice)


def client_deviations(case: Case) -> Iterator[Draft]:
    """A named deviation at a client the payer may be: fee, rounding, discount, net of VAT, withholding, deposit."""
    for client_id in case.payer.client_ids:
        found = (draft for invoice in case.open_of(client_id) for draft in settle(case, invoice))
        yield from islice((draft for draft in found if draft.shape is not Shape.EXACT), MAX_DEVIATIONS)


def client_sums(case: Case) -> Iterator[Draft]:
    """Unquoted sums of two to four invoices inside the client who certainly paid, with the number of solutions."""
    for client_id in case.payer.client_ids[:MAX_SUM_CLIENTS]:
        invoices = case.open_of(client_id)
        if case.payer.may_be(client_id) and len(invoices) <= SUM_LIMIT:
            sums = exact_sums([one.open_cents for one in invoices], case.payment.amount_cents)
            for places in sums.kept:
                chosen = [invoices[place] for place in places]
                yield _sum(case, chosen, solutions=sums.count, choices=subset_count(len(invoices), sums.largest))


def client_statement(case: Case) -> Iterator[Draft]:
    """Everything open, everything due first, or one month's invoices of the client who certainly paid."""
    for client_id in case.payer.client_ids:
        if not case.payer.identifies(client_id):
            continue
        invoices = case.open_of(client_id)[:MAX_STATEMENT]
        for size, total in enumerate(accumulate(one.open_cents for one in invoices), start=1):
            if size >= _STATEMENT_MIN and total == case.payment.amount_cents:
                yield _sum(case, invoices[:size], choices=len(invoices))
        for _, month in groupby(sorted(invoices, key=_issue_month), key=_issue_month):
            of_month = list(month)
            if len(of_month) >= _STATEMENT_MIN and _total(of_month) == case.payment.amount_cents:
                yield _sum(case, of_month, choices=len(invoices))


def client_less_credit_notes(case: Case) -> Iterator[Draft]:
    """One unquoted invoice less one credit note, or everything open less every credit note, exactly."""
    for client_id in case.payer.client_ids:
        if not case.payer.identifies(client_id):
            continue
        invoices, notes = (
            case.open_of(client_id),
            case.open_of(client_id, InvoiceKind.CREDIT_NOTE)[:MAX_CREDIT_NOTES],
        )
        if (
            notes
            and _total(invoices) - _total(notes) == case.payment.amount_cents
            and len(invoices) <= MAX_STATEMENT
        ):
            yield _sum(case, invoices, notes=notes)
        closing = [
            (invoice, note)
            for invoice in invoices
            for note in notes
            if invoice.open_cents - note.open_cents == case.payment.amount_cents
        ]
        for invoice, note in closing[:MAX_DEVIATIONS]:
            tried = len(invoices) * len(notes)
            yield _sum(case, [invoice], notes=[note], solutions=len(closing), choices=tried)


def client_part(case: Case) -> Iterator[Draft]:
    """A part, or too much, when the client who certainly paid has one open invoice, or one already begun."""
    for client_id in case.payer.client_ids:
        if not case.payer.identifies(client_id):
            continue
        invoices = case.open_of(client_id)
        begun = [one for one in invoices if one.open_cents < one.total_cents]
        for invoice in invoices if len(invoices) == 1 else begun[:MAX_DEVIATIONS]:
            yield from settle_loosely(case, invoice)


def anywhere_exact(case: Case) -> Iterator[Draft]:
    """The exact amount at any client: those the payer pays for first, then the oldest due."""
    pays_for = {*case.payer.ibans, *case.payer.aliases, *case.payer.scores}
    same = (case.invoice(invoice_id) for invoice_id in case.found.same_amount)
    usable = sorted((one for one in same if case.usable(one)), key=lambda one: (one.client_id not in pays_for, by_due_date(one)))
    for invoice in usable[:MAX_ANYWHERE]:
        yield from settle(case, invoice)


def refunds(case: Case) -> Iterator[Draft]:
    """Money we sent back: an open credit note of exactly this amount, quoted or of the client it went to."""
    quoted = [case.invoice(one) for one in case.quoted]
    known = [
        one for client_id in case.payer.client_ids for one in case.open_of(client_id, InvoiceKind.CREDIT_NOTE)
    ]
    for note in dict.fromkeys([*quoted, *known]):
        is_note = note.kind is InvoiceKind.CREDIT_NOTE and case.usable(note)
        if is_note and note.open_cents == case.payment.amount_cents:
            yield Draft(
                allocations=(Allocation(note.id, -note.open_cents),),
                shape=Shape.EXACT,
                unquoted=0 if note.id in case.quoted else 1,
            )


Idea = Callable[[Case], Iterator[Draft]]
CREDIT_IDEAS: tuple[Idea, ...] = (
    quoted_alone,
    quoted_weakly,
    quoted_together,
    quoted_less_credit_notes,
    quoted_plus_one,
    client_exact,
    client_deviations,
    client_sums,
    client_statement,
    client_less_credit_notes,
    client_part,
    anywhere_exact,
)
DEBIT_IDEAS: tuple[Idea, ...] = (refunds,)


def _quoted_sets(case: Case) -> list[list[Invoice]]:
    """Each clearly quoted invoice, and all of them together."""
    clear = case.quoted_open(Strength.REPAIRED)
    alone = [[invoice] for invoice in clear[:MAX_QUOTED_ALONE]]
    return [*alone, clear] if len(clear) > 1 else alone


def _weak(case: Case, invoice: Invoice) -> Iterator[Draft]:
    is_payers = case.payer.identifies(invoice.client_id)
    for draft in settle(case, invoice):
        if is_payers or draft.shape is Shape.EXACT:
            yield draft
    if is_payers and case.quoted[invoice.id].strength is Strength.WEAK:
        yield from settle_loosely(case, invoice)


def _group(case: Case, invoices: Sequence[Invoice], *, is_clear: bool) -> Iterator[Draft]:
    gap = _total(invoices) - case.payment.amount_cents
    if gap == 0:
        yield _sum(case, invoices)
    elif not is_clear:
        return
    elif gap < 0 or is_fee_gap(gap, min(invoice.open_cents for invoice in invoices)):
        yield _sum(case, invoices, shape=Shape.FEE if gap > 0 else Shape.OVERPAID)
    else:
        yield from _filled_in_order(case, invoices)


def _filled_in_order(case: Case, invoices: Sequence[Invoice]) -> Iterator[Draft]:
    """Less than everything quoted: the oldest due are settled first, as the law says when the payer does not."""
    left = case.payment.amount_cents
    allocations = []
    for invoice in invoices:
        part = min(left, invoice.open_cents)
        if part:
            allocations.append(Allocation(invoice.id, part))
        left -= part
    if len(allocations) > 1:
        yield Draft(allocations=_ordered(allocations), shape=Shape.PARTIAL)


def _less_credit_notes(case: Case, invoices: Sequence[Invoice], gap: int) -> Iterator[Draft]:
    clients = sorted({invoice.client_id for invoice in invoices})
    known = [note for client_id in clients for note in case.open_of(client_id, InvoiceKind.CREDIT_NOTE)]
    quoted = [case.invoice(one) for one in sorted(case.quoted)]
    notes = list(
        dict.fromkeys(
            one for one in [*quoted, *known] if one.kind is InvoiceKind.CREDIT_NOTE and case.usable(one)
        )
    )
    sizes = (1, 2, 3) if len(notes) <= MAX_CREDIT_NOTES // 2 else (1, 2)
    closing = [
        some for size in sizes for some in combinations(notes[:MAX_CREDIT_NOTES], size) if _total(some) == gap
    ]
    for some in closing[:MAX_DEVIATIONS]:
        tried = 1 if all(one.id in case.quoted for one in some) else subset_count(len(notes), len(sizes)) + len(notes)
        yield _sum(case, invoices, notes=some, solutions=len(closing), choices=tried)


def _sum(
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
        allocations=_ordered(allocations),
        shape=shape,
        residual_cents=case.payment.amount_cents - sum(one.amount_cents for one in allocations),
        solutions=solutions,
        choices=choices,
        unquoted=sum(one.id not in case.quoted for one in (*invoices, *notes)),
    )


def _ordered(allocations: Sequence[Allocation]) -> tuple[Allocation, ...]:
    return tuple(sorted(allocations, key=lambda one: one.invoice_id))


def _total(invoices: Sequence[Invoice]) -> int:
    return sum(invoice.open_cents for invoice in invoices)


def _issue_month(invoice: Invoice) -> tuple[int, int]:
    day = invoice.issue_date or invoice.due_date
    return (day.year, day.month)


def _rank(case: Case, draft: Draft) -> tuple[object, ...]:
    """Order that no input order can change: fewest unquoted items, clearest shape, oldest due."""
    dues = tuple(by_due_date(case.invoice(one.invoice_id)) for one in draft.allocations)
    parts = tuple((one.invoice_id, one.amount_cents) for one in draft.allocations)
    return (
        draft.unquoted,
        list(Shape).index(draft.shape),
        len(parts),
        min(dues),
        parts,
        draft.residual_cents,
    )
