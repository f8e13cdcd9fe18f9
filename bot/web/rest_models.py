"""The bodies of the REST API, checked strictly: no coercion, no unknown field, amounts as decimal text."""

import re
import unicodedata
from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from qonto import UnreadableAmount, cents_from
from store.types import InvoiceKind, InvoiceStatus, PaymentState

MOST_DAYS = 3650
MOST_ALLOCATIONS = 100
LARGEST_PAGE = 200
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EMAIL = r"^[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;.]+$"
_AMOUNT = r"^-?[0-9]{1,14}(\.[0-9]{1,2})?$"


def _written(value: str) -> str:
    """Trim a text that people wrote; refuse blanks and what no name holds."""
    trimmed = value.strip()
    if not trimmed:
        raise ValueError("texte vide")
    if any(unicodedata.category(char) in {"Cc", "Cs"} for char in trimmed):
        raise ValueError("caractère de contrôle")
    return trimmed


def _iso_day(value: object) -> object:
    """Take ``YYYY-MM-DD`` only: pydantic alone also reads ``"1769472000"`` as a day."""
    if not isinstance(value, str) or not _ISO_DAY.fullmatch(value):
        raise ValueError("date AAAA-MM-JJ attendue")
    return value


def _exact(value: str) -> str:
    try:
        cents_from(value)
    except UnreadableAmount:
        raise ValueError("montant hors limites") from None
    return value


Text = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_written)]
Email = Annotated[str, Field(max_length=254, pattern=_EMAIL), AfterValidator(_written)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["EUR"])]
Amount = Annotated[str, Field(pattern=_AMOUNT, examples=["1500.00"]), AfterValidator(_exact)]
# Not strict: what the check lets through is text, which a strict date would refuse.
Day = Annotated[date, Field(strict=False), BeforeValidator(_iso_day)]


class Body(BaseModel):
    """What a caller sends."""

    model_config = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True, frozen=True)


class Answer(BaseModel):
    """What we send."""

    model_config = ConfigDict(frozen=True)


class SyncBody(Body):
    """How far back to read at the bank."""

    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = 30


class AllocationBody(Body):
    """One invoice and the part of the payment it gets; negative for a credit note."""

    invoice: Text
    amount: Amount


class AssociateBody(Body):
    """One invoice, which gets all that fits, or several with their amounts."""

    transaction_id: Text
    invoice: Text | None = None
    allocations: Annotated[list[AllocationBody], Field(min_length=1, max_length=MOST_ALLOCATIONS)] | None = (
        None
    )

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.invoice is None) == (self.allocations is None):
            raise ValueError("donner invoice, ou bien allocations")
        return self


class DissociateBody(Body):
    """Which payment to free; ``invoice`` limits it to the decision about that invoice."""

    transaction_id: Text
    invoice: Text | None = None


class InvoiceBody(Body):
    """An invoice to create or change; clients, talents and collaborations are found or created."""

    client: Text
    total: Amount
    due_date: Day
    client_email: Email | None = None
    talent: Text | None = None
    talent_email: Email | None = None
    collaboration: Text | None = None
    currency: Currency = "EUR"
    issue_date: Day | None = None
    kind: Literal["invoice", "credit_note"] = "invoice"
    language: Literal["fr", "en"] = "fr"

    @model_validator(mode="after")
    def _positive(self) -> Self:
        if cents_from(self.total) <= 0:
            raise ValueError("total : montant supérieur à zéro attendu")
        return self


class AllocationAnswer(Answer):
    """One part of a suggestion."""

    invoice: str
    amount: Amount


class ProposalAnswer(Answer):
    """A suggestion; ``reasons`` are stable codes, ``explanations`` the same in French."""

    allocations: list[AllocationAnswer]
    residual: Amount
    probability: float
    confidence: str
    reasons: list[str]
    explanations: list[str]


class AssociationAnswer(Answer):
    """A live association: who decided it, through which door, and when."""

    invoice: str
    amount: Amount
    write_off: Amount
    by: str
    through: str
    at: datetime


class TransactionAnswer(Answer):
    """A payment received. The payer's IBAN is masked."""

    transaction_id: str
    state: PaymentState | None
    side: str
    status: str
    amount: Amount
    unallocated: Amount
    currency: str
    label: str | None
    reference: str | None
    payer_name: str | None
    payer_iban: str | None
    settled_at: datetime | None
    proposals: list[ProposalAnswer]
    allocations: list[AssociationAnswer]


class TransactionsAnswer(Answer):
    """One page; ``next`` goes into ``after``."""

    transactions: list[TransactionAnswer]
    next: str | None


class CollaborationAnswer(Answer):
    """The deal an invoice belongs to."""

    title: str
    talent: str | None
    status: str


class InvoiceAnswer(Answer):
    """An invoice with what is still due."""

    number: str
    kind: InvoiceKind
    status: InvoiceStatus
    client: str
    client_email: str | None
    talent: str | None
    talent_email: str | None
    collaboration: CollaborationAnswer | None
    total: Amount
    open: Amount
    currency: str
    issue_date: date | None
    due_date: date
    paid_at: datetime | None
    language: str


class InvoicesAnswer(Answer):
    """One page; ``next`` goes into ``after``."""

    invoices: list[InvoiceAnswer]
    next: str | None


class SyncAnswer(Answer):
    """What a synchronisation found."""

    new: int
    updated: int
    unchanged: int
    to_explain: int
    seconds: float


class DecidedAnswer(Answer):
    """What was decided; ``repeated`` when the same decision stood already."""

    decision: int
    repeated: bool
    transaction: TransactionAnswer


class ErrorAnswer(Answer):
    """Every refusal."""

    error: str
    message: str
    id: str
