"""The doubts of one payment, and the gate that decides what to do with it (matching.md 9.7).

*None of these* competes with every hypothesis; the weights are in ``evidence``. ``auto`` asks for a
probability *and* for the right kind of evidence; one doubt is enough to leave it to a person.
"""

import math
from collections.abc import Callable, Iterator

from matching.case import Case, Quote
from matching.evidence import WEIGHTS, Evidence
from matching.explanations.settlements import Draft, Shape, rarity
from matching.payers.recognition import links_to
from matching.reading.readings import Strength
from matching.values import Flag, Invoice, InvoiceKind, InvoiceStatus, OutcomeKind, PayerClass, Side
from matching.weights import Model


def weigh_none(case: Case) -> tuple[Evidence, ...]:
    """All evidence that none of the open invoices is meant."""
    return tuple(evidence for rule in NONE_RULES for evidence in rule(case))


def none_always(_case: Case) -> Iterator[Evidence]:
    """The bar every explanation must clear."""
    yield Evidence("none")


def none_regular(case: Case) -> Iterator[Evidence]:
    """Lower for a payer whose transfers always were client payments."""
    if case.payer.confirmations:
        yield Evidence("none_regular", math.log1p(case.payer.confirmations))


def none_payer(case: Case) -> Iterator[Evidence]:
    """Higher for payers who are no client, or who pay for many."""
    codes = {
        PayerClass.NOT_CLIENT: "none_not_client",
        PayerClass.PLATFORM: "none_platform",
        PayerClass.FACTOR: "none_platform",
        PayerClass.OWN: "none_own",
    }
    code = codes.get(case.payer.payer_class)
    if code:
        yield Evidence(code)


def none_text(case: Case) -> Iterator[Evidence]:
    """Money coming back is no client payment; nor, probably, is the same invoice paid a second time."""
    if case.says_return and case.payment.side is Side.CREDIT:
        yield Evidence("none_returned")
    if case.duplicate_of:
        yield Evidence("none_duplicate", 1.0, {"number": case.duplicate_of.number})


NONE_RULES: tuple[Callable[[Case], Iterator[Evidence]], ...] = (
    none_always,
    none_regular,
    none_payer,
    none_text,
)


OLD_DAYS = 90
RARE_ENOUGH = 4.5
POINTING = ("reference_", "iban_", "alias_", "name_")

Scored = tuple[Draft, tuple[Evidence, ...], float]


def decide(
    case: Case, ranked: list[Scored], none_probability: float, flags: tuple[Flag, ...], model: Model
) -> OutcomeKind:
    """What to do, from the hypotheses worth showing, best first, and the doubts."""
    if not ranked:
        return OutcomeKind.NONE
    draft, evidence, probability = ranked[0]
    rival = max(none_probability, ranked[1][2] if len(ranked) > 1 else 0.0)
    is_ahead = probability - rival >= model.margin
    is_identified = is_quoted_whole(case, draft) or is_the_payers_only_one(case, draft, evidence)
    is_exact = draft.shape in {Shape.EXACT, Shape.SUM}
    if not flags and is_ahead and probability >= model.auto and is_exact and is_identified:
        return OutcomeKind.AUTO
    return OutcomeKind.PRESELECT if is_ahead and probability >= model.preselect else OutcomeKind.SUGGEST


def is_worth_showing(case: Case, best: Scored, none_probability: float, model: Model) -> bool:
    """Silence beats a guess: an amount alone must be likelier than not; a number read is worth a look."""
    draft, evidence, probability = best
    # Does anything but the amount speak for it: a number, or who paid?
    is_pointed_at = any(fact.code.startswith(POINTING) and WEIGHTS[fact.code] > 0 for fact in evidence)
    if any(quote.strength >= Strength.REPAIRED for quote in quotes_of(case, draft)):
        limit = model.silence_quoted
    else:
        limit = model.silence if is_pointed_at else model.silence_amount
    return none_probability <= limit and probability >= model.shown


def quotes_of(case: Case, draft: Draft) -> list[Quote]:
    """The quotations of a hypothesis' invoices."""
    return [case.quoted[part.invoice_id] for part in draft.allocations if part.invoice_id in case.quoted]


def is_quoted_whole(case: Case, draft: Draft) -> bool:
    """Every invoice is quoted by its number, full or unpadded."""
    clear = [quote for quote in quotes_of(case, draft) if quote.strength >= Strength.UNPADDED]
    return len(clear) == len(draft.allocations)


def is_the_payers_only_one(case: Case, draft: Draft, evidence: tuple[Evidence, ...]) -> bool:
    """One invoice, of a telling amount, the only one of that amount at the client whose IBAN this is."""
    known = any(fact.code in {"iban_known", "iban_once"} for fact in evidence)
    alone = any(fact.code == "amount_exact" and fact.params["equals"] == 1 for fact in evidence)
    return known and alone and len(draft.allocations) == 1 and rarity(case.payment, case.found) >= RARE_ENOUGH


def doubts(case: Case, ranked: list[Scored], *, capped: bool, model: Model) -> tuple[Flag, ...]:
    """Every doubt about the payment, then about the best hypothesis; each code once."""
    flags = [flag for rule in PAYMENT_DOUBTS for flag in rule(case)]
    if capped or case.parsed.capped or case.found.capped:
        flags.append(Flag("capped"))
    if case.payment.amount_cents > model.ceiling_cents:
        flags.append(Flag("over_ceiling", {"cents": model.ceiling_cents, "currency": case.payment.currency}))
    if ranked:
        draft, evidence, _ = ranked[0]
        flags += [*evident(case, draft, evidence), *delicate(case, draft)]
    return tuple({flag.code: flag for flag in reversed(flags)}.values())[::-1]


def settled_quoted(case: Case) -> Iterator[Flag]:
    """The invoice quoted is paid, perhaps by this very amount, or cancelled."""
    if case.duplicate_of:
        yield Flag("duplicate_suspect", _paid_params(case.duplicate_of))
    for invoice in case.settled_quotes[:1]:
        is_cancelled = invoice.status is InvoiceStatus.CANCELLED
        yield Flag("reference_cancelled" if is_cancelled else "reference_settled", _paid_params(invoice))


def unknown_quoted(case: Case) -> Iterator[Flag]:
    """The only number quoted is none of ours."""
    if case.unknown_number and not case.quoted:
        yield Flag("reference_unknown", {"quoted": case.unknown_number})


def other_currency(case: Case) -> Iterator[Flag]:
    """Quoted invoices in another currency are named, never compared."""
    quoted = [case.invoice(invoice_id) for invoice_id in sorted(case.quoted)]
    foreign = [invoice for invoice in quoted if invoice.currency != case.payment.currency]
    if foreign:
        yield Flag("foreign_currency", {"count": len(foreign), "currency": foreign[0].currency})


def payer_doubt(case: Case) -> Iterator[Flag]:
    """The payer is no client, or pays for many."""
    codes = {
        PayerClass.FACTOR: "payer_factor",
        PayerClass.PLATFORM: "payer_platform",
        PayerClass.OWN: "payer_own",
        PayerClass.MANY: "payer_many",
        PayerClass.NOT_CLIENT: "payer_not_client",
    }
    if case.payer.payer_class in codes:
        yield Flag(codes[case.payer.payer_class])


def money_back(case: Case) -> Iterator[Flag]:
    """Refunds, returned transfers and every debit are for a person."""
    if case.payment.side is Side.DEBIT:
        payments = (past.payment for past in case.found.past)
        earlier = next((payment for payment in payments if payment.side is Side.CREDIT), None)
        params = {"date": earlier.settled_on.isoformat()} if earlier else {}
        yield Flag("returned_payment" if earlier else "money_out", params)
    elif case.says_return:
        yield Flag("money_back")


PAYMENT_DOUBTS: tuple[Callable[[Case], Iterator[Flag]], ...] = (
    settled_quoted, unknown_quoted, other_currency, payer_doubt, money_back,
)  # fmt: skip


# Evidence that is a doubt too, and under which code it is told.
EVIDENT_DOUBTS = {
    "reference_near": "reference_near",
    "reference_uncovered": "reference_uncovered",
    "reference_unknown": "reference_unknown",
    "iban_other": "payer_differs",
    "name_other": "payer_differs",
    "refused_lately": "refused_lately",
    "before_issue": "before_issue",
    "sum_solutions": "sum_solutions",
}


def evident(case: Case, draft: Draft, evidence: tuple[Evidence, ...]) -> Iterator[Flag]:
    """The evidence itself casts doubt: something is left out, somebody else paid, others would do as well."""
    params = {fact.code: fact.params for fact in evidence}
    yield from (Flag(doubt, params[code]) for code, doubt in EVIDENT_DOUBTS.items() if code in params)
    equals = int(params.get("amount_exact", {}).get("equals", 1))
    if equals > 1 and not is_quoted_whole(case, draft):
        client_id = case.invoice(draft.allocations[0].invoice_id).client_id
        yield Flag("several_equal", {"count": equals, "client": case.client_name(client_id)})


def delicate(case: Case, draft: Draft) -> Iterator[Flag]:
    """Credit notes, disputes, old claims, pairs once undone, and clients of whom not everything was seen."""
    invoices = [case.invoice(part.invoice_id) for part in draft.allocations]
    if any(invoice.kind is InvoiceKind.CREDIT_NOTE for invoice in invoices):
        yield Flag("credit_note")
    if any(invoice.disputed for invoice in invoices):
        yield Flag("disputed")
    days = (case.payment.settled_on - min(invoice.due_date for invoice in invoices)).days
    if days > OLD_DAYS:
        yield Flag("old_invoice", {"days": days})
    clients = {invoice.client_id for invoice in invoices}
    if any(link.blocked for link in links_to(case.found, clients)):
        yield Flag("undone_before")
    groups = (group for client_id, group in case.found.client_open.items() if client_id in clients)
    if any(group.truncated for group in groups) and not is_quoted_whole(case, draft):
        yield Flag("client_truncated")


def _paid_params(invoice: Invoice) -> dict[str, str | int]:
    paid: dict[str, str | int] = {"date": invoice.paid_date.isoformat()} if invoice.paid_date else {}
    return {"number": invoice.number, **paid}
