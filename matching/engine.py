"""The whole decision: what to look up, what could explain the payment, how likely, what to do."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from matching.case import Case, build_case, explains_amount, near_readings, neighbours, quotes
from matching.evidence import Evidence, weigh
from matching.explanations.hypotheses import drafts
from matching.gate import Scored, decide, doubts, is_worth_showing, weigh_none
from matching.lookups import Candidates, ClientRequest, Found, Lookups
from matching.payers.recognition import normal_name, payer_of, wanted_tokens
from matching.reading.readings import Strength
from matching.reading.references import read
from matching.values import Outcome, Payment, Proposal, Reason
from matching.weights import Model

MAX_PROPOSALS = 3
MAX_REASONS = 5
MAX_CLIENT_REQUESTS = 8


@dataclass(frozen=True, slots=True)
class Weighed:
    """Every hypothesis of a payment with its evidence and probability, best first; and *none*'s."""

    case: Case
    ranked: list[Scored]
    none_evidence: tuple[Evidence, ...]
    none_probability: float
    capped: bool


def wanted(payment: Payment) -> Lookups:
    """First round of look-ups for a payment."""
    return Lookups(
        keys=frozenset(reading.key for reading in read(payment.text).readings),
        iban=payment.payer_iban,
        alias=normal_name(payment.payer_name) or None,
        tokens=wanted_tokens(payment.payer_name),
        amount=(payment.currency, payment.amount_cents),
        payment_id=payment.id,
    )


def more(payment: Payment, found: Found) -> Lookups:
    """Second round: what is open at the clients the first points at, and numbers one typing error away."""
    parsed = read(payment.text)
    payer = payer_of(payment, found)
    seen = quotes(parsed, found, payment, payer)
    keys = frozenset[str]()
    if not explains_amount(seen, found, payment):
        keys = frozenset(key for reading in near_readings(parsed) for key in neighbours(reading.key))
    quoted = {found.invoices[quote.invoice_id].client_id for quote in seen if quote.strength > Strength.WEAK}
    clients = list(dict.fromkeys([*payer.client_ids, *sorted(quoted)]))
    requests = tuple(
        ClientRequest(client_id=client_id, currency=payment.currency, amount_cents=payment.amount_cents)
        for client_id in clients[:MAX_CLIENT_REQUESTS]
    )
    return Lookups(keys=keys, clients=requests)


def match(payment: Payment, candidates: Candidates, model: Model | None = None) -> Outcome:
    """Both rounds and the decision, for whoever can answer look-ups without waiting."""
    return propose(payment, gather(payment, candidates), model or Model())


def gather(payment: Payment, candidates: Candidates) -> Found:
    """Both rounds of look-ups."""
    found = candidates.fetch(wanted(payment))
    return found | candidates.fetch(more(payment, found))


def propose(payment: Payment, found: Found, model: Model) -> Outcome:
    """What to do with a payment. Pure: same input, same output, whatever the order of what was found."""
    return outcome_of(weigh_all(payment, found, model), model)


def outcome_of(weighed: Weighed, model: Model) -> Outcome:
    """What to do, once every hypothesis is weighed."""
    case, ranked, none_probability = weighed.case, weighed.ranked, weighed.none_probability
    if not ranked or not is_worth_showing(case, ranked[0], none_probability, model):
        ranked = []
    flags = doubts(case, ranked, capped=weighed.capped, model=model)
    return Outcome(
        kind=decide(case, ranked, none_probability, flags, model),
        proposals=tuple(
            _proposal(scored, model) for scored in ranked[:MAX_PROPOSALS] if scored[2] >= model.shown
        ),
        flags=flags,
        none_probability=none_probability,
        model_version=model.version,
    )


def weigh_all(payment: Payment, found: Found, model: Model) -> Weighed:
    """All hypotheses of a payment, weighed: what the decision log keeps and the fit learns from."""
    case = build_case(payment, found)
    hypotheses, capped = drafts(case)
    weighed = [(draft, weigh(case, draft)) for draft in hypotheses]
    none_evidence = weigh_none(case)
    scores = [score_of(evidence, model) for _, evidence in weighed]
    probabilities = softmax([*scores, score_of(none_evidence, model)])
    # Rounded, so that equal evidence summed in another order still ties; a tie keeps the drafts' order.
    order = sorted(range(len(weighed)), key=lambda place: (-round(scores[place], 9), place))
    ranked = [(*weighed[place], probabilities[place]) for place in order]
    return Weighed(case, ranked, none_evidence, probabilities[-1], capped)


def score_of(evidence: Iterable[Evidence], model: Model) -> float:
    """Sum of weight times value."""
    return sum(model.weights[fact.code] * fact.value for fact in evidence)


def softmax(scores: list[float]) -> list[float]:
    """Probabilities that sum to one, computed without overflow."""
    highest = max(scores)
    powers = [math.exp(score - highest) for score in scores]
    total = sum(powers)
    return [power / total for power in powers]


def _proposal(scored: Scored, model: Model) -> Proposal:
    draft, evidence, probability = scored
    strongest = sorted(evidence, key=lambda fact: -abs(model.weights[fact.code] * fact.value))
    return Proposal(
        allocations=draft.allocations,
        probability=probability,
        residual_cents=draft.residual_cents,
        residual_reason=draft.residual_reason,
        reasons=tuple(Reason(fact.code, fact.params) for fact in strongest[:MAX_REASONS]),
        evidence={fact.code: fact.value for fact in evidence},
    )
