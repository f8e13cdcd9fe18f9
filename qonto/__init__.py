"""The bank: Qonto's Business API, its models, its OAuth flow and its webhook signature."""

from qonto.documents import NotJson, read_json
from qonto.errors import (
    InvalidGrant,
    InvalidSignature,
    PaginationBroken,
    QontoBroken,
    QontoError,
    QontoForbidden,
    QontoNotFound,
    QontoRateLimited,
    QontoRejected,
    QontoUnauthorized,
    QontoUnreachable,
    UnreadableEvent,
)
from qonto.invoicing import Client, ClientInvoice
from qonto.models import (
    Attachment,
    BankAccount,
    Label,
    OAuthTokens,
    Organization,
    PageMeta,
    WebhookSubscription,
)
from qonto.money import UnreadableAmount, cents_from
from qonto.transaction import Transaction
from qonto.webhooks import (
    CLIENT_INVOICES,
    SIGNATURE_HEADER,
    TRANSACTIONS,
    Envelope,
    WebhookEvent,
    envelope,
    parse_event,
    verify_signature,
)

__all__ = [
    "CLIENT_INVOICES",
    "SIGNATURE_HEADER",
    "TRANSACTIONS",
    "Attachment",
    "BankAccount",
    "Client",
    "ClientInvoice",
    "Envelope",
    "InvalidGrant",
    "InvalidSignature",
    "Label",
    "NotJson",
    "OAuthTokens",
    "Organization",
    "PageMeta",
    "PaginationBroken",
    "QontoBroken",
    "QontoError",
    "QontoForbidden",
    "QontoNotFound",
    "QontoRateLimited",
    "QontoRejected",
    "QontoUnauthorized",
    "QontoUnreachable",
    "Transaction",
    "UnreadableAmount",
    "UnreadableEvent",
    "WebhookEvent",
    "WebhookSubscription",
    "cents_from",
    "envelope",
    "parse_event",
    "read_json",
    "verify_signature",
]
