"""One payment with everything read and found about it, computed once and handed to every rule."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from matching.lookups import Found
from matching.payers.names import name_words
from matching.payers.recognition import PayerView, payer_of
from matching.quotes import Quote, quotes
from matching.reading.cues import PARTIAL_CUES, RETURN_CUES
from matching.reading.readings import Parsed, Strength
from matching.reading.references import read
from matching.values import ClientId, Invoice, InvoiceId, InvoiceKind, InvoiceStatus, Payment


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The facts of one payment. ``words`` are those of the text; ``quoted`` keeps the best quote per invoice.

    ``equals`` counts open invoices per client, kind and amount, among those found.
    """

    payment: Payment
    found: Found
    parsed: Parsed
    payer: PayerView
    quotes: tuple[Quote, ...]
    quoted: dict[InvoiceId, Quote]
    words: frozenset[str]
    settled_quotes: tuple[Invoice, ...]
    unknown_number: str | None
    duplicate_of: Invoice | None
    open_by_client: dict[tuple[ClientId, InvoiceKind], list[Invoice]]
    equals: Counter[tuple[ClientId, InvoiceKind, int]]

    def usable(self, invoice: Invoice) -> bool:
        """Open, and in the payment's currency: the only invoices a hypothesis may touch."""
        return is_usable(self.payment, invoice)

    def invoice(self, invoice_id: InvoiceId) -> Invoice:
        """One of the invoices found."""
        return self.found.invoices[invoice_id]

    def open_of(self, client_id: ClientId, kind: InvoiceKind = InvoiceKind.INVOICE) -> list[Invoice]:
        """What is open at a client in this currency, as far as it was fetched, oldest due first."""
        return self.open_by_client.get((client_id, kind), [])

    def quoted_open(self, at_least: Strength) -> list[Invoice]:
        """Open invoices quoted at least so clearly, oldest due first."""
        found = [self.invoice(quote.invoice_id) for quote in self.quotes if quote.strength >= at_least]
        usable = (one for one in found if self.usable(one) and one.kind is InvoiceKind.INVOICE)
        return sorted(dict.fromkeys(usable), key=by_due_date)

    @property
    def says_return(self) -> bool:
        """The text or the operation says that money comes back."""
        return bool(self.words & RETURN_CUES)

    @property
    def says_partial(self) -> bool:
        """The payer says that this is a deposit or a part."""
        return bool(self.words & PARTIAL_CUES)


def is_usable(payment: Payment, invoice: Invoice) -> bool:
    """Open, and in the payment's currency."""
    return invoice.is_open and invoice.currency == payment.currency


def by_due_date(invoice: Invoice) -> tuple[object, ...]:
    """Oldest due first, then by number and id, so that no input order shows."""
    return (invoice.due_date, invoice.number, invoice.id)


def build_case(payment: Payment, found: Found) -> Case:
    """Read the text, find the payer, meet both with what was found."""
    parsed = read(payment.text)
    payer = payer_of(payment, found)
    seen = quotes(parsed, found, payment, payer)
    usable = [one for one in found.invoices.values() if is_usable(payment, one)]
    settled = _settled_quotes(seen, found)
    return Case(
        payment=payment,
        found=found,
        parsed=parsed,
        payer=payer,
        quotes=seen,
        quoted={quote.invoice_id: quote for quote in seen},
        words=frozenset(name_words(payment.text)) | frozenset(name_words(payment.operation_type or "")),
        settled_quotes=settled,
        unknown_number=_unknown_number(parsed, seen),
        duplicate_of=_duplicate_of(payment, found, settled),
        open_by_client=_open_by_client(usable, found),
        equals=Counter((one.client_id, one.kind, one.open_cents) for one in usable),
    )


def _open_by_client(usable: list[Invoice], found: Found) -> dict[tuple[ClientId, InvoiceKind], list[Invoice]]:
    listed = {one for group in found.client_open.values() for one in group.invoice_ids}
    groups: dict[tuple[ClientId, InvoiceKind], list[Invoice]] = defaultdict(list)
    for invoice in sorted((one for one in usable if one.id in listed), key=by_due_date):
        groups[invoice.client_id, invoice.kind].append(invoice)
    return dict(groups)


def _settled_quotes(seen: tuple[Quote, ...], found: Found) -> tuple[Invoice, ...]:
    """Clearly quoted invoices that are paid or cancelled: a second payment, or a wrong number."""
    open_spans = {(quote.start, quote.end) for quote in seen if found.invoices[quote.invoice_id].is_open}
    clear = [
        found.invoices[quote.invoice_id]
        for quote in seen
        if quote.strength >= Strength.REPAIRED and (quote.start, quote.end) not in open_spans
    ]
    return tuple(sorted({one.id: one for one in clear if not one.is_open}.values(), key=by_due_date))


def _unknown_number(parsed: Parsed, seen: tuple[Quote, ...]) -> str | None:
    """A whole number that looks like an invoice's and is none of ours: its invoice may be missing."""
    taken = [(quote.start, quote.end) for quote in seen if quote.strength > Strength.NEAR]
    free = [
        (one.end - one.start, -one.start)
        for one in parsed.readings
        if one.looks_like_invoice and not any(one.start < end and start < one.end for start, end in taken)
    ]
    length, start = max(free, default=(0, 0))
    return parsed.folded[-start : length - start] or None


def _duplicate_of(payment: Payment, found: Found, settled: tuple[Invoice, ...]) -> Invoice | None:
    """The paid invoice this payment seems to pay again: quoted with its amount, or paid so before."""
    quoted = [
        one for one in settled if one.status is InvoiceStatus.PAID and one.total_cents == payment.amount_cents
    ]
    if quoted:
        return quoted[0]
    for earlier in found.past:
        paid = [
            found.invoices[one.invoice_id] for one in earlier.allocations if one.invoice_id in found.invoices
        ]
        if paid and any(one in settled for one in paid):
            return paid[0]
    return None
