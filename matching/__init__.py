"""The decision: which invoices does a payment settle, why, and how sure are we. No I/O.

    found = candidates.fetch(wanted(payment))        # indexed look-ups, round one (async in the store)
    found |= candidates.fetch(more(payment, found))  # round two: the clients and near numbers it points at
    outcome = propose(payment, found, model)         # pure

``reference_keys(number, other_references)`` gives the rows of ``invoice_references``, ``name_tokens(name)``
those of ``client_tokens``: both sides of every look-up come from this package.

Read in this order:

    model           the values: payment, invoice, proposal, outcome
    keys, text      under which keys an invoice can be quoted
    references      the keys a text may quote (with readings, cues, lists, masks, schemes)
    memory, names   what was learnt of payers; how alike two names are
    lookups         what is asked of the database, and what comes back; index answers it from memory
    quotes, payers  which invoices the text quotes; who paid
    case            everything read and found about one payment, computed once
    settlements     the named ways in which an amount settles an invoice (with sums, rarity)
    hypotheses      every explanation worth weighing (quoted_ideas, client_ideas)
    evidence        the table of weights, and one rule per line of it; nothing: what speaks for none
    gate            the doubts, and what may be applied alone
    engine          the steps above in order, from payment to outcome
    batch           several payments that want the same invoice
    sentences       reasons and doubts in French

Beside the decision: ``decision_log``, ``fitting`` and ``trial`` move the weights towards an agency's own
decisions, ``weights`` is the model they make. What decisions teach about payers is read from the decisions
themselves, in ``store.candidates.payer_memory``.
"""

from matching.engine import gather, match, more, outcome_of, propose, wanted, weigh_all
from matching.learning.fit import fit
from matching.learning.log import (
    Decision,
    Weighing,
    weighing_from_json,
    weighing_of,
    weighing_to_json,
)
from matching.learning.trial import MIN_DECISIONS, Assessment, Refit, Reliability, refit, reliability, report
from matching.lookups import ClientOpen, ClientRequest, Found, KeyHit, Lookups, PastPayment
from matching.memory_index import MemoryIndex
from matching.payer_facts import Link, Memory, Payer, PayerClass
from matching.payers.names import name_tokens, normal_name
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
    Outcome,
    OutcomeKind,
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
    "report",
    "sentence",
    "to_json",
    "wanted",
    "weigh_all",
    "weighing_from_json",
    "weighing_of",
    "weighing_to_json",
]
