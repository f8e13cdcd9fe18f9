"""Which invoices a text quotes: readings met with look-up hits, the longer and stronger span winning."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from matching.lookups import Found
from matching.payers.recognition import PayerView
from matching.reading.keys import KeyKind
from matching.reading.readings import Parsed, Reading, Strength
from matching.values import Invoice, InvoiceId, Payment

MAX_QUOTES = 60
NEAR_TRIES = 2
_NEAR_MAX_DIGITS = 12
_NEAR_KINDS = frozenset({KeyKind.DIGITS, KeyKind.FULL})


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
        near = _near(parsed, found, _Mistyped(kept, found, payment, payer))
        kept += [quote for quote in near if quote.invoice_id not in known]
    return tuple(sorted(kept, key=lambda quote: (quote.start, quote.invoice_id))[:MAX_QUOTES])


def explains_amount(kept: Sequence[Quote], found: Found, payment: Payment) -> bool:
    """Is the exact amount that of a clearly quoted open invoice, or of all of them? Then nobody mistyped."""
    clear = {
        quote.invoice_id: found.invoices[quote.invoice_id] for quote in kept if quote.strength > Strength.WEAK
    }
    amounts = [one.open_cents for one in clear.values() if one.is_open and one.currency == payment.currency]
    return payment.amount_cents in {*amounts, sum(amounts)}


def _tiles(parts: set[Reading]) -> set[Reading]:
    """Parts of glued runs that together make their whole run, so that no digit is left over."""
    by_run: dict[tuple[int, int], list[Reading]] = defaultdict(list)
    for part in sorted(parts, key=lambda one: (one.start, -one.end)):
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
    order = sorted(
        candidates, key=lambda one: (-one.strength, one.start - one.end, one.start, one.invoice_id)
    )
    for quote in order:
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
    dated = {(one.start, one.end) for one in parsed.readings if one.looks_like_invoice}
    worthy = {
        one.key: one
        for one in parsed.near
        if (one.start, one.end) in dated and len(one.key) <= _NEAR_MAX_DIGITS
    }
    ranked = sorted(worthy.values(), key=lambda one: (-one.strength, one.start - one.end, one.start))
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


class _Mistyped:
    """Which invoices one typing error away may be meant: of the exact amount, or of the client who paid.

    A number that is an invoice of the client who paid was typed right, whatever the amount says.
    """

    def __init__(self, kept: Sequence[Quote], found: Found, payment: Payment, payer: PayerView) -> None:
        self.payment = payment
        self.payer = payer
        clear = (found.invoices[quote.invoice_id] for quote in kept if quote.strength > Strength.WEAK)
        self.is_typed_right = any(payer.identifies(one.client_id) for one in clear)

    def may_mean(self, invoice: Invoice) -> bool:
        if not invoice.is_open or invoice.currency != self.payment.currency:
            return False
        is_the_payers = self.payer.identifies(invoice.client_id) and not self.is_typed_right
        return invoice.open_cents == self.payment.amount_cents or is_the_payers


def _near(parsed: Parsed, found: Found, mistyped: _Mistyped) -> Iterator[Quote]:
    """Invoices one typing error away that may be meant, each with how many numbers are that close."""
    by_key = defaultdict(list)
    for hit in found.hits:
        if hit.kind in _NEAR_KINDS:
            by_key[hit.key].append(hit.invoice_id)
    for reading in near_readings(parsed):
        around = set(neighbours(reading.key)) - {reading.key}
        close = {invoice_id for key in around for invoice_id in by_key.get(key, ())}
        close |= {one.id for one in found.invoices.values() if _digits(one.number) in around}
        for invoice_id in sorted(close):
            if mistyped.may_mean(found.invoices[invoice_id]):
                yield Quote(invoice_id, Strength.NEAR, reading.start, reading.end, len(close))


def _digits(number: str) -> str:
    return "".join(char for char in number if char.isdigit())
