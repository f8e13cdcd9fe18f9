"""What the bank says: movements in every shape of API and webhook, accounts, subscriptions, tokens."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import AliasChoices, Field, SecretStr, model_validator
from stdnum import iban

from qonto.fields import (
    BankId,
    BankModel,
    Currency,
    OptionalText,
    OptionalUtc,
    Strings,
    UnreadableAmount,
    agreed_cents,
    currency_code,
    mapping_at,
    plain,
)

BALANCES = ("balance", "authorized_balance")


class PageMeta(BankModel):
    """Where a page stands; some endpoints leave fields out, so none is required."""

    current_page: int | None = None
    next_page: int | None = None
    per_page: int | None = None


class BankAccount(BankModel):
    """An account; a user without the right sees no balance and no IBAN, external accounts may have none.

    Balances are in cents and may be negative; where the bank contradicts itself about them both are None
    and `has_doubtful_balance` is true. `id` falls back to the slug where the bank's shortened answers leave
    it out.
    """

    id: BankId = Field(validation_alias=AliasChoices("id", "slug"))
    slug: OptionalText = None
    organization_id: OptionalText = None
    name: OptionalText = None
    status: str = "active"
    main: bool = False
    is_external_account: bool = False
    iban: OptionalText = Field(default=None, repr=False)
    bic: OptionalText = None
    currency: OptionalText = None
    balance_cents: int | None = None
    authorized_balance_cents: int | None = None
    has_doubtful_balance: bool = False
    updated_at: OptionalUtc = None

    @model_validator(mode="before")
    @classmethod
    def _balances(cls, data: object) -> object:
        """Read balances given as cents, numbers or strings: one nobody can read hides no movement."""
        if not isinstance(data, Mapping):
            return data
        cents: list[int | None] = [None, None]
        try:
            cents = [agreed_cents(data.get(f"{name}_cents"), data.get(name)) for name in BALANCES]
        except UnreadableAmount:
            doubtful = True
        else:
            doubtful = False
        read = {f"{name}_cents": value for name, value in zip(BALANCES, cents, strict=True)}
        return {**data, **read, "has_doubtful_balance": doubtful}

    @property
    def is_active(self) -> bool:
        """Tell whether polling this account makes sense."""
        return self.status == "active"


class Organization(BankModel):
    """The company behind the credentials; `slug` is in practice the login of its API key."""

    id: OptionalText = None
    slug: OptionalText = None
    name: OptionalText = None
    legal_name: OptionalText = None
    locale: OptionalText = None
    bank_accounts: tuple[BankAccount, ...] = ()


class WebhookSubscription(BankModel):
    """A subscription to events; the secret is shown for certain only when it is created."""

    id: BankId
    organization_id: OptionalText = None
    membership_id: OptionalText = None
    callback_url: str
    types: Strings = ()
    description: OptionalText = None
    secret: SecretStr | None = None
    created_at: OptionalUtc = None
    updated_at: OptionalUtc = None


class OAuthTokens(BankModel):
    """An answer of the token endpoint; `expires_in` in seconds (3600 in the docs).

    The refresh token is there only with the scope `offline_access`; it is single use.
    """

    access_token: SecretStr
    refresh_token: SecretStr | None = None
    expires_in: int = Field(default=3600, ge=0)
    scope: str = ""

    @property
    def scopes(self) -> frozenset[str]:
        """Return the scopes granted."""
        return frozenset(self.scope.split())

    def expires_at(self, received_at: datetime) -> datetime:
        """Return when the access token dies, given when it was received."""
        return received_at + timedelta(seconds=self.expires_in)


# The sub-object that names the other side is called after the operation (docs.qonto.com, list-transactions).
COUNTERPARTY_OBJECTS = ("income", "swift_income", "transfer", "direct_debit", "direct_debit_collection")
COPIED = (
    "id",
    "currency",
    "side",
    "status",
    "operation_type",
    "subject_type",
    "label",
    "clean_counterparty_name",
    "reference",
    "note",
    "emitted_at",
    "settled_at",
    "created_at",
    "updated_at",
    "attachment_ids",
)


class Transaction(BankModel):
    """A bank movement; `amount_cents` is never negative, `side` gives the direction.

    Build it from the bank's mapping with `Transaction.model_validate(mapping)`; a stored `raw`
    gives an equal transaction back. Raises pydantic's ValidationError when the amount is missing,
    inexact or contradictory, or when `id`, `currency`, `side` or `status` is missing.
    """

    id: BankId
    transaction_slug: OptionalText = None
    amount_cents: int = Field(ge=0)
    currency: Currency
    local_amount_cents: int | None = None
    local_currency: str | None = None
    side: str
    status: str
    operation_type: str = ""
    subject_type: str = ""
    label: OptionalText = None
    clean_counterparty_name: OptionalText = None
    reference: OptionalText = None
    note: OptionalText = None
    emitted_at: OptionalUtc = None
    settled_at: OptionalUtc = None
    created_at: OptionalUtc = None
    updated_at: OptionalUtc = None
    bank_account_id: OptionalText = None
    attachment_ids: Strings = ()
    counterparty_account_number: OptionalText = Field(default=None, repr=False)
    raw: dict[str, Any] = Field(repr=False)

    @model_validator(mode="before")
    @classmethod
    def _from_bank(cls, data: object) -> object:
        """Name every field we take, so that no other key of the bank's can land in one of ours."""
        if not isinstance(data, Mapping):
            return data
        taken = {name: data[name] for name in COPIED if data.get(name) is not None}
        return taken | {
            "transaction_slug": data.get("transaction_id"),
            "amount_cents": _amount_cents(data),
            "local_amount_cents": _local_cents(data),
            "local_currency": currency_code(data.get("local_currency")),
            "bank_account_id": data.get("bank_account_id") or mapping_at(data, "bank_account").get("id"),
            "counterparty_account_number": _counterparty_number(data),
            "raw": plain(data),
        }

    @property
    def counterparty_name(self) -> str | None:
        """Return the tidied name, or else the label: on incoming SEPA it holds the payer's name."""
        return self.clean_counterparty_name or self.label

    @property
    def counterparty_iban(self) -> str | None:
        """Return the other side's account in compact form, if it is a valid IBAN.

        Formats vary (`IBAN`, `iban`, `account_number`, `unstructured`), so the check digits decide.
        """
        number = self.counterparty_account_number
        if number is None or not iban.is_valid(number, check_country=False):
            return None
        return iban.compact(number)


def _amount_cents(data: Mapping[str, Any]) -> int:
    cents = agreed_cents(data.get("amount_cents"), data.get("amount"))
    if cents is None:
        raise UnreadableAmount("no amount")
    if cents < 0 and data.get("side") != "debit":
        raise UnreadableAmount("negative amount on a movement that is not a debit")
    return abs(cents)


def _local_cents(data: Mapping[str, Any]) -> int | None:
    """Read the foreign amount, or None: a currency with three decimals must not hide a payment."""
    try:
        cents = agreed_cents(data.get("local_amount_cents"), data.get("local_amount"))
    except UnreadableAmount:
        return None
    return None if cents is None else abs(cents)


def _counterparty_number(data: Mapping[str, Any]) -> object:
    numbers = (mapping_at(data, name).get("counterparty_account_number") for name in COUNTERPARTY_OBJECTS)
    return next((number for number in numbers if number), None)
