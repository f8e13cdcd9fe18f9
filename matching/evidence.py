"""The evidence table, and one rule per line of it. This file is the whole of what the matcher believes.

A hypothesis is worth the sum of (weight x value) over its evidence; *none of these* is worth its own sum
(``none_of_these``); probabilities are one softmax over all of them (``engine``). Weights are log-odds.
Values are 1 unless the rule says otherwise. ``learning`` moves the weights towards an agency's own decisions.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from matching.case import Case
from matching.explanations.settlements import Draft, Shape, rarity, sum_rarity, total_of
from matching.payers.recognition import NAME_CLOSE, NAME_LOOSE, NAME_SAME, SURE_CONFIRMATIONS, links_to
from matching.reading.readings import Strength
from matching.values import ClientId, Invoice, InvoiceKind, Params, PayerClass

WEIGHTS: Mapping[str, float] = {
    # What the text says
    "reference_structured": 8.5,  # a valid RF (or Belgian, Swiss) reference of this invoice
    "reference_full": 7.75,  # the whole number, whatever its separators
    "reference_unpadded": 6.0,  # year and sequence without zeros, or an own prefix and the sequence
    "reference_repaired": 5.5,  # the same once look-alike letters are read as digits
    "reference_weak": 4.1,  # a cue word and the sequence alone, or a part of a glued run
    "reference_near": 2.0,  # one typing error away, of the exact amount or of the client who paid
    "reference_several": 1.3,  # per further quoted invoice of the group, at most 3
    "reference_uncovered": -5.0,  # per other open invoice clearly quoted and left out, at most 2
    "reference_settled": -2.5,  # a paid or cancelled invoice is quoted and this one is not
    "reference_unknown": -3.4,  # a number that is none of ours is quoted and this one is not
    # What the amount says
    "amount_exact": 0.8,  # value: log of how rare this amount is among open invoices, at most 8
    "amount_sum": 0.55,  # exact sum; value: how unlikely by accident, given the sums possible, at most 8
    "amount_fee": 2.1,
    "amount_rounding": 2.5,
    "amount_discount": 2.5,
    "amount_net": 1.5,
    "amount_withholding": 2.0,
    "amount_deposit": 0.0,
    "amount_partial": -2.7,
    "amount_over": -3.4,
    "partial_told": 2.3,  # a part or a deposit, and the payer says so
    "sum_solutions": -1.0,  # value: log of the number of possible sums
    "sum_unquoted": -0.75,  # per unquoted item beyond the first
    "fee_at_home": -1.8,  # a fee on a French transfer, where banks take none
    # Who paid
    "iban_known": 3.9,  # learnt for this client, confirmed twice or more
    "iban_once": 2.8,  # confirmed once
    "iban_group": 3.5,  # pays for this client and for a few others
    "iban_other": -3.0,  # learnt for another client; half when the payer bears another name, like an agency
    "alias_known": 3.8,  # this name was confirmed for this client
    "name_same": 4.5,
    "name_close": 2.8,
    "name_loose": 0.7,
    "name_other": -2.2,  # clearly another client's name
    "refused_lately": -2.0,  # somebody refused this payer and client; fades over 45 days
    # When
    "before_issue": -3.0,
    "late": -1.0,  # more than 180 days after the due date
    "delay_usual": 0.4,  # about as late as this client usually is
}

NONE_WEIGHTS: Mapping[str, float] = {
    "none": 6.2,
    "none_regular": -0.6,  # value: log of past confirmations of this payer
    "none_not_client": 4.0,  # this payer was said not to be a client, or its name says so
    "none_platform": 2.3,  # a factor's or platform's money concerns many invoices at once
    "none_own": 9.0,  # from another account of ours
    "none_returned": 3.2,  # the text speaks of money coming back
    "none_duplicate": 3.8,  # an invoice already paid by the same amount is quoted
}

FADING_DAYS = 45
LATE_DAYS = 180
USUAL_DAYS = 10
_MIN_DELAYS = 3


@dataclass(frozen=True, slots=True)
class Evidence:
    """One observed fact: its code in the table, its value, and what the sentence needs."""

    code: str
    value: float = 1.0
    params: Params = field(default_factory=dict)


Rule = Callable[[Case, Draft, list[Invoice]], Iterator[Evidence]]

STRENGTH_CODES = {
    Strength.STRUCTURED: "reference_structured",
    Strength.FULL: "reference_full",
    Strength.UNPADDED: "reference_unpadded",
    Strength.REPAIRED: "reference_repaired",
    Strength.WEAK: "reference_weak",
    Strength.NEAR: "reference_near",
}


def weigh(case: Case, draft: Draft) -> tuple[Evidence, ...]:
    """All evidence for and against one hypothesis."""
    invoices = [case.invoice(allocation.invoice_id) for allocation in draft.allocations]
    return tuple(evidence for rule in RULES for evidence in rule(case, draft, invoices))


def reference(case: Case, _draft: Draft, invoices: list[Invoice]) -> Iterator[Evidence]:
    """The least clear of the quotations counts for the whole group."""
    quoted = [case.quoted[invoice.id] for invoice in invoices if invoice.id in case.quoted]
    if not quoted:
        return
    weakest = min(quoted, key=lambda quote: (quote.strength, quote.start, quote.invoice_id))
    params: dict[str, str | int] = {
        "number": case.invoice(weakest.invoice_id).number,
        "quoted": case.parsed.folded[weakest.start : weakest.end],
        "count": len(quoted),
        "near": weakest.near_count,
    }
    yield Evidence(STRENGTH_CODES[weakest.strength], 1.0, params)
    if len(quoted) > 1:
        yield Evidence("reference_several", min(len(quoted) - 1, 3), {"count": len(quoted)})


def reference_against(case: Case, _draft: Draft, invoices: list[Invoice]) -> Iterator[Evidence]:
    """Numbers in the text that this hypothesis leaves unexplained."""
    ids = {invoice.id for invoice in invoices}
    spans = {(quote.start, quote.end) for quote in case.quotes if quote.invoice_id in ids}
    missed = {
        (quote.start, quote.end): case.invoice(quote.invoice_id).number
        for quote in case.quotes
        if quote.strength >= Strength.UNPADDED
        and not any(quote.start < end and start < quote.end for start, end in spans)
        and quote.invoice_id not in ids
        and case.usable(case.invoice(quote.invoice_id))
    }
    if missed:
        yield Evidence(
            "reference_uncovered", min(len(missed), 2), {"number": min(missed.values()), "count": len(missed)}
        )
    if spans:
        return
    if case.settled_quotes:
        yield Evidence("reference_settled", 1.0, {"number": case.settled_quotes[0].number})
    elif case.unknown_number:
        yield Evidence("reference_unknown", 1.0, {"quoted": case.unknown_number})


def amount(case: Case, draft: Draft, invoices: list[Invoice]) -> Iterator[Evidence]:
    """How the amount is explained; an exact one is worth as much as it is rare."""
    params: dict[str, str | int] = {"cents": case.payment.amount_cents, "currency": case.payment.currency}
    if draft.shape is Shape.EXACT:
        equals = case.equals[invoices[0].client_id, invoices[0].kind, invoices[0].open_cents]
        yield Evidence("amount_exact", rarity(case.payment, case.found), {**params, "equals": equals})
    elif draft.shape is Shape.SUM:
        surprise = sum_rarity(case.payment.amount_cents, draft.choices)
        yield Evidence("amount_sum", surprise, {**params, "count": len(invoices)})
    else:
        total = total_of(invoices)
        gap = case.payment.amount_cents - total
        yield Evidence(draft.shape.value, 1.0, {**params, "gap": gap, "open": total})
    if draft.shape is Shape.FEE and not case.payer.looks_foreign:
        yield Evidence("fee_at_home")
    if draft.shape in {Shape.DEPOSIT, Shape.PARTIAL} and case.says_partial:
        yield Evidence("partial_told")


def sums(_case: Case, draft: Draft, _invoices: list[Invoice]) -> Iterator[Evidence]:
    """An unquoted sum is worth less for each item nobody named, and for each other sum that was possible."""
    if draft.solutions > 1:
        yield Evidence("sum_solutions", math.log(draft.solutions), {"count": draft.solutions})
    if draft.unquoted > 1:
        yield Evidence("sum_unquoted", draft.unquoted - 1, {"count": draft.unquoted})


def iban(case: Case, _draft: Draft, invoices: list[Invoice]) -> Iterator[Evidence]:
    """What the payer's IBAN was confirmed for. A factor's or platform's IBAN says nothing."""
    links, payer_class = case.payer.ibans, case.payer.payer_class
    if not links or case.payer.is_nameless:
        return
    clients = _clients(invoices)
    if clients <= links.keys():
        times = min(links[client_id].confirmations for client_id in clients)
        code = "iban_known" if times >= SURE_CONFIRMATIONS else "iban_once"
        if payer_class in {PayerClass.GROUP, PayerClass.MANY}:
            code = "iban_group"
        yield Evidence(code, 1.0, {"count": times, "client": case.client_name(min(clients))})
    elif payer_class is PayerClass.CLIENT and not _pays_for(case, links, clients):
        other = min(links)
        bears_name = case.payer.scores.get(other, 0.0) >= NAME_LOOSE
        yield Evidence("iban_other", 1.0 if bears_name else 0.5, {"client": case.client_name(other)})


def name(case: Case, _draft: Draft, invoices: list[Invoice]) -> Iterator[Evidence]:
    """What the payer's name says: learnt, alike, or clearly another client's."""
    aliases, scores, named = case.payer.aliases, case.payer.scores, case.payer.named
    clients = _clients(invoices)
    params = {"client": case.client_name(min(clients))}
    if clients <= aliases.keys():
        times = min(aliases[client_id].confirmations for client_id in clients)
        yield Evidence("alias_known", 1.0, {**params, "count": times})
    score = min(scores.get(client_id, 0.0) for client_id in clients)
    if score >= NAME_LOOSE:
        code = "name_same" if score >= NAME_SAME else "name_close" if score >= NAME_CLOSE else "name_loose"
        yield Evidence("name_loose" if named is None else code, 1.0, params)
    if named is None or named in clients or scores[named] < NAME_CLOSE:
        return
    if not clients & {*case.payer.ibans, *aliases} and not _pays_for(case, [named], clients):
        yield Evidence("name_other", 1.0, {"client": case.client_name(named)})


def refused_lately(case: Case, _draft: Draft, invoices: list[Invoice]) -> Iterator[Evidence]:
    """Somebody said no to this payer and client: it counts less every day."""
    refusals = [link.refused_date for link in links_to(case.found, _clients(invoices)) if link.refused_date]
    if refusals:
        days = max((case.payment.settled_on - max(refusals)).days, 0)
        if days < FADING_DAYS:
            yield Evidence("refused_lately", 1 - days / FADING_DAYS)


def dates(case: Case, _draft: Draft, invoices: list[Invoice]) -> Iterator[Evidence]:
    """Weak and one-sided: French payers are late, and a deposit comes early."""
    claims = [invoice for invoice in invoices if invoice.kind is InvoiceKind.INVOICE]
    day = case.payment.settled_on
    issued = [invoice.issue_date for invoice in claims if invoice.issue_date]
    if issued and day < max(issued) and not case.says_partial:
        yield Evidence("before_issue")
    if not claims:
        return
    days = (day - min(invoice.due_date for invoice in claims)).days
    if days > LATE_DAYS:
        yield Evidence("late", 1.0, {"days": days})
    delays = sorted(case.found.memory.delays.get(claims[0].client_id, ()))
    if len(delays) >= _MIN_DELAYS:
        late_by = (day - claims[0].due_date).days
        if abs(late_by - delays[len(delays) // 2]) <= USUAL_DAYS:
            yield Evidence("delay_usual", 1.0, {"days": late_by})


RULES: tuple[Rule, ...] = (reference, reference_against, amount, sums, iban, name, refused_lately, dates)


def _clients(invoices: list[Invoice]) -> set[ClientId]:
    return {invoice.client_id for invoice in invoices}


def _pays_for(case: Case, payers: Iterable[ClientId], clients: set[ClientId]) -> bool:
    """A parent company or agency of record paying for clients it is known to pay for."""
    known = (case.found.clients[client_id] for client_id in payers if client_id in case.found.clients)
    return any(clients <= {*client.pays_for} for client in known)
