"""What the bank says about the organisation, its accounts, its subscriptions and its tokens."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from pydantic import AliasChoices, Field, SecretStr, model_validator

from qonto.fields import BankId, BankModel, OptionalText, OptionalUtc, Strings
from qonto.money import UnreadableAmount, agreed_cents

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
