"""The values the matcher takes and returns: frozen, comparable, without I/O.

What was learnt of payers (``Memory``) comes from confirmed associations only: the store reads it from the
decisions, an admin can see and delete it. A payment is scored with the slice that concerns it.

Money is whole cents (``int``) beside an ISO 4217 currency code; days are plain dates.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NewType

InvoiceId = NewType("InvoiceId", int)
ClientId = NewType("ClientId", int)
PaymentId = NewType("PaymentId", int)

Params = Mapping[str, str | int]


class Side(StrEnum):
    """Which way the money moved on our account."""

    CREDIT = "credit"
    DEBIT = "debit"


class InvoiceKind(StrEnum):
    """What we issued: a claim, or a credit note that lowers one."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class InvoiceStatus(StrEnum):
    """Where an invoice stands; only ``open`` and ``partly_paid`` can receive money."""

    OPEN = "open"
    PARTLY_PAID = "partly_paid"
    PAID = "paid"
    CANCELLED = "cancelled"


class OutcomeKind(StrEnum):
    """What to do with a payment: apply alone, show first, list, or search by hand."""

    AUTO = "auto"
    PRESELECT = "preselect"
    SUGGEST = "suggest"
    NONE = "none"


class Residual(StrEnum):
    """Why the allocations differ from the payment."""

    FEE = "fee"
    DISCOUNT = "discount"
    NET_OF_VAT = "net_of_vat"
    WITHHOLDING = "withholding"
    ROUNDING = "rounding"
    OVERPAYMENT = "overpayment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One settled movement of the account. ``amount_cents`` is positive; ``side`` gives the direction.

    ``text`` is everything the bank passed on: label, reference, end-to-end id, in any order.
    """

    id: PaymentId
    currency: str
    amount_cents: int
    settled_on: date
    payer_name: str = ""
    payer_iban: str | None = None
    text: str = ""
    side: Side = Side.CREDIT
    operation_type: str | None = None

    def __post_init__(self) -> None:
        """Refuse an amount that is not positive (ValueError)."""
        if self.amount_cents <= 0:
            raise ValueError("amount_cents must be positive; side gives the direction")

    @property
    def signed_cents(self) -> int:
        """Positive for money in, negative for money out."""
        return self.amount_cents if self.side is Side.CREDIT else -self.amount_cents


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    """Early-payment discount: basis points of the total, until so many days after issue."""

    basis_points: int
    within_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """An invoice or a credit note; amounts are positive for both, ``kind`` carries the sense.

    ``references`` are other texts a client may quote: RF creditor reference, purchase order, campaign.
    """

    id: InvoiceId
    number: str
    client_id: ClientId
    currency: str
    total_cents: int
    open_cents: int
    due_date: date
    kind: InvoiceKind = InvoiceKind.INVOICE
    status: InvoiceStatus = InvoiceStatus.OPEN
    net_cents: int | None = None
    issue_date: date | None = None
    references: tuple[str, ...] = ()
    discount: Discount | None = None
    paid_date: date | None = None
    disputed: bool = False

    @property
    def is_open(self) -> bool:
        """Can still receive money (or be used up, for a credit note)."""
        return self.open_cents > 0 and self.status in {InvoiceStatus.OPEN, InvoiceStatus.PARTLY_PAID}


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Who is invoiced. ``pays_for``: clients it is known to pay for, as a parent or an agency does."""

    id: ClientId
    name: str
    aliases: tuple[str, ...] = ()
    pays_for: tuple[ClientId, ...] = ()
    withholding_basis_points: tuple[int, ...] = ()


class PayerClass(StrEnum):
    """What kind of payer an IBAN or a name is. Only ``CLIENT`` identifies one client.

    ``GROUP`` pays for two to five clients (group treasury, agency of record), ``MANY`` for more.
    """

    CLIENT = "client"
    GROUP = "group"
    MANY = "many"
    FACTOR = "factor"
    PLATFORM = "platform"
    NOT_CLIENT = "not_client"
    OWN = "own"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """How often a payer was confirmed, or contradicted, as paying for one client.

    ``blocked``: an association of this pair was undone once; it is never applied alone again.
    """

    client_id: ClientId
    confirmations: int = 0
    contradictions: int = 0
    last_date: date | None = None
    refused_date: date | None = None
    blocked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """All that is known of one payer key. ``declared`` is an admin's word and wins over the counts."""

    links: tuple[Link, ...] = ()
    not_client_count: int = 0
    declared: PayerClass | None = None

    def link(self, client_id: ClientId) -> Link | None:
        """The link to one client, if any."""
        return next((link for link in self.links if link.client_id == client_id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Learnt facts: payers by IBAN and by normalised name, dismissed sets, payment delays in days."""

    ibans: Mapping[str, Payer] = field(default_factory=dict)
    aliases: Mapping[str, Payer] = field(default_factory=dict)
    dismissed: Mapping[PaymentId, frozenset[frozenset[InvoiceId]]] = field(default_factory=dict)
    delays: Mapping[ClientId, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reason:
    """One observed fact for or against, as a code and its parameters.

    ``sentences.sentence`` says it in French.
    """

    code: str
    params: Params = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Flag:
    """A doubt about the payment. Any flag forbids ``auto``; the card shows it first."""

    code: str
    params: Params = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Allocation:
    """Part of a payment applied to one invoice; negative for a credit note."""

    invoice_id: InvoiceId
    amount_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A full explanation of one payment: allocations plus residual equal the signed payment.

    ``evidence`` is the vector behind the probability (code -> value), kept for the decision log.
    """

    allocations: tuple[Allocation, ...]
    probability: float
    residual_cents: int = 0
    residual_reason: Residual | None = None
    reasons: tuple[Reason, ...] = ()
    evidence: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The answer for one payment: at most three proposals, best first, and the doubts."""

    kind: OutcomeKind
    proposals: tuple[Proposal, ...] = ()
    flags: tuple[Flag, ...] = ()
    none_probability: float = 1.0
    model_version: str = ""
