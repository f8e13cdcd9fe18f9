"""The bank's client invoices and clients (docs.qonto.com, client-invoices and clients)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pydantic import AliasChoices, Field, model_validator

from qonto.fields import (
    BankId,
    BankModel,
    Currency,
    OptionalDate,
    OptionalText,
    OptionalUtc,
    Strings,
    UnreadableAmount,
    agreed_cents,
    mapping_at,
)


class Address(BankModel):
    """A postal address; the nested form writes `country_code` in upper case."""

    street_address: OptionalText = None
    zip_code: OptionalText = None
    city: OptionalText = None
    province_code: OptionalText = None
    country_code: OptionalText = None


class Client(BankModel):
    """Who is invoiced; the bank knows no IBAN of a client, and does not keep clients unique.

    Also read from the snapshot inside an invoice, which has fewer fields.
    """

    id: BankId
    kind: str = Field(default="", validation_alias=AliasChoices("kind", "type"))
    name: OptionalText = None
    first_name: OptionalText = None
    last_name: OptionalText = None
    email: OptionalText = None
    extra_emails: Strings = ()
    vat_number: OptionalText = None
    tax_identification_number: OptionalText = None
    billing_address: Address | None = None
    currency: OptionalText = None
    locale: OptionalText = None
    created_at: OptionalUtc = None
    updated_at: OptionalUtc = None


class InvoiceItem(BankModel):
    """A line of an invoice; `vat_rate` is a fraction (`0.2` is 20 %)."""

    title: OptionalText = None
    description: OptionalText = None
    quantity: Decimal | None = None
    unit: OptionalText = None
    unit_price_cents: int | None = None
    vat_rate: Decimal | None = None
    total_amount_cents: int | None = None


class PaymentMethod(BankModel):
    """Where an invoice asks to be paid."""

    type: str = ""
    iban: OptionalText = Field(default=None, repr=False)
    bic: OptionalText = None
    beneficiary_name: OptionalText = None


class ClientInvoice(BankModel):
    """An invoice of the organisation; `number` is None on drafts that are numbered automatically.

    Amounts are cents including tax. `amount_paid_cents` counts only transfers linked in Qonto: an
    invoice marked by hand is `paid` with 0.
    """

    id: BankId
    organization_id: OptionalText = None
    number: OptionalText = Field(default=None, validation_alias=AliasChoices("number", "invoice_number"))
    purchase_order: OptionalText = None
    status: str
    invoice_type: str = "standard"
    currency: Currency
    total_cents: int
    vat_cents: int | None = None
    amount_paid_cents: int = 0
    issue_date: OptionalDate = None
    due_date: OptionalDate = None
    created_at: OptionalUtc = None
    updated_at: OptionalUtc = None
    finalized_at: OptionalUtc = None
    paid_at: OptionalUtc = None
    contact_email: OptionalText = None
    invoice_url: OptionalText = Field(default=None, repr=False)
    attachment_id: OptionalText = None
    client: Client | None = None
    items: tuple[InvoiceItem, ...] = ()
    payment_methods: tuple[PaymentMethod, ...] = ()
    credit_notes_ids: Strings = ()
    einvoicing_status: OptionalText = None

    @model_validator(mode="before")
    @classmethod
    def _amounts(cls, data: object) -> object:
        """Read `{value, currency}` pairs (value is a string, not normalised: `10.0`, `120`) into cents."""
        if not isinstance(data, Mapping):
            return data
        total = _cents(data, "total_amount")
        if total is None:
            raise UnreadableAmount("no total_amount")
        absent = {key for key in ("items", "payment_methods") if data.get(key) is None}
        return {key: value for key, value in data.items() if key not in absent} | {
            "total_cents": total,
            "vat_cents": _cents(data, "vat_amount"),
            "amount_paid_cents": _cents(data, "amount_paid") or 0,
        }


def _cents(data: Mapping[str, Any], name: str) -> int | None:
    return agreed_cents(data.get(f"{name}_cents"), mapping_at(data, name).get("value"))
