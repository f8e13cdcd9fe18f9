"""The doubts of one payment, and the gate that decides what to do with it (matching.md 9.7).

``auto`` asks for a probability *and* for the right kind of evidence; one doubt is enough to leave it to a
person.
"""

from collections.abc import Callable, Iterator

from matching.case import Case
from matching.evidence import WEIGHTS, Evidence
from matching.explanations.rarity import rarity
from matching.explanations.settlements import Draft, Shape
from matching.payer_facts import PayerClass
from matching.quotes import Quote
from matching.reading.readings import Strength
from matching.values import Flag, Invoice, InvoiceKind, InvoiceStatus, OutcomeKind, Side
from matching.weights import Model

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
    if not flags and is_ahead and probability >= model.auto and has_exact_amount(draft) and is_identified:
        return OutcomeKind.AUTO
    return OutcomeKind.PRESELECT if is_ahead and probability >= model.preselect else OutcomeKind.SUGGEST


def is_worth_showing(case: Case, best: Scored, none_probability: float, model: Model) -> bool:
    """Silence beats a guess: an amount alone must be likelier than not; a number read is worth a look."""
    draft, evidence, probability = best
    if any(quote.strength >= Strength.REPAIRED for quote in quotes_of(case, draft)):
        limit = model.silence_quoted
    else:
        limit = model.silence if points_at(evidence) else model.silence_amount
    return none_probability <= limit and probability >= model.shown


def points_at(evidence: tuple[Evidence, ...]) -> bool:
    """Does anything but the amount speak for it: a number, or who paid?"""
    return any(one.code.startswith(POINTING) and WEIGHTS[one.code] > 0 for one in evidence)


def has_exact_amount(draft: Draft) -> bool:
    """Open amounts add up to the payment, to the cent."""
    return draft.shape in {Shape.EXACT, Shape.SUM}


def quotes_of(case: Case, draft: Draft) -> list[Quote]:
    """The quotations of a hypothesis' invoices."""
    return [case.quoted[one.invoice_id] for one in draft.allocations if one.invoice_id in case.quoted]


def is_quoted_whole(case: Case, draft: Draft) -> bool:
    """Every invoice is quoted by its number, full or unpadded."""
    clear = [quote for quote in quotes_of(case, draft) if quote.strength >= Strength.UNPADDED]
    return len(clear) == len(draft.allocations)


def is_the_payers_only_one(case: Case, draft: Draft, evidence: tuple[Evidence, ...]) -> bool:
    """One invoice, of a telling amount, the only one of that amount at the client whose IBAN this is."""
    known = any(one.code in {"iban_known", "iban_once"} for one in evidence)
    alone = any(one.code == "amount_exact" and one.params["equals"] == 1 for one in evidence)
    return known and alone and len(draft.allocations) == 1 and rarity(case.payment, case.found) >= RARE_ENOUGH


def doubts(case: Case, ranked: list[Scored], *, capped: bool, model: Model) -> tuple[Flag, ...]:
    """Every doubt about the payment, then about the best hypothesis; each code once."""
    found = [flag for rule in PAYMENT_DOUBTS for flag in rule(case)]
    if capped or case.parsed.capped or case.found.capped:
        found.append(Flag("capped"))
    if case.payment.amount_cents > model.ceiling_cents:
        found.append(Flag("over_ceiling", {"cents": model.ceiling_cents, "currency": case.payment.currency}))
    if ranked:
        draft, evidence, _ = ranked[0]
        invoices = [case.invoice(one.invoice_id) for one in draft.allocations]
        found += [flag for rule in BEST_DOUBTS for flag in rule(case, draft, evidence, invoices)]
    return tuple({flag.code: flag for flag in reversed(found)}.values())[::-1]


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
    foreign = [
        case.invoice(one)
        for one in sorted(case.quoted)
        if case.invoice(one).currency != case.payment.currency
    ]
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
        earlier = next((one.payment for one in case.found.past if one.payment.side is Side.CREDIT), None)
        params = {"date": earlier.settled_on.isoformat()} if earlier else {}
        yield Flag("returned_payment" if earlier else "money_out", params)
    elif case.says_return:
        yield Flag("money_back")


PAYMENT_DOUBTS: tuple[Callable[[Case], Iterator[Flag]], ...] = (
    settled_quoted, unknown_quoted, other_currency, payer_doubt, money_back,
)  # fmt: skip


def uncovered(
    _case: Case, _draft: Draft, evidence: tuple[Evidence, ...], _invoices: list[Invoice]
) -> Iterator[Flag]:
    """The text quotes something that the best hypothesis leaves out."""
    for one in evidence:
        if one.code in {"reference_uncovered", "reference_unknown", "reference_near"}:
            yield Flag(one.code, one.params)


def contradicted(
    _case: Case, _draft: Draft, evidence: tuple[Evidence, ...], _invoices: list[Invoice]
) -> Iterator[Flag]:
    """The payer looks like somebody else, was refused lately, or paid before the invoice was issued."""
    for one in evidence:
        if one.code in {"iban_other", "name_other"}:
            yield Flag("payer_differs", one.params)
        if one.code in {"refused_lately", "before_issue"}:
            yield Flag(one.code, one.params)


def not_alone(
    case: Case, draft: Draft, evidence: tuple[Evidence, ...], _invoices: list[Invoice]
) -> Iterator[Flag]:
    """Other invoices, or other sums, would do as well."""
    for one in evidence:
        if one.code == "amount_exact" and int(one.params["equals"]) > 1 and not is_quoted_whole(case, draft):
            yield Flag("several_equal", {"count": one.params["equals"], "client": _client(case, draft)})
        if one.code == "sum_solutions":
            yield Flag("sum_solutions", one.params)


def delicate(
    case: Case, _draft: Draft, _evidence: tuple[Evidence, ...], invoices: list[Invoice]
) -> Iterator[Flag]:
    """Credit notes, disputes, old claims, and pairs once undone."""
    if any(invoice.kind is InvoiceKind.CREDIT_NOTE for invoice in invoices):
        yield Flag("credit_note")
    if any(invoice.disputed for invoice in invoices):
        yield Flag("disputed")
    days = (case.payment.settled_on - min(invoice.due_date for invoice in invoices)).days
    if days > OLD_DAYS:
        yield Flag("old_invoice", {"days": days})
    payers = (*case.found.memory.ibans.values(), *case.found.memory.aliases.values())
    links = [payer.link(invoice.client_id) for payer in payers for invoice in invoices]
    if any(link is not None and link.blocked for link in links):
        yield Flag("undone_before")


def truncated(
    case: Case, draft: Draft, _evidence: tuple[Evidence, ...], invoices: list[Invoice]
) -> Iterator[Flag]:
    """Not everything open at this client was looked at, and the choice could depend on it."""
    groups = [case.found.client_open.get(invoice.client_id) for invoice in invoices]
    if any(group is not None and group.truncated for group in groups) and not is_quoted_whole(case, draft):
        yield Flag("client_truncated")


BEST_DOUBTS: tuple[Callable[[Case, Draft, tuple[Evidence, ...], list[Invoice]], Iterator[Flag]], ...] = (
    uncovered, contradicted, not_alone, delicate, truncated,
)  # fmt: skip


def _paid_params(invoice: Invoice) -> dict[str, str | int]:
    paid: dict[str, str | int] = {"date": invoice.paid_date.isoformat()} if invoice.paid_date else {}
    return {"number": invoice.number, **paid}


def _client(case: Case, draft: Draft) -> str:
    client = case.found.clients.get(case.invoice(draft.allocations[0].invoice_id).client_id)
    return client.name if client else ""
