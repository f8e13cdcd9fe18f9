"""From a payment and what was found to an outcome."""

import math
from dataclasses import dataclass

from matching.lookups import Found, Lookups
from matching.model import Allocation, InvoiceKind, Outcome, OutcomeKind, Payment, Proposal, Reason
from matching.names import name_tokens, normal_name
from matching.references import read

MAX_PROPOSALS = 3


@dataclass(frozen=True, slots=True)
class Model:
    """Weights and thresholds."""

    version: str = "0"
    none_weight: float = 5.0
    quoted_weight: float = 6.0
    auto_threshold: float = 0.95


def wanted(payment: Payment) -> Lookups:
    """First round of look-ups for a payment."""
    return Lookups(
        keys=frozenset(reading.key for reading in read(payment.text)),
        iban=payment.payer_iban,
        alias=normal_name(payment.payer_name) or None,
        tokens=frozenset(name_tokens(payment.payer_name)),
        amount=(payment.currency, payment.amount_cents),
        payment_id=payment.id,
    )


def more(payment: Payment, found: Found) -> Lookups:  # noqa: ARG001
    """Second round."""
    return Lookups()


def propose(payment: Payment, found: Found, model: Model) -> Outcome:
    """Score each open invoice quoted or of the exact amount against *none*."""
    kinds = {reading.key: reading for reading in read(payment.text)}
    quoted = {hit.invoice_id: kinds[hit.key].quoted for hit in found.hits if hit.kind in kinds[hit.key].kinds}
    scored: list[tuple[float, Proposal]] = []
    rarity = min(math.log(max(found.open_count, 1) / max(found.same_amount_count, 1)), 8)
    for invoice_id in sorted({*quoted, *found.same_amount}):
        invoice = found.invoices[invoice_id]
        if not invoice.is_open or invoice.currency != payment.currency or invoice.kind is not InvoiceKind.INVOICE:
            continue
        exact = invoice.open_cents == payment.amount_cents
        score = (rarity if exact else -3.0) + (model.quoted_weight if invoice_id in quoted else 0)
        cents = min(invoice.open_cents, payment.amount_cents)
        reasons = []
        if invoice_id in quoted:
            reasons.append(Reason("reference_full", {"number": invoice.number, "quoted": quoted[invoice_id]}))
        if exact:
            reasons.append(Reason("amount_exact", {"cents": payment.amount_cents, "currency": payment.currency}))
        scored.append((score, Proposal(allocations=(Allocation(invoice_id, cents),), probability=score, residual_cents=payment.amount_cents - cents, reasons=tuple(reasons))))
    total = math.exp(model.none_weight) + sum(math.exp(score) for score, _ in scored)
    ranked = sorted(scored, key=lambda pair: (-pair[0], pair[1].allocations[0].invoice_id))[:MAX_PROPOSALS]
    proposals = tuple(
        Proposal(allocations=one.allocations, probability=math.exp(score) / total, residual_cents=one.residual_cents, reasons=one.reasons)
        for score, one in ranked
        if math.exp(score) / total > 0.05  # noqa: PLR2004
    )
    kind = OutcomeKind.NONE
    if proposals:
        best = proposals[0]
        kind = OutcomeKind.PRESELECT if best.probability >= 0.85 else OutcomeKind.SUGGEST  # noqa: PLR2004
        if best.probability >= model.auto_threshold and len(best.reasons) == 2:  # noqa: PLR2004
            kind = OutcomeKind.AUTO
    return Outcome(kind=kind, proposals=proposals, none_probability=math.exp(model.none_weight) / total, model_version=model.version)
