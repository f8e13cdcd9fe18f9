"""The bank: Qonto's Business API, its models, its OAuth flow and its webhook signature."""

from qonto.client import QontoClient
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
from qonto.fields import NotJson, UnreadableAmount, cents_from, read_json
from qonto.invoicing import ClientInvoice
from qonto.models import BankAccount, OAuthTokens, Organization, PageMeta, Transaction, WebhookSubscription
from qonto.oauth import SCOPES, QontoOAuth
from qonto.paging import Page, TransactionQuery, UnreadableRow
from qonto.transport import ApiKey, Auth, Bearer, Retries
from qonto.webhooks import (
    CLIENT_INVOICES,
    SIGNATURE_HEADER,
    TRANSACTIONS,
    WebhookEvent,
    envelope,
    parse_event,
    verify_signature,
)

__all__ = [
    "CLIENT_INVOICES",
    "SCOPES",
    "SIGNATURE_HEADER",
    "TRANSACTIONS",
    "ApiKey",
    "Auth",
    "BankAccount",
    "Bearer",
    "ClientInvoice",
    "InvalidGrant",
    "InvalidSignature",
    "NotJson",
    "OAuthTokens",
    "Organization",
    "Page",
    "PageMeta",
    "PaginationBroken",
    "QontoBroken",
    "QontoClient",
    "QontoError",
    "QontoForbidden",
    "QontoNotFound",
    "QontoOAuth",
    "QontoRateLimited",
    "QontoRejected",
    "QontoUnauthorized",
    "QontoUnreachable",
    "Retries",
    "Transaction",
    "TransactionQuery",
    "UnreadableAmount",
    "UnreadableEvent",
    "UnreadableRow",
    "WebhookEvent",
    "WebhookSubscription",
    "cents_from",
    "envelope",
    "parse_event",
    "read_json",
    "verify_signature",
]
