"""Explanations that start from who paid, or from the amount alone."""

from collections.abc import Iterator
from itertools import accumulate, groupby, islice

from matching.case import Case, by_due_date
from matching.explanations.rarity import subset_count
from matching.explanations.settlements import Draft, Shape, settle, settle_loosely, sum_of, total_of
from matching.explanations.sums import SUM_LIMIT, exact_sums
from matching.values import Allocation, Invoice, InvoiceKind

MAX_ANYWHERE = 8
MAX_CREDIT_NOTES = 30
MAX_DEVIATIONS = 8
MAX_STATEMENT = 40
MAX_SUM_CLIENTS = 3
MOST_OVERPAID = 2
_STATEMENT_MIN = 5


def client_exact(case: Case) -> Iterator[Draft]:
    """The exact amount at one of the clients the payer may be."""
    for client_id in case.payer.client_ids:
        exact = [one for one in case.open_of(client_id) if one.open_cents == case.payment.amount_cents]
        for invoice in exact[:MAX_ANYWHERE]:
            yield from settle(case, invoice)


def client_deviations(case: Case) -> Iterator[Draft]:
    """A difference that has a name (fee, discount, net of VAT...) at a client the payer may be."""
    for client_id in case.payer.client_ids:
        found = (draft for invoice in case.open_of(client_id) for draft in settle(case, invoice))
        yield from islice((draft for draft in found if draft.shape is not Shape.EXACT), MAX_DEVIATIONS)


def client_sums(case: Case) -> Iterator[Draft]:
    """Unquoted sums of two to four invoices of the client who paid, with the number of solutions."""
    for client_id in case.payer.client_ids[:MAX_SUM_CLIENTS]:
        invoices = case.open_of(client_id)
        if case.payer.may_be(client_id) and len(invoices) <= SUM_LIMIT:
            sums = exact_sums([one.open_cents for one in invoices], case.payment.amount_cents)
            for places in sums.kept:
                chosen = [invoices[place] for place in places]
                yield sum_of(
                    case, chosen, solutions=sums.count, choices=subset_count(len(invoices), sums.largest)
                )


def client_statement(case: Case) -> Iterator[Draft]:
    """Everything open, everything due first, or one month's invoices of the client who certainly paid."""
    for client_id in case.payer.client_ids:
        if not case.payer.identifies(client_id):
            continue
        invoices = case.open_of(client_id)[:MAX_STATEMENT]
        for size, total in enumerate(accumulate(one.open_cents for one in invoices), start=1):
            if size >= _STATEMENT_MIN and total == case.payment.amount_cents:
                yield sum_of(case, invoices[:size], choices=len(invoices))
        for _, month in groupby(sorted(invoices, key=_issue_month), key=_issue_month):
            of_month = list(month)
            if len(of_month) >= _STATEMENT_MIN and total_of(of_month) == case.payment.amount_cents:
                yield sum_of(case, of_month, choices=len(invoices))


def client_less_credit_notes(case: Case) -> Iterator[Draft]:
    """One unquoted invoice less one credit note, or everything open less every credit note, exactly."""
    for client_id in case.payer.client_ids:
        if not case.payer.identifies(client_id):
            continue
        invoices = case.open_of(client_id)
        notes = case.open_of(client_id, InvoiceKind.CREDIT_NOTE)[:MAX_CREDIT_NOTES]
        everything = total_of(invoices) - total_of(notes)
        if notes and everything == case.payment.amount_cents and len(invoices) <= MAX_STATEMENT:
            yield sum_of(case, invoices, notes=notes)
        closing = [
            (invoice, note)
            for invoice in invoices
            for note in notes
            if invoice.open_cents - note.open_cents == case.payment.amount_cents
        ]
        for invoice, note in closing[:MAX_DEVIATIONS]:
            tried = len(invoices) * len(notes)
            yield sum_of(case, [invoice], notes=[note], solutions=len(closing), choices=tried)


def client_part(case: Case) -> Iterator[Draft]:
    """A part, or up to twice too much, of the one open invoice of who certainly paid, or of one begun.

    Not where the amount has a name already: the invoice would compete with itself, until a second one opens.
    """
    for client_id in case.payer.client_ids:
        if not case.payer.identifies(client_id):
            continue
        invoices = case.open_of(client_id)
        begun = [one for one in invoices if one.open_cents < one.total_cents]
        likely = invoices if len(invoices) == 1 else begun
        near_enough = [one for one in likely if case.payment.amount_cents <= MOST_OVERPAID * one.open_cents]
        for invoice in near_enough[:MAX_DEVIATIONS]:
            if not any(settle(case, invoice)):
                yield from settle_loosely(case, invoice)


def anywhere_exact(case: Case) -> Iterator[Draft]:
    """The exact amount at any client: those the payer pays for first, then the oldest due."""
    pays_for = {*case.payer.ibans, *case.payer.aliases, *case.payer.scores}
    same = (case.invoice(invoice_id) for invoice_id in case.found.same_amount)
    usable = sorted(
        (one for one in same if case.usable(one)),
        key=lambda one: (one.client_id not in pays_for, by_due_date(one)),
    )
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


def _issue_month(invoice: Invoice) -> tuple[int, int]:
    day = invoice.issue_date or invoice.due_date
    return (day.year, day.month)
