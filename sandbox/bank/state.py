"""What the stand-in bank knows, and what can be made to happen in it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import uuid4

from sandbox.bank.deliveries import Courier, Delivery, Target
from sandbox.bank.invoices import InvoiceBook
from sandbox.bank.movements import Ledger, Movement, event_data, units, written
from sandbox.bank.subscriptions import Subscriptions
from sandbox.bank.tokens import Tokens

TRANSACTIONS = "v1/transactions"
CLIENT_INVOICES = "v1/client-invoices"
CONFIGURED = "00000000-0000-4000-8000-00000000c0de"
CHANGEABLE = {
    "status",
    "amount_cents",
    "label",
    "clean_counterparty_name",
    "counterparty_iban",
    "reference",
    "note",
    "side",
    "currency",
    "settled_at",
    "attachment_ids",
}
PagingTrap = Literal["ignore_page", "repeat_page", "no_next_page", "empty_page", "fewer_rows"]


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Account:
    """One account of the organisation; balance in cents."""

    id: str = field(default_factory=lambda: str(uuid4()))
    name: str = "Compte principal"
    iban: str | None = "FR7616958000011234567890177"
    status: str = "active"
    main: bool = True
    currency: str = "EUR"
    is_external: bool = False
    balance_cents: int = 0
    updated_at: datetime = field(default_factory=_utc_now)

    def to_json(self) -> dict[str, Any]:
        """Return the account as `/v2/bank_accounts` writes it, balances as strings."""
        return {
            "id": self.id,
            "name": self.name,
            "status": self.status,
            "main": self.main,
            "iban": self.iban,
            "bic": "QNTOFRP1XXX" if self.iban else None,
            "currency": self.currency,
            "balance": f"{self.balance_cents / 100:.2f}",
            "balance_cents": self.balance_cents,
            "authorized_balance": f"{self.balance_cents / 100:.2f}",
            "authorized_balance_cents": self.balance_cents,
            "updated_at": written(self.updated_at),
            "is_external_account": self.is_external,
            "account_number": "",
        }


@dataclass
class Drift:
    """Movement under a reader's feet: after each page served, rows appear and known rows are touched."""

    insert: int = 0
    touch: int = 0
    pages: int = 1


@dataclass(kw_only=True)
class BankState:
    """The bank, in memory. Amounts in cents, instants aware UTC; `now` may be a test's own clock.

    With `webhook_url` and `webhook_secret` every change is also sent there; subscriptions made
    through the API add to that. `ack_seconds` and `backoff` (seconds) rule the deliveries.
    """

    webhook_url: str | None = None
    webhook_secret: str | None = None
    webhook_types: tuple[str, ...] = (TRANSACTIONS, CLIENT_INVOICES)
    api_key: str = "agence-lumen-4821:cle-secrete-du-bac-a-sable"
    staging_token: str | None = None
    client_id: str = "bac-a-sable"
    client_secret: str = "secret-du-bac-a-sable"  # noqa: S105 (an invented secret, for this machine only)
    organization_name: str = "Agence Lumen"
    organization_id: str = field(default_factory=lambda: str(uuid4()))
    accounts: list[Account] = field(default_factory=lambda: [Account()])
    now: Callable[[], datetime] = _utc_now
    ack_seconds: float = 1.0
    backoff: tuple[float, ...] = (0.5, 1.0, 2.0, 5.0, 15.0, 60.0)
    paging_trap: PagingTrap | None = None
    drift: Drift | None = None

    def __post_init__(self) -> None:
        self.movements = Ledger()
        self.invoices = InvoiceBook(self.tick)
        self.subscriptions = Subscriptions(self.organization_id, self.tick)
        self.tokens = Tokens(self.now)
        self.courier = Courier(self.now, self.ack_seconds, self.backoff)
        self._last_tick = datetime.min.replace(tzinfo=UTC)
        self._counter = 0

    @property
    def slug(self) -> str:
        """Return the organisation's slug, which is also the login of its API key."""
        return self.api_key.partition(":")[0]

    @property
    def main_account(self) -> Account:
        """Return the account payments arrive on unless told otherwise."""
        return next(account for account in self.accounts if account.main)

    @property
    def deliveries(self) -> list[Delivery]:
        """Return every delivery ever started, in order."""
        return self.courier.deliveries

    def account(self, account_id: str) -> Account | None:
        """Return an account by id, or None."""
        return next((each for each in self.accounts if each.id == account_id), None)

    def tick(self) -> datetime:
        """Return the present in whole milliseconds, never twice the same."""
        instant = self.now()
        instant = instant.replace(microsecond=instant.microsecond // 1000 * 1000)
        self._last_tick = max(instant, self._last_tick + timedelta(milliseconds=1))
        return self._last_tick

    def pay(
        self,
        amount_cents: int,
        payer_name: str,
        payer_iban: str | None = None,
        reference: str | None = None,
        *,
        deliver: bool = True,
        settled_at: datetime | None = None,
        status: str = "completed",
        **fields: Any,
    ) -> Movement:
        """Let somebody pay: by default a settled SEPA transfer that came in just now.

        `deliver=False` loses the webhook. Further `fields` are those of Movement, such as `side`,
        `currency`, `operation_type`, `account_id`. Raises TypeError for an unknown one.
        """
        instant = settled_at or self.tick()
        row: dict[str, Any] = {
            "id": str(uuid4()),
            "slug": self._next_slug(),
            "account_id": self.main_account.id,
            "amount_cents": amount_cents,
            "side": "credit",
            "status": status,
            "label": payer_name,
            "counterparty_iban": payer_iban,
            "reference": reference,
            "emitted_at": instant,
            "settled_at": instant if status == "completed" else None,
            "created_at": instant,
            "updated_at": instant,
        }
        movement = Movement(**row | fields)
        self._book(movement)
        self.movements.put(movement)
        if deliver:
            self.announce(movement, "created")
        return movement

    def change(self, movement_id: str, *, deliver: bool = True, **fields: Any) -> Movement:
        """Change a movement as the bank may, any time later; `updated_at` moves.

        Completing sets `settled_at`, declining clears it. Raises KeyError for an unknown id and
        ValueError for a field that never changes.
        """
        unknown = set(fields) - CHANGEABLE
        if unknown:
            raise ValueError(f"cannot change {', '.join(sorted(unknown))}")
        movement = self.movements.take_out(movement_id)
        booked_before = movement.status == "completed"
        for name, value in fields.items():
            setattr(movement, name, value)
        movement.updated_at = self.tick()
        if movement.status != "completed":
            movement.settled_at = None
        elif not booked_before:
            movement.settled_at = fields.get("settled_at") or movement.updated_at
            self._book(movement)
        self.movements.put(movement)
        if deliver:
            self.announce(movement, "updated")
        return movement

    def remove(self, movement_id: str) -> None:
        """Let a movement vanish from every list, without a word; raises KeyError."""
        self.movements.take_out(movement_id)

    def load(self, count: int, *, newest: datetime | None = None, spacing_seconds: int = 60) -> list[str]:
        """Add old settled credits in bulk, `spacing_seconds` apart up to `newest`; return their ids.

        Names and amounts vary, nothing is delivered.
        """
        newest = newest or self.now() - timedelta(days=1)
        newest = newest.replace(microsecond=0)
        return [
            self.pay(
                1_000 + index * 37 % 900_000,
                f"CLIENT {index % 997:03d} SARL",
                reference=f"Facture H-{index:06d}",
                deliver=False,
                settled_at=newest - timedelta(seconds=spacing_seconds * (count - 1 - index)),
            ).id
            for index in range(count)
        ]

    def drift_once(self) -> None:
        """Move rows as `drift` says; called after each page of transactions served."""
        if self.drift is None or self.drift.pages < 1:
            return
        self.drift.pages -= 1
        oldest = sorted(self.movements, key=lambda each: each.key)[: self.drift.touch]
        for movement in oldest:
            self.change(movement.id, deliver=False, note="touched")
        for _ in range(self.drift.insert):
            self.pay(4_200, "ARRIVEE PENDANT LA LECTURE", deliver=False)

    def announce(self, movement: Movement, event: str) -> list[Delivery]:
        """Send a `v1/transactions` event (`created` or `updated`) to everyone subscribed."""
        return self.send_event(TRANSACTIONS, event_data(movement, event))

    def send_event(self, event_type: str, data: dict[str, Any]) -> list[Delivery]:
        """Send data in an envelope to everyone subscribed to its type."""
        return [
            self.courier.send(target, event_type, data, self.organization_id)
            for target in self._targets()
            if event_type in target.types
        ]

    def organization(self, *, include_external: bool) -> dict[str, Any]:
        """Return the organisation as `/v2/organization` writes it, balances as numbers."""
        return {
            "id": self.organization_id,
            "name": self.organization_name,
            "slug": self.slug,
            "legal_name": self.organization_name.upper(),
            "locale": "fr",
            "legal_country": "FR",
            "bank_accounts": [
                account.to_json()
                | {
                    "slug": f"{self.slug}-bank-account-{number}",
                    "balance": units(account.balance_cents),
                    "authorized_balance": units(account.balance_cents),
                }
                for number, account in enumerate(self.accounts, start=1)
                if include_external or not account.is_external
            ],
        }

    def _targets(self) -> Iterator[Target]:
        if self.webhook_url is not None and self.webhook_secret is not None:
            yield Target(CONFIGURED, self.webhook_url, self.webhook_secret, self.webhook_types)
        yield from self.subscriptions.targets()

    def _next_slug(self) -> str:
        self._counter += 1
        return f"{self.slug}-1-transaction-{self._counter}"

    def _book(self, movement: Movement) -> None:
        account = self.account(movement.account_id)
        if account is None or movement.status != "completed":
            return
        sign = 1 if movement.side == "credit" else -1
        account.balance_cents += sign * movement.amount_cents
        movement.settled_balance_cents = account.balance_cents
