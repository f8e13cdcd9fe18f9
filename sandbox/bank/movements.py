"""Bank movements as the stand-in keeps them, and the two shapes it sends them in."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

SUBJECT_TYPES = {
    "income": "Income",
    "swift_income": "SwiftIncome",
    "transfer": "Transfer",
    "card": "Card",
    "direct_debit": "DirectDebit",
    "direct_debit_collection": "DirectDebitCollection",
    "qonto_fee": "BillingTransfer",
}
WITH_COUNTERPARTY = ("income", "swift_income", "transfer", "direct_debit", "direct_debit_collection")


@dataclass(slots=True)
class Movement:
    """One transaction; amounts in cents, instants aware UTC."""

    id: str
    slug: str
    account_id: str
    amount_cents: int
    side: str
    status: str
    label: str
    emitted_at: datetime
    created_at: datetime
    updated_at: datetime
    settled_at: datetime | None = None
    currency: str = "EUR"
    operation_type: str = "income"
    reference: str | None = None
    note: str | None = None
    clean_counterparty_name: str | None = None
    counterparty_iban: str | None = None
    settled_balance_cents: int | None = None
    attachment_ids: tuple[str, ...] = field(default=())

    @property
    def key(self) -> tuple[datetime, str]:
        """Return what movements are kept in order by."""
        return (self.updated_at, self.id)


class Ledger:
    """Every movement, by id and in the order of last change for each account and status."""

    def __init__(self) -> None:
        self._by_id: dict[str, Movement] = {}
        self._ordered: dict[tuple[str, str], list[Movement]] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Movement]:
        return iter(self._by_id.values())

    def get(self, movement_id: str) -> Movement | None:
        """Return a movement, or None."""
        return self._by_id.get(movement_id)

    def put(self, movement: Movement) -> None:
        """Add a movement that is not there yet."""
        self._by_id[movement.id] = movement
        insort(self._list_of(movement), movement, key=lambda each: each.key)

    def take_out(self, movement_id: str) -> Movement:
        """Remove a movement and return it; raises KeyError."""
        movement = self._by_id.pop(movement_id)
        ordered = self._list_of(movement)
        del ordered[bisect_left(ordered, movement.key, key=lambda each: each.key)]
        return movement

    def changed_between(
        self, account_id: str, status: str, start: datetime | None, end: datetime | None
    ) -> list[Movement]:
        """Return an account's movements of one status in ascending order of change, bounds included."""
        ordered = self._ordered.get((account_id, status), [])
        low = 0 if start is None else bisect_left(ordered, start, key=lambda each: each.updated_at)
        rows = ordered[low:]
        if end is None:
            return rows
        return [each for each in rows if each.updated_at <= end]

    def _list_of(self, movement: Movement) -> list[Movement]:
        return self._ordered.setdefault((movement.account_id, movement.status), [])


def rest_row(movement: Movement, includes: Iterable[str] = ()) -> dict[str, Any]:
    """Return a row as `GET /v2/transactions` sends it, with the sub-objects asked for."""
    cents = {
        "amount_cents": movement.amount_cents,
        "local_amount_cents": movement.amount_cents,
        "settled_balance_cents": movement.settled_balance_cents,
        "vat_amount_cents": None,
    }
    bookkeeping: dict[str, Any] = {
        "created_at": written(movement.created_at),
        "logo": {},
        "vat_amount": None,
        "vat_rate": None,
        "initiator_id": None,
        "label_ids": [],
        "attachment_lost": False,
        "attachment_required": False,
        "card_last_digits": None,
        "category": "other_income" if movement.side == "credit" else "other_expense",
        "cashflow_category": None,
        "cashflow_subcategory": None,
        "card_id": None,
        "is_external_transaction": False,
    }
    return _common(movement) | cents | bookkeeping | _included(movement, includes)


def event_data(movement: Movement, event: str) -> dict[str, Any]:
    """Return the `data` of an event: no cents, no labels (docs.qonto.com, v1-transactions)."""
    return {"event": event} | _common(movement)


def written(instant: datetime | None) -> str | None:
    """Write an instant as the bank does: UTC with milliseconds and Z."""
    if instant is None:
        return None
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def units(cents: int | None) -> float | None:
    """Write cents as a JSON number; the shortest text of a correctly rounded quotient is exact here."""
    return None if cents is None else cents / 100


def _common(movement: Movement) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": movement.id,
        "transaction_id": movement.slug,
        "amount": units(movement.amount_cents),
        "currency": movement.currency,
        "local_amount": units(movement.amount_cents),
        "local_currency": movement.currency,
        "side": movement.side,
        "settled_balance": units(movement.settled_balance_cents),
        "operation_type": movement.operation_type,
        "status": movement.status,
        "label": movement.label,
        "clean_counterparty_name": movement.clean_counterparty_name,
        "note": movement.note,
        "reference": movement.reference,
        "settled_at": written(movement.settled_at),
        "emitted_at": written(movement.emitted_at),
        "updated_at": written(movement.updated_at),
        "attachment_ids": list(movement.attachment_ids),
        "subject_type": SUBJECT_TYPES.get(movement.operation_type, "Other"),
        "bank_account_id": movement.account_id,
    }
    if movement.operation_type in WITH_COUNTERPARTY:
        row[movement.operation_type] = _counterparty(movement)
    return row


def _counterparty(movement: Movement) -> dict[str, str | None]:
    return {
        "counterparty_account_number": movement.counterparty_iban,
        "counterparty_account_number_format": "IBAN",
        "counterparty_bank_identifier": "BNPAFRPPXXX",
        "counterparty_bank_identifier_format": "SWIFT_BIC",
    }


def _included(movement: Movement, includes: Iterable[str]) -> dict[str, Any]:
    known: dict[str, Any] = {
        "attachments": [{"id": each} for each in movement.attachment_ids],
        "labels": [],
        "vat_details": {"items": []},
    }
    return {name: known[name] for name in includes if name in known}
