"""Every explanation worth weighing for one payment; *none of these* is added by the decision.

One generator per idea, from the clearest to the weakest: numbers in the text, then who paid, then the amount
alone. Together they are bounded: MAX_DRAFTS, and a flag when cut.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, combinations, groupby, islice

from matching.case import Case, by_due_date
from matching.explanations.settlements import (
    SUM_LIMIT,
    Draft,
    Shape,
    exact_sums,
    in_order,
    is_fee_gap,
    settle,
    settle_loosely,
    subset_count,
    sum_of,
    total_of,
)
from matching.reading.readings import Strength
from matching.values import Allocation, ClientId, Invoice, InvoiceKind, Side

MAX_DRAFTS = 60
MAX_QUOTED_ALONE = 16
MAX_CREDIT_NOTES = 30
MAX_CLOSING = 8
MAX_ANYWHERE = 8
MAX_DEVIATIONS = 8
MAX_STATEMENT = 40
MAX_SUM_CLIENTS = 3
MOST_OVERPAID = 2
_STATEMENT_MIN = 5
# What a stranger's bare sequence, or typing error, must explain to the cent.
ALLOWED = {Strength.WEAK: {Shape.EXACT, Shape.FEE}, Strength.NEAR: {Shape.EXACT}}


def drafts(case: Case) -> tuple[tuple[Draft, ...], bool]:
    """All hypotheses but the dismissed ones, each once, by its clearest idea; and whether a limit was hit."""
    ideas = CREDIT_IDEAS if case.payment.side is Side.CREDIT else DEBIT_IDEAS
    kept: dict[object, Draft] = {}
    for draft in (draft for idea in ideas for draft in idea(case)):
        if not is_dismissed(case, draft):
            kept.setdefault((draft.allocations, draft.residual_cents), draft)
    ordered = sorted(kept.values(), key=lambda draft: _rank(case, draft))
    too_many_quoted = len(case.quoted_open(Strength.UNPADDED)) > MAX_QUOTED_ALONE
    return tuple(ordered[:MAX_DRAFTS]), too_many_quoted or len(ordered) > MAX_DRAFTS


def is_dismissed(case: Case, draft: Draft) -> bool:
    """A refused invoice never comes back, alone or in company; a refused group never comes back as such."""
    invoices = frozenset(allocation.invoice_id for allocation in draft.allocations)
    dismissed = case.found.memory.dismissed.get(case.payment.id, frozenset())
    return any(refused == invoices or (len(refused) == 1 and refused <= invoices) for refused in dismissed)


def _rank(case: Case, draft: Draft) -> tuple[object, ...]:
    """Order that no input order can change: fewest unquoted items, clearest shape, oldest due."""
    oldest = min(by_due_date(case.invoice(part.invoice_id)) for part in draft.allocations)
    parts = tuple((part.invoice_id, part.amount_cents) for part in draft.allocations)
    shape = list(Shape).index(draft.shape)
    return (draft.unquoted, shape, len(parts), oldest, parts, draft.residual_cents)


def quoted_alone(case: Case) -> Iterator[Draft]:
    """Each clearly quoted invoice by itself, whatever the amount says."""
    for invoice in case.quoted_open(Strength.REPAIRED)[:MAX_QUOTED_ALONE]:
        yield from settle(case, invoice)
        yield from settle_loosely(case, invoice)


def quoted_weakly(case: Case) -> Iterator[Draft]:
    """A bare sequence or a typing error: the amount has a name, or it is the client who paid."""

    def explained() -> Iterator[Draft]:
        for invoice in case.quoted_open(Strength.NEAR):
            strength = case.quoted[invoice.id].strength
            if strength > Strength.WEAK:
                continue
            is_payers = case.payer.identifies(invoice.client_id)
            for draft in settle(case, invoice):
                if is_payers or draft.shape in ALLOWED[strength]:
                    yield draft
            if is_payers and strength is Strength.WEAK:
                yield from settle_loosely(case, invoice)

    yield from islice(explained(), MAX_QUOTED_ALONE)


def quoted_together(case: Case) -> Iterator[Draft]:
    """All quoted invoices at once, and the clearly quoted ones at once."""
    for strength in (Strength.UNPADDED, Strength.REPAIRED, Strength.WEAK):
        invoices = case.quoted_open(strength)
        gap = total_of(invoices) - case.payment.amount_cents
        if len(invoices) < 2:  # noqa: PLR2004 - one alone is no group
            continue
        if gap == 0:
            yield sum_of(case, invoices)
        elif strength == Strength.WEAK:
            continue
        elif gap < 0 or is_fee_gap(gap, min(invoice.open_cents for invoice in invoices)):
            yield sum_of(case, invoices, shape=Shape.FEE if gap > 0 else Shape.OVERPAID)
        else:
            yield from _filled_in_order(case, invoices)


def quoted_less_credit_notes(case: Case) -> Iterator[Draft]:
    """Quoted invoices whose sum is too large by exactly one to three of the client's credit notes."""
    for invoices in _quoted_sets(case):
        gap = total_of(invoices) - case.payment.amount_cents
        if gap > 0:
            yield from _less_credit_notes(case, invoices, gap)


def quoted_plus_one(case: Case) -> Iterator[Draft]:
    """Quoted invoices and one other of the same client that closes the gap exactly."""
    for invoices in _quoted_sets(case):
        gap = case.payment.amount_cents - total_of(invoices)
        theirs = [other for client_id in _clients_of(invoices) for other in case.open_of(client_id)]
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


def _clients_of(invoices: Iterable[Invoice]) -> list[ClientId]:
    return sorted({invoice.client_id for invoice in invoices})


def _credit_notes_of(case: Case, client_ids: Iterable[ClientId]) -> list[Invoice]:
    return [note for client in client_ids for note in case.open_of(client, InvoiceKind.CREDIT_NOTE)]


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
    quoted = [case.invoice(invoice_id) for invoice_id in sorted(case.quoted)]
    known = _credit_notes_of(case, _clients_of(invoices))
    notes = [
        note
        for note in dict.fromkeys([*quoted, *known])
        if note.kind is InvoiceKind.CREDIT_NOTE and case.usable(note)
    ]
    sizes = (1, 2, 3) if len(notes) <= MAX_CREDIT_NOTES // 2 else (1, 2)
    groups = (group for size in sizes for group in combinations(notes[:MAX_CREDIT_NOTES], size))
    closing = [group for group in groups if total_of(group) == gap]
    for group in closing[:MAX_CLOSING]:
        is_told = all(note.id in case.quoted for note in group)
        tried = 1 if is_told else subset_count(len(notes), len(sizes)) + len(notes)
        yield sum_of(case, invoices, notes=group, solutions=len(closing), choices=tried)


def client_exact(case: Case) -> Iterator[Draft]:
    """The exact amount at one of the clients the payer may be."""
    for client_id in case.payer.client_ids:
        exact = (due for due in case.open_of(client_id) if due.open_cents == case.payment.amount_cents)
        for invoice in islice(exact, MAX_ANYWHERE):
            yield from settle(case, invoice)


def client_deviations(case: Case) -> Iterator[Draft]:
    """A difference that has a name (fee, discount, net of VAT...) at a client the payer may be."""
    for client_id in case.payer.client_ids:
        named = (draft for invoice in case.open_of(client_id) for draft in settle(case, invoice))
        yield from islice((draft for draft in named if draft.shape is not Shape.EXACT), MAX_DEVIATIONS)


def client_sums(case: Case) -> Iterator[Draft]:
    """Unquoted sums of two to four invoices of the client who paid, with the number of solutions."""
    for client_id in case.payer.client_ids[:MAX_SUM_CLIENTS]:
        invoices = case.open_of(client_id)
        if case.payer.may_be(client_id) and len(invoices) <= SUM_LIMIT:
            sums = exact_sums([invoice.open_cents for invoice in invoices], case.payment.amount_cents)
            tried = subset_count(len(invoices), sums.largest)
            for places in sums.kept:
                chosen = [invoices[place] for place in places]
                yield sum_of(case, chosen, solutions=sums.count, choices=tried)


def _identified(case: Case) -> Iterator[list[Invoice]]:
    """What is open at the client who certainly paid, for each that this may be."""
    for client_id in filter(case.payer.identifies, case.payer.client_ids):
        yield case.open_of(client_id)


def client_statement(case: Case) -> Iterator[Draft]:
    """Everything open, everything due first, or one month's invoices of the client who certainly paid."""
    for everything in _identified(case):
        invoices = everything[:MAX_STATEMENT]
        for size, total in enumerate(accumulate(invoice.open_cents for invoice in invoices), start=1):
            if size >= _STATEMENT_MIN and total == case.payment.amount_cents:
                yield sum_of(case, invoices[:size], choices=len(invoices))
        for _, month in groupby(sorted(invoices, key=_issue_month), key=_issue_month):
            of_month = list(month)
            if len(of_month) >= _STATEMENT_MIN and total_of(of_month) == case.payment.amount_cents:
                yield sum_of(case, of_month, choices=len(invoices))


def client_less_credit_notes(case: Case) -> Iterator[Draft]:
    """One unquoted invoice less one credit note, or everything open less every credit note, exactly."""
    amount = case.payment.amount_cents
    for client_id in filter(case.payer.identifies, case.payer.client_ids):
        invoices = case.open_of(client_id)
        notes = case.open_of(client_id, InvoiceKind.CREDIT_NOTE)[:MAX_CREDIT_NOTES]
        everything = total_of(invoices) - total_of(notes)
        if notes and everything == amount and len(invoices) <= MAX_STATEMENT:
            yield sum_of(case, invoices, notes=notes)
        pairs = [(invoice, note) for invoice in invoices for note in notes]
        closing = [pair for pair in pairs if pair[0].open_cents - pair[1].open_cents == amount]
        for invoice, note in closing[:MAX_DEVIATIONS]:
            yield sum_of(case, [invoice], notes=[note], solutions=len(closing), choices=len(pairs))


def client_part(case: Case) -> Iterator[Draft]:
    """A part, or up to twice too much, of the one open invoice of who certainly paid, or of one begun.

    Not where the amount has a name already: the invoice would compete with itself, until a second one opens.
    """
    for invoices in _identified(case):
        begun = [invoice for invoice in invoices if invoice.open_cents < invoice.total_cents]
        likely = invoices if len(invoices) == 1 else begun
        near_enough = [due for due in likely if case.payment.amount_cents <= MOST_OVERPAID * due.open_cents]
        for invoice in near_enough[:MAX_DEVIATIONS]:
            if not any(settle(case, invoice)):
                yield from settle_loosely(case, invoice)


def anywhere_exact(case: Case) -> Iterator[Draft]:
    """The exact amount at any client: those the payer pays for first, then the oldest due."""
    pays_for = {*case.payer.ibans, *case.payer.aliases, *case.payer.scores}
    same = (case.invoice(invoice_id) for invoice_id in case.found.same_amount)
    usable = sorted(
        (invoice for invoice in same if case.usable(invoice)),
        key=lambda invoice: (invoice.client_id not in pays_for, by_due_date(invoice)),
    )
    for invoice in usable[:MAX_ANYWHERE]:
        yield from settle(case, invoice)


def refunds(case: Case) -> Iterator[Draft]:
    """Money we sent back: an open credit note of exactly this amount, quoted or of the client it went to."""
    quoted = [case.invoice(invoice_id) for invoice_id in case.quoted]
    known = _credit_notes_of(case, case.payer.client_ids)
    for note in dict.fromkeys([*quoted, *known]):
        is_note = note.kind is InvoiceKind.CREDIT_NOTE and case.usable(note)
        if is_note and note.open_cents == case.payment.amount_cents:
            yield Draft(
                allocations=(Allocation(note.id, -note.open_cents),),
                shape=Shape.EXACT,
                unquoted=int(note.id not in case.quoted),
            )


def _issue_month(invoice: Invoice) -> tuple[int, int]:
    day = invoice.issue_date or invoice.due_date
    return (day.year, day.month)


Idea = Callable[[Case], Iterator[Draft]]
CREDIT_IDEAS: tuple[Idea, ...] = (
    quoted_alone, quoted_weakly, quoted_together, quoted_less_credit_notes, quoted_plus_one,
    client_exact, client_deviations, client_sums, client_statement, client_less_credit_notes, client_part,
    anywhere_exact,
)  # fmt: skip
DEBIT_IDEAS: tuple[Idea, ...] = (refunds,)
