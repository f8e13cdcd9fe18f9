"""Transactions: every documented shape, exact amounts, nothing assigned by chance (W21 to W30)."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from qonto import Transaction, read_json

MINIMAL = b'{"id": "t-1", "amount": 50.01, "currency": "EUR", "side": "credit", "status": "completed"}'


def a_transaction(**fields: Any) -> Transaction:
    return Transaction.model_validate(read_json(MINIMAL) | fields)


def test_the_least_a_transaction_can_have_is_enough() -> None:
    transaction = a_transaction()
    assert (transaction.amount_cents, transaction.currency) == (5001, "EUR")
    assert (transaction.label, transaction.settled_at, transaction.attachment_ids) == (None, None, ())
    assert (transaction.counterparty_name, transaction.counterparty_iban) == (None, None)


@pytest.mark.parametrize("missing", ["id", "amount", "currency", "side", "status"])
def test_without_these_there_is_no_transaction(missing: str) -> None:
    for row in (
        read_json(MINIMAL) | {missing: None},
        {k: v for k, v in read_json(MINIMAL).items() if k != missing},
    ):
        with pytest.raises(ValidationError, match=missing):
            Transaction.model_validate(row)


@pytest.mark.parametrize(
    "field",
    [
        "label",
        "reference",
        "note",
        "settled_at",
        "emitted_at",
        "clean_counterparty_name",
        "income",
        "attachment_ids",
    ],
)
def test_nulls_and_missing_texts_are_tolerated(field: str) -> None:
    assert a_transaction(**{field: None}) == a_transaction().model_copy(
        update={"raw": a_transaction().raw | {field: None}}
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": True},
        {"amount": []},
        {"amount": "10.005"},
        {"amount": 1e308},
        {"amount": 100, "amount_cents": 10_001},
        {"amount": -50},
        {"amount_cents": -5001, "amount": -50.01, "side": "unknown"},
        {"currency": "euro"},
        {"currency": 978},
        {"id": 7},
        {"id": ""},
        {"id": "x" * 256},
        {"label": 5},
        {"status": None},
        {"settled_at": 1_700_000_000},
        {"settled_at": "2026-09-09"},
        {"settled_at": "2026-09-09T10:00:00"},
        {"settled_at": "soon"},
        {"settled_at": "0001-01-01T00:00:00+14:00"},
        {"attachment_ids": "a"},
    ],
)
def test_wrong_types_and_contradictions_are_refused_without_quoting_them(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        a_transaction(**wrong)
    assert "input_value" not in str(caught.value)


def test_a_list_is_no_transaction() -> None:
    with pytest.raises(ValidationError):
        Transaction.model_validate([])


def test_a_debit_may_be_written_with_its_sign() -> None:
    assert a_transaction(amount="-12.50", side="debit").amount_cents == 1250


def test_fields_named_like_ours_are_not_taken() -> None:
    mine = {
        "counterparty_account_number": "FR76",
        "transaction_slug": "x",
        "raw": {},
        "is_admin": True,
        "paid": 1,
    }
    transaction = a_transaction(**mine)
    assert (transaction.counterparty_account_number, transaction.transaction_slug) == (None, None)
    assert transaction.raw["is_admin"] is True


@pytest.mark.parametrize(
    ("local", "cents"),
    [
        ({"local_amount": "45.00"}, 4500),
        ({"local_amount_cents": 4500}, 4500),
        ({"local_amount": "12.345", "local_currency": "kwd"}, None),
        ({"local_amount": []}, None),
        ({}, None),
    ],
)
def test_a_foreign_amount_never_hides_a_payment(local: dict[str, Any], cents: int | None) -> None:
    assert a_transaction(**local).local_amount_cents == cents


@pytest.mark.parametrize(
    ("number", "iban"),
    [
        ("FR7630004000010000123456789", "FR7630004000010000123456789"),
        ("fr76 3000 4000 0100 0012 3456 789", "FR7630004000010000123456789"),
        ("FR7630004000010000123456780", None),
        ("123456789", None),
        (None, None),
    ],
)
@pytest.mark.parametrize("kind", ["income", "swift_income", "transfer", "direct_debit_collection"])
def test_an_account_number_is_an_iban_only_if_it_validates(
    kind: str, number: str | None, iban: str | None
) -> None:
    assert a_transaction(**{kind: {"counterparty_account_number": number}}).counterparty_iban == iban


def test_the_payer_is_the_clean_name_or_else_the_label() -> None:
    assert a_transaction(label="NIKE FRANCE SAS").counterparty_name == "NIKE FRANCE SAS"
    assert a_transaction(label="NIKE", clean_counterparty_name="Nike").counterparty_name == "Nike"
    assert a_transaction(label="NIKE", clean_counterparty_name="").counterparty_name == "NIKE"


def test_instants_become_utc_whatever_their_offset() -> None:
    at = a_transaction(settled_at="2026-09-09T23:30:00+02:00").settled_at
    assert at == datetime(2026, 9, 9, 21, 30, tzinfo=UTC)
    assert at is not None
    assert at.tzinfo is UTC


def test_the_account_is_found_in_both_shapes() -> None:
    assert a_transaction(bank_account_id="a-1").bank_account_id == "a-1"
    assert a_transaction(bank_account={"id": "a-2", "iban": "x"}).bank_account_id == "a-2"


def test_the_kept_row_gives_the_same_transaction_back() -> None:
    transaction = a_transaction(unknown={"vat": [1]}, label="\N{SNOWMAN}")
    again = Transaction.model_validate(json.loads(json.dumps(transaction.raw)))
    assert again == transaction


def test_a_transaction_shows_no_account_number() -> None:
    row = {"income": {"counterparty_account_number": "FR7630004000010000123456789"}}
    assert "123456789" not in repr(a_transaction(**row))
