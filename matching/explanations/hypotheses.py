"""Every explanation worth weighing for one payment; *none of these* is added by the decision.

One generator per idea, from the clearest to the weakest.
Together they are bounded: MAX_DRAFTS, and a flag when cut.
"""

from collections.abc import Callable, Iterator

from matching.case import Case, by_due_date
from matching.explanations.from_numbers import (
    MAX_QUOTED_ALONE,
    quoted_alone,
    quoted_less_credit_notes,
    quoted_plus_one,
    quoted_together,
    quoted_weakly,
)
from matching.explanations.from_payer import (
    anywhere_exact,
    client_deviations,
    client_exact,
    client_less_credit_notes,
    client_part,
    client_statement,
    client_sums,
    refunds,
)
from matching.explanations.settlements import Draft, Shape
from matching.reading.readings import Strength
from matching.values import Side

MAX_DRAFTS = 60

Idea = Callable[[Case], Iterator[Draft]]
CREDIT_IDEAS: tuple[Idea, ...] = (
    quoted_alone,
    quoted_weakly,
    quoted_together,
    quoted_less_credit_notes,
    quoted_plus_one,
    client_exact,
    client_deviations,
    client_sums,
    client_statement,
    client_less_credit_notes,
    client_part,
    anywhere_exact,
)
DEBIT_IDEAS: tuple[Idea, ...] = (refunds,)


def drafts(case: Case) -> tuple[tuple[Draft, ...], bool]:
    """All hypotheses but the dismissed ones, each once, by its clearest idea; and whether a limit was hit."""
    ideas = CREDIT_IDEAS if case.payment.side is Side.CREDIT else DEBIT_IDEAS
    found: dict[object, Draft] = {}
    for draft in (one for idea in ideas for one in idea(case)):
        if not is_dismissed(case, draft):
            found.setdefault((draft.allocations, draft.residual_cents), draft)
    ordered = sorted(found.values(), key=lambda draft: _rank(case, draft))
    too_many_quoted = len(case.quoted_open(Strength.UNPADDED)) > MAX_QUOTED_ALONE
    return tuple(ordered[:MAX_DRAFTS]), too_many_quoted or len(ordered) > MAX_DRAFTS


def is_dismissed(case: Case, draft: Draft) -> bool:
    """A refused invoice never comes back, alone or in company; a refused group never comes back as such."""
    invoices = frozenset(allocation.invoice_id for allocation in draft.allocations)
    refused = case.found.memory.dismissed.get(case.payment.id, frozenset())
    return any(one == invoices or (len(one) == 1 and one <= invoices) for one in refused)


def _rank(case: Case, draft: Draft) -> tuple[object, ...]:
    """Order that no input order can change: fewest unquoted items, clearest shape, oldest due."""
    dues = tuple(by_due_date(case.invoice(one.invoice_id)) for one in draft.allocations)
    parts = tuple((one.invoice_id, one.amount_cents) for one in draft.allocations)
    return (
        draft.unquoted,
        list(Shape).index(draft.shape),
        len(parts),
        min(dues),
        parts,
        draft.residual_cents,
    )
