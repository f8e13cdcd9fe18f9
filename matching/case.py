"""One payment with everything read and found about it, computed once and handed to every rule.

First which invoices the text quotes: readings met with look-up hits, the longer and stronger span winning.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from matching.lookups import Found
from matching.payers.recognition import PayerView, name_words, payer_of
from matching.reading.cues import PARTIAL_CUES, RETURN_CUES
from matching.reading.readings import DIGITS_KINDS, Parsed, Reading, Strength
from matching.reading.references import read
from matching.values import ClientId, Invoice, InvoiceId, InvoiceKind, InvoiceStatus, Payment

MAX_QUOTES = 60
NEAR_TRIES = 2
_NEAR_MAX_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Quote:
    """One invoice quoted at one place.

    ``near_count``: invoices within one edit, when only an edit explains it.
    """

    invoice_id: InvoiceId
    strength: Strength
    start: int
    end: int
    near_count: int = 0


def quotes(parsed: Parsed, found: Found, payment: Payment, payer: PayerView) -> tuple[Quote, ...]:
    """Every invoice quoted, whatever its status, in text order; typing errors only as a last resort."""
    by_key = defaultdict(list)
    for hit in found.hits:
        by_key[hit.key].append(hit)
    met = [
        (reading, hit)
        for reading in parsed.readings
        for hit in by_key.get(reading.key, ())
        if hit.kind in reading.kinds
    ]
    tiles = _tiles({reading for reading, _ in met if reading.run})
    candidates = [
        Quote(hit.invoice_id, reading.strength, reading.start, reading.end)
        for reading, hit in met
        if reading.run is None or reading in tiles
    ]
    kept = _strongest(candidates)
    if not explains_amount(kept, found, payment):
        known = {quote.invoice_id for quote in kept}
        kept += [
            quote for quote in _near(parsed, found, kept, payment, payer) if quote.invoice_id not in known
        ]
    return tuple(sorted(kept, key=lambda quote: (quote.start, quote.invoice_id))[:MAX_QUOTES])


def explains_amount(kept: Sequence[Quote], found: Found, payment: Payment) -> bool:
    """Is the exact amount that of a clearly quoted open invoice, or of all of them? Then nobody mistyped."""
    clear = {quote.invoice_id for quote in kept if quote.strength > Strength.WEAK}
    invoices = (found.invoices[invoice_id] for invoice_id in clear)
    amounts = [invoice.open_cents for invoice in invoices if is_usable(payment, invoice)]
    return payment.amount_cents in {*amounts, sum(amounts)}


def _tiles(parts: set[Reading]) -> set[Reading]:
    """Parts of glued runs that together make their whole run, so that no digit is left over."""
    by_run: dict[tuple[int, int], list[Reading]] = defaultdict(list)
    for part in sorted(parts, key=lambda part: (part.start, -part.end)):
        if part.run:
            by_run[part.run].append(part)
    return {tile for run, some in by_run.items() for tile in _cover(run, some)}


def _cover(run: tuple[int, int], parts: list[Reading]) -> list[Reading]:
    """One way to make the run from its parts, the fewest first; nothing when there is none."""
    best: dict[int, list[Reading]] = {run[0]: []}
    for part in parts:
        if part.start in best and (part.end not in best or len(best[part.end]) > len(best[part.start]) + 1):
            best[part.end] = [*best[part.start], part]
    return best.get(run[1], [])


def _strongest(candidates: list[Quote]) -> list[Quote]:
    """Drop what overlaps a stronger or longer quotation; the same span may still name several invoices."""
    taken: dict[tuple[int, int], Strength] = {}
    best: dict[InvoiceId, Quote] = {}
    for quote in sorted(
        candidates,
        key=lambda quote: (-quote.strength, quote.start - quote.end, quote.start, quote.invoice_id),
    ):
        span = (quote.start, quote.end)
        same_span = taken.get(span)
        if same_span is None and any(quote.start < end and start < quote.end for start, end in taken):
            continue
        if same_span is not None and same_span > quote.strength:
            continue
        taken[span] = quote.strength
        best.setdefault(quote.invoice_id, quote)
    return list(best.values())


def near_readings(parsed: Parsed) -> tuple[Reading, ...]:
    """The invoice-like numbers worth retrying at edit distance one: the longest first, a couple at most."""
    dated = {(reading.start, reading.end) for reading in parsed.readings if reading.looks_like_invoice}
    worthy = {
        reading.key: reading
        for reading in parsed.near
        if (reading.start, reading.end) in dated and len(reading.key) <= _NEAR_MAX_DIGITS
    }
    ranked = sorted(worthy.values(), key=lambda near: (-near.strength, near.start - near.end, near.start))
    return tuple(ranked[:NEAR_TRIES])


def neighbours(digits: str) -> Iterator[str]:
    """Every number one typing error away: a digit dropped, added, changed, or two swapped."""
    for place in range(len(digits) + 1):
        before, after = digits[:place], digits[place:]
        for digit in "0123456789":
            yield before + digit + after
            if after:
                yield before + digit + after[1:]
        if after:
            yield before + after[1:]
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]


def _near(
    parsed: Parsed, found: Found, kept: Sequence[Quote], payment: Payment, payer: PayerView
) -> Iterator[Quote]:
    """Open invoices one typing error away that may be meant, each with how many numbers are that close.

    It must be of the exact amount, or of the client who paid; but a number that is an invoice of the client
    who paid was typed right, whatever the amount says.
    """
    clear = (found.invoices[quote.invoice_id] for quote in kept if quote.strength > Strength.WEAK)
    is_typed_right = any(payer.identifies(invoice.client_id) for invoice in clear)
    by_key = defaultdict(list)
    for hit in found.hits:
        if hit.kind in DIGITS_KINDS:
            by_key[hit.key].append(hit.invoice_id)
    for reading in near_readings(parsed):
        around = set(neighbours(reading.key)) - {reading.key}
        close = {invoice_id for key in around for invoice_id in by_key.get(key, ())}
        close |= {invoice.id for invoice in found.invoices.values() if _digits(invoice.number) in around}
        for invoice_id in sorted(close):
            invoice = found.invoices[invoice_id]
            is_meant = invoice.open_cents == payment.amount_cents or (
                payer.identifies(invoice.client_id) and not is_typed_right
            )
            if is_usable(payment, invoice) and is_meant:
                yield Quote(invoice_id, Strength.NEAR, reading.start, reading.end, len(close))


def _digits(number: str) -> str:
    return "".join(char for char in number if char.isdigit())


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The facts of one payment. ``words`` are those of the text; ``quoted`` keeps the best quote per invoice.

    ``equals`` counts open invoices per client, kind and amount, among those found. ``settled_quotes``: paid
    or cancelled invoices that are clearly quoted. ``unknown_number``: quoted, and none of ours.
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

    def client_name(self, client_id: ClientId) -> str:
        """The name of a client, empty when it was not found."""
        client = self.found.clients.get(client_id)
        return client.name if client else ""

    def open_of(self, client_id: ClientId, kind: InvoiceKind = InvoiceKind.INVOICE) -> list[Invoice]:
        """What is open at a client in this currency, as far as it was fetched, oldest due first."""
        return self.open_by_client.get((client_id, kind), [])

    def quoted_open(self, at_least: Strength) -> list[Invoice]:
        """Open invoices quoted at least so clearly, oldest due first."""
        quoted = {quote.invoice_id for quote in self.quotes if quote.strength >= at_least}
        invoices = (self.invoice(invoice_id) for invoice_id in quoted)
        return sorted(
            (invoice for invoice in invoices if self.usable(invoice) and invoice.kind is InvoiceKind.INVOICE),
            key=by_due_date,
        )

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
    usable = sorted(
        (invoice for invoice in found.invoices.values() if is_usable(payment, invoice)), key=by_due_date
    )
    listed = {invoice_id for group in found.client_open.values() for invoice_id in group.invoice_ids}
    open_by_client: dict[tuple[ClientId, InvoiceKind], list[Invoice]] = defaultdict(list)
    for invoice in usable:
        if invoice.id in listed:
            open_by_client[invoice.client_id, invoice.kind].append(invoice)
    settled = _settled_quotes(seen, found)
    return Case(
        payment=payment,
        found=found,
        parsed=parsed,
        payer=payer,
        quotes=seen,
        quoted={quote.invoice_id: quote for quote in seen},
        words=frozenset({*name_words(payment.text), *name_words(payment.operation_type or "")}),
        settled_quotes=settled,
        unknown_number=_unknown_number(parsed, seen),
        duplicate_of=_duplicate_of(payment, found, settled),
        open_by_client=open_by_client,
        equals=Counter((invoice.client_id, invoice.kind, invoice.open_cents) for invoice in usable),
    )


def _settled_quotes(seen: tuple[Quote, ...], found: Found) -> tuple[Invoice, ...]:
    """Clearly quoted invoices that are paid or cancelled: a second payment, or a wrong number."""
    open_spans = {(quote.start, quote.end) for quote in seen if found.invoices[quote.invoice_id].is_open}
    settled = {
        quote.invoice_id: found.invoices[quote.invoice_id]
        for quote in seen
        if quote.strength >= Strength.REPAIRED and (quote.start, quote.end) not in open_spans
    }
    return tuple(sorted(settled.values(), key=by_due_date))


def _unknown_number(parsed: Parsed, seen: tuple[Quote, ...]) -> str | None:
    """A whole number that looks like an invoice's and is none of ours: its invoice may be missing."""
    taken = [(quote.start, quote.end) for quote in seen if quote.strength > Strength.NEAR]
    free = [
        (reading.end - reading.start, -reading.start)
        for reading in parsed.readings
        if reading.looks_like_invoice
        and not any(reading.start < end and start < reading.end for start, end in taken)
    ]
    length, start = max(free, default=(0, 0))
    return parsed.folded[-start : length - start] or None


def _duplicate_of(payment: Payment, found: Found, settled: tuple[Invoice, ...]) -> Invoice | None:
    """The paid invoice this payment seems to pay again: quoted with its amount, or paid so before."""
    for invoice in settled:
        if invoice.status is InvoiceStatus.PAID and invoice.total_cents == payment.amount_cents:
            return invoice
    for earlier in found.past:
        paid = [
            found.invoices[part.invoice_id]
            for part in earlier.allocations
            if part.invoice_id in found.invoices
        ]
        if any(invoice in settled for invoice in paid):
            return paid[0]
    return None
