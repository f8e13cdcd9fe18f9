"""Every table, by subject. Money is integer cents; instants are aware UTC; days are plain dates."""

from store.models.agency import IS_OPEN, Client, ClientToken, Collaboration, Invoice, InvoiceReference, Talent
from store.models.alerts import IS_RAISED, Alert
from store.models.bank import (
    IS_CLAIMED,
    NEEDS_MATCHING,
    NEEDS_REREAD,
    BankAccount,
    OAuthToken,
    SyncCursor,
    Transaction,
    WebhookSubscription,
)
from store.models.base import Base
from store.models.decisions import (
    Allocation,
    AuditEntry,
    AuditHead,
    ChangedInvoice,
    Decision,
    MatchingRound,
    Rejection,
    Suggestion,
    SuggestionInvoice,
)
from store.models.delivery import HAS_BODY, IS_PENDING, IS_STUCK, LAGS, InboxEvent, Message, ServiceState
from store.models.learning import DeclaredPayer, ForgottenPayer, WeighedRound
from store.models.surfaces import GroupMembers, HomeView, ListedPayment, Preference, TalentLink

__all__ = [
    "HAS_BODY",
    "IS_CLAIMED",
    "IS_OPEN",
    "IS_PENDING",
    "IS_RAISED",
    "IS_STUCK",
    "LAGS",
    "NEEDS_MATCHING",
    "NEEDS_REREAD",
    "Alert",
    "Allocation",
    "AuditEntry",
    "AuditHead",
    "BankAccount",
    "Base",
    "ChangedInvoice",
    "Client",
    "ClientToken",
    "Collaboration",
    "Decision",
    "DeclaredPayer",
    "ForgottenPayer",
    "GroupMembers",
    "HomeView",
    "InboxEvent",
    "Invoice",
    "InvoiceReference",
    "ListedPayment",
    "MatchingRound",
    "Message",
    "OAuthToken",
    "Preference",
    "Rejection",
    "ServiceState",
    "Suggestion",
    "SuggestionInvoice",
    "SyncCursor",
    "Talent",
    "TalentLink",
    "Transaction",
    "WebhookSubscription",
    "WeighedRound",
]
