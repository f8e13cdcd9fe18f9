"""The decision: which invoices does a payment settle, why, and how sure are we. No I/O.

    found = candidates.fetch(wanted(payment))        # indexed look-ups, round one (async in the store)
    found |= candidates.fetch(more(payment, found))  # round two: the clients and near numbers it points at
    outcome = propose(payment, found, model)         # pure

``reference_keys(number, other_references)`` gives the rows of ``invoice_references``, ``name_tokens(name)``
those of ``client_tokens``: both sides of every look-up come from this package.

Read in this order: ``model`` (the values), ``engine`` (the steps), ``evidence`` (the table and its rules),
``gate`` (what may be applied alone), ``hypotheses`` (the ideas), then ``references`` (reading texts).
"""

from matching.batch import CONTESTED, conflicts, contested, with_conflicts
from matching.decision_log import (
    Decision,
    Weighing,
    decision_of,
    weighing_from_json,
    weighing_of,
    weighing_to_json,
)
from matching.engine import Weighed, gather, match, more, outcome_of, propose, wanted, weigh_all
from matching.fitting import fit
from matching.index import MemoryIndex
from matching.keys import KeyKind, reference_keys
from matching.learning import (
    chose_another,
    confirmed,
    declared,
    dismissed,
    forgotten,
    merged,
    not_a_client_payment,
    undone,
)
from matching.lookups import Candidates, ClientOpen, ClientRequest, Found, KeyHit, Lookups, PastPayment
from matching.memory import Link, Memory, Payer, PayerClass
from matching.model import (
    Allocation,
    Client,
    ClientId,
    Discount,
    Flag,
    Invoice,
    InvoiceId,
    InvoiceKind,
    InvoiceStatus,
    Outcome,
    OutcomeKind,
    Payment,
    PaymentId,
    Proposal,
    Reason,
    Residual,
    Side,
)
from matching.names import name_tokens, normal_name, wanted_tokens
from matching.sentences import sentence
from matching.trial import MIN_DECISIONS, Assessment, Refit, Reliability, refit, reliability, report
from matching.weights import Model, ModelUnreadableError, from_json, to_json

__all__ = [
    "CONTESTED",
    "MIN_DECISIONS",
    "Allocation",
    "Assessment",
    "Candidates",
    "Client",
    "ClientId",
    "ClientOpen",
    "ClientRequest",
    "Decision",
    "Discount",
    "Flag",
    "Found",
    "Invoice",
    "InvoiceId",
    "InvoiceKind",
    "InvoiceStatus",
    "KeyHit",
    "KeyKind",
    "Link",
    "Lookups",
    "Memory",
    "MemoryIndex",
    "Model",
    "ModelUnreadableError",
    "Outcome",
    "OutcomeKind",
    "PastPayment",
    "Payer",
    "PayerClass",
    "Payment",
    "PaymentId",
    "Proposal",
    "Reason",
    "Refit",
    "Reliability",
    "Residual",
    "Side",
    "Weighed",
    "Weighing",
    "chose_another",
    "confirmed",
    "conflicts",
    "contested",
    "decision_of",
    "declared",
    "dismissed",
    "fit",
    "forgotten",
    "from_json",
    "gather",
    "match",
    "merged",
    "more",
    "name_tokens",
    "normal_name",
    "not_a_client_payment",
    "outcome_of",
    "propose",
    "reference_keys",
    "refit",
    "reliability",
    "report",
    "sentence",
    "to_json",
    "undone",
    "wanted",
    "wanted_tokens",
    "weigh_all",
    "weighing_from_json",
    "weighing_of",
    "weighing_to_json",
    "with_conflicts",
]
