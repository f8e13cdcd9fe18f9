"""Every table, by subject. Money is integer cents; instants are aware UTC; days are plain dates."""

from store.models.agency import Client, Collaboration, Invoice, InvoiceReference, Talent
from store.models.bank import BankAccount, OAuthToken, SyncCursor, Transaction, WebhookSubscription
from store.models.base import Base
from store.models.decisions import (
    Allocation,
    AuditEntry,
    AuditHead,
    Decision,
    MatchingRound,
    Proposal,
    Rejection,
)
from store.models.delivery import InboxEvent, Message, ServiceState

__all__ = [
    "Allocation",
    "AuditEntry",
    "AuditHead",
    "BankAccount",
    "Base",
    "Client",
    "Collaboration",
    "Decision",
    "InboxEvent",
    "Invoice",
    "InvoiceReference",
    "MatchingRound",
    "Message",
    "OAuthToken",
    "Proposal",
    "Rejection",
    "ServiceState",
    "SyncCursor",
    "Talent",
    "Transaction",
    "WebhookSubscription",
]
