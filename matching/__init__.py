"""The decision: which invoices does a payment settle, why, and how sure are we. No I/O.

    found = candidates.fetch(wanted(payment))        # indexed look-ups, round one (async in the store)
    found |= candidates.fetch(more(payment, found))  # round two: the clients and near numbers it points at
    outcome = outcome_of(weigh_all(payment, found, model), model)  # pure

``reference_keys(number, other_references)`` gives the rows of ``invoice_references``, ``name_tokens(name)``
those of ``client_tokens``: both sides of every look-up come from this package.

Read in this order:

    values                     payment, invoice, proposal, outcome; what was learnt of payers
    reading/                   keys of an invoice, and the keys a text may quote (readings, references)
    lookups                    what is asked of the database, and what comes back; memory_index answers it
    payers/recognition         who paid, and how alike two names are
    case                       everything read and found about one payment, computed once
    explanations/settlements   the named ways in which an amount settles an invoice; sums; rarity
    explanations/hypotheses    every explanation worth weighing
    evidence, none_of_these    the table of weights, and one rule per line of it
    gate                       the doubts, and what may be applied alone
    engine                     the steps above in order, from payment to outcome
    rivals                     several payments that want the same invoice
    sentences                  reasons and doubts in French

Beside the decision: ``learning`` moves the weights towards an agency's own decisions, ``weights`` is the
model it makes. What decisions teach about payers is read in ``store.candidates.payer_memory``.
"""

from matching.engine import gather, match, more, outcome_of, propose, wanted, weigh_all
from matching.learning.fit import fit
from matching.learning.log import Decision, Weighing, weighing_from_json, weighing_of, weighing_to_json
from matching.learning.trial import MIN_DECISIONS, Assessment, Refit, Reliability, refit, reliability
from matching.lookups import ClientOpen, ClientRequest, Found, KeyHit, Lookups, PastPayment
from matching.memory_index import MemoryIndex
from matching.payers.recognition import name_tokens, normal_name
from matching.reading.keys import KeyKind, reference_keys
from matching.rivals import CONTESTED, conflicts, contested
from matching.sentences import sentence
from matching.values import (
    Allocation,
    Client,
    ClientId,
    Discount,
    Flag,
    Invoice,
    InvoiceId,
    InvoiceKind,
    InvoiceStatus,
    Link,
    Memory,
    Outcome,
    OutcomeKind,
    Payer,
    PayerClass,
    Payment,
    PaymentId,
    Proposal,
    Reason,
    Residual,
    Side,
)
from matching.weights import Model, ModelUnreadableError, from_json, to_json

__all__ = [
    "CONTESTED",
    "MIN_DECISIONS",
    "Allocation",
    "Assessment",
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
    "Weighing",
    "conflicts",
    "contested",
    "fit",
    "from_json",
    "gather",
    "match",
    "more",
    "name_tokens",
    "normal_name",
    "outcome_of",
    "propose",
    "reference_keys",
    "refit",
    "reliability",
    "sentence",
    "to_json",
    "wanted",
    "weigh_all",
    "weighing_from_json",
    "weighing_of",
    "weighing_to_json",
]
