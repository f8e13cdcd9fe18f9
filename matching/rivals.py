"""Several payments at once: where they want more than is open together, the conflict is shown."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from matching.values import Flag, InvoiceId, Outcome, OutcomeKind, PaymentId

CONTESTED = "contested"


def conflicts(
    outcomes: Mapping[PaymentId, Outcome], open_cents: Mapping[InvoiceId, int]
) -> dict[PaymentId, frozenset[PaymentId]]:
    """For each payment, the others whose first proposal wants more of an invoice than is open.

    Order plays no part.
    """
    wants: dict[InvoiceId, dict[PaymentId, int]] = defaultdict(dict)
    for payment_id, outcome in outcomes.items():
        for allocation in outcome.proposals[0].allocations if outcome.proposals else ():
            wants[allocation.invoice_id][payment_id] = abs(allocation.amount_cents)
    rivals: dict[PaymentId, set[PaymentId]] = defaultdict(set)
    for invoice_id, wanted in wants.items():
        if len(wanted) > 1 and sum(wanted.values()) > open_cents.get(invoice_id, 0):
            for payment_id in wanted:
                rivals[payment_id] |= wanted.keys() - {payment_id}
    return {payment_id: frozenset(others) for payment_id, others in rivals.items()}


def contested(outcome: Outcome, rivals: frozenset[PaymentId]) -> Outcome:
    """An outcome that others contest: flagged with who they are, and a person's to decide."""
    named = ",".join(str(one) for one in sorted(rivals))
    flag = Flag(CONTESTED, {"count": len(rivals) + 1, "payments": named})
    return replace(outcome, kind=OutcomeKind.SUGGEST, flags=(*outcome.flags, flag))
