"""What the REST API takes and gives.

Bodies are checked strictly: no coercion, no unknown field. Amounts are decimal text both ways.
"""

import re
import unicodedata
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, AliasPath, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from bot.locale import fr
from qonto import UnreadableAmount, cents_from
from store.models import Collaboration
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
Cents = Annotated[str, Field(pattern=_AMOUNT, examples=["1500.00"]), BeforeValidator(fr.decimal_text)]
# Not strict: what the check lets through is text, which a strict date would refuse.
Day = Annotated[date, Field(strict=False), BeforeValidator(_iso_day)]


class Body(BaseModel):
    """What a caller sends."""

    model_config = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True, frozen=True)


class Answer(BaseModel):
    """What we send, read from what the use cases give."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


def _read(*path: str) -> Any:
    """Name the attribute that a field is read from, where it is called otherwise."""
    return Field(validation_alias=AliasPath(*path))


class Page(BaseModel):
    """Which part of a list is wanted."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    q: Annotated[str, Field(max_length=200)] | None = None
    after: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = 50


class PaymentsPage(Page):
    """A page of payments."""

    state: PaymentState | None = None


class InvoicesPage(Page):
    """A page of invoices."""

    state: InvoiceStatus | None = None


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

    invoice: str = _read("number")
    amount: Cents = _read("amount_cents")


class SuggestionAnswer(Answer):
    """A suggestion; ``reasons`` are stable codes, ``explanations`` the same in French."""

    allocations: list[AllocationAnswer] = _read("lines")
    residual: Cents = _read("residual_cents")
    probability: Annotated[float, AfterValidator(lambda share: round(share, 4))]
    confidence: str
    reasons: list[str] = _read("codes")
    explanations: list[str] = _read("sentences")


class AssociationAnswer(Answer):
    """A live association: who decided it, through which door, and when."""

    invoice: str = _read("line", "number")
    amount: Cents = _read("line", "amount_cents")
    write_off: Cents = _read("write_off_cents")
    by: str = _read("actor")
    through: str = _read("actor_kind")
    at: datetime = _read("decided_at")


class TransactionAnswer(Answer):
    """A payment received. The payer's IBAN is masked."""

    transaction_id: str = _read("qonto_id")
    state: PaymentState | None
    side: str
    status: str
    amount: Cents = _read("amount_cents")
    unallocated: Cents = _read("unallocated_cents")
    currency: str
    label: str | None
    reference: str | None
    payer_name: str | None
    payer_iban: Annotated[str | None, AfterValidator(fr.masked_iban)]
    settled_at: datetime | None
    proposals: list[SuggestionAnswer] = _read("suggestions")
    allocations: list[AssociationAnswer] = _read("associations")


class TransactionsAnswer(Answer):
    """One page; ``next`` goes into ``after``."""

    transactions: list[TransactionAnswer]
    next: str | None


class CollaborationAnswer(Answer):
    """The deal an invoice belongs to."""

    title: str
    talent: Annotated[str | None, BeforeValidator(lambda talent: talent and talent.name)]
    status: str


def _of_talent(deal: Collaboration | None, field: str) -> Any:
    return getattr(deal.talent, field) if deal and deal.talent else None


class InvoiceAnswer(Answer):
    """An invoice with what is still due."""

    number: str
    kind: InvoiceKind
    status: InvoiceStatus
    client: str = _read("client", "name")
    client_email: str | None = _read("client", "email")
    talent: Annotated[str | None, BeforeValidator(lambda deal: _of_talent(deal, "name"))] = _read(
        "collaboration"
    )
    talent_email: Annotated[str | None, BeforeValidator(lambda deal: _of_talent(deal, "email"))] = _read(
        "collaboration"
    )
    collaboration: CollaborationAnswer | None
    total: Cents = _read("total_cents")
    open: Cents = _read("open_cents")
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
    seconds: Annotated[float, AfterValidator(lambda seconds: round(seconds, 3))]


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
