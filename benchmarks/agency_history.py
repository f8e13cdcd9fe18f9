"""What people decided about the payers of a benchmark: earlier transfers, each applied to an invoice now paid."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.agency_rows import NOW, TODAY, Tables, client_of
from matching import Payment, normal_name
from store.text import fold

EARLIER = 6
# Above every id that ``agency_rows`` and ``payments`` give.
FIRST_ID = 10_000_000

COLUMNS = {
    "invoices": (
        "id", "number", "number_key", "client_id", "kind", "status", "currency", "total_cents",
        "settled_cents", "open_cents", "issue_date", "due_date", "language", "search_text", "version",
        "created_at", "updated_at",
    ),
    "transactions": (
        "id", "qonto_id", "side", "status", "amount_cents", "currency", "label", "counterparty_name",
        "counterparty_iban", "payer_key", "bank_updated_at", "ordered_at", "search_text", "payload", "state",
        "allocated_cents", "remainder_cents", "version", "needs_matching", "needs_reread", "created_at",
        "updated_at",
    ),
    "decisions": ("id", "transaction_id", "kind", "actor_kind", "actor", "decided_at", "remainder_cents"),
    "allocations": (
        "id", "decision_id", "transaction_id", "invoice_id", "amount_cents", "write_off_cents", "created_at"
    ),
}  # fmt: skip


def history(payments: Iterable[Payment]) -> Tables:
    """Every payer paid ``EARLIER`` times before, some of them this very amount."""
    return ((table, COLUMNS[table], rows) for table, rows in _tables(payments))


def _tables(payments: Iterable[Payment]) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    acts = [(payment, turn) for payment in payments for turn in range(EARLIER)]
    numbered = list(enumerate(acts, start=FIRST_ID))
    yield "invoices", [_invoice(place, *act) for place, act in numbered]
    yield "transactions", [_transaction(place, *act) for place, act in numbered]
    yield (
        "decisions",
        [(place, place, "associate", "slack", "U1", _moment(turn), 0) for place, (_, turn) in numbered],
    )
    yield (
        "allocations",
        [
            (place, place, place, place, _cents(one, turn), 0, _moment(turn))
            for place, (one, turn) in numbered
        ],
    )


def _cents(payment: Payment, turn: int) -> int:
    return payment.amount_cents if turn % 3 == 0 else payment.amount_cents + 100 * turn


def _moment(turn: int) -> datetime:
    return datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC) - timedelta(days=30 * (turn + 1))


def _invoice(place: int, payment: Payment, turn: int) -> tuple[Any, ...]:
    number, cents, due = f"HIST-{place}", _cents(payment, turn), _moment(turn).date()
    return (
        place, number, number.casefold(), client_of(payment), "invoice", "paid", "EUR", cents, cents, 0,
        due - timedelta(days=30), due, "fr", fold(number), 1, NOW, NOW,
    )  # fmt: skip


def _transaction(place: int, payment: Payment, turn: int) -> tuple[Any, ...]:
    cents, moment = _cents(payment, turn), _moment(turn)
    return (
        place, f"history-{place}", "credit", "completed", cents, "EUR", "VIREMENT", payment.payer_name,
        payment.payer_iban, normal_name(payment.payer_name), moment, moment, "virement", "{}", "allocated",
        cents, 0, 1, False, False, NOW, NOW,
    )  # fmt: skip
