"""What a signed delivery says, or why it cannot be understood (W19 to W28)."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qonto import UnreadableEvent, envelope, parse_event

DATA = {
    "event": "created",
    "id": "t-1",
    "amount": 50,
    "currency": "EUR",
    "side": "credit",
    "status": "completed",
}
INVOICE = {
    "id": "i-1",
    "status": "paid",
    "currency": "EUR",
    "total_amount": {"value": "120", "currency": "EUR"},
}


def delivery(data: object = None, **fields: Any) -> bytes:
    whole = {"id": "evt-1", "type": "v1/transactions", "data": DATA if data is None else data} | fields
    return json.dumps(whole).encode()


def unreadable(body: bytes) -> UnreadableEvent:
    with pytest.raises(UnreadableEvent) as caught:
        parse_event(body)
    return caught.value


def test_a_transaction_event_is_read() -> None:
    event = parse_event(delivery(organization_id="o-1", created_at="2026-09-09T21:39:39Z"))
    assert event.transaction is not None
    assert (event.id, event.event, event.transaction.amount_cents) == ("evt-1", "created", 5000)
    assert event.created_at is not None


def test_an_invoice_event_is_read_with_and_without_envelope() -> None:
    wrapped = parse_event(delivery(INVOICE, type="v1/client-invoices"))
    assert wrapped.invoice is not None
    assert (wrapped.event, wrapped.invoice.total_cents) == (None, 12_000)
    bare = parse_event(json.dumps(INVOICE | {"updated_at": "2026-09-10T08:00:00Z"}).encode())
    assert bare.invoice == wrapped.invoice.model_copy(
        update={"updated_at": bare.invoice and bare.invoice.updated_at}
    )
    assert bare.type == "v1/client-invoices"


def test_two_changes_of_one_bare_invoice_are_two_events() -> None:
    first, second = (
        envelope(json.dumps(INVOICE | {"updated_at": f"2026-09-10T08:00:0{each}Z"}).encode())
        for each in (1, 2)
    )
    assert first.id != second.id


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"[]",
        b'"text"',
        b"null",
        b"{}",
        b'{"type": "v1/transactions"}',
        b'{"id": "a", "id": "b"}',
    ],
)
def test_w19_what_is_no_event_has_no_id(body: bytes) -> None:
    assert unreadable(body).event_id is None
    with pytest.raises(UnreadableEvent):
        envelope(body)


@pytest.mark.parametrize("event_id", [None, 7, "", "x" * 256, "é", "a\nb", ["a"], True])
def test_an_id_is_a_short_printable_text(event_id: object) -> None:
    assert unreadable(delivery(id=event_id)).event_id is None


@pytest.mark.parametrize("event_type", [None, 7, "", "x" * 256, "a\x1b[31m"])
def test_without_a_usable_type_the_id_is_still_known(event_type: object) -> None:
    assert unreadable(delivery(type=event_type)).event_id == "evt-1"


@pytest.mark.parametrize("bare", [{"id": None}, {"id": 7}, {"id": "x" * 255}, {"updated_at": "\n"}])
def test_a_bare_invoice_without_a_usable_id_is_refused(bare: dict[str, Any]) -> None:
    assert unreadable(json.dumps(INVOICE | bare).encode()).event_id is None


def test_w20_unknown_types_and_events_are_no_error() -> None:
    unknown = parse_event(delivery({"event": "frozen", "id": 5}, type="v1/cards"))
    assert (unknown.type, unknown.event, unknown.transaction, unknown.invoice) == (
        "v1/cards",
        "frozen",
        None,
        None,
    )
    assert parse_event(delivery(DATA | {"event": "archived"})).event == "archived"
    assert parse_event(delivery("a text", type="v1/cards")).event is None


def test_w21_unknown_fields_are_ignored() -> None:
    event = parse_event(
        delivery(DATA | {"paid": True, "is_admin": True, "counterparty_iban": "x"}, admin=True)
    )
    assert event.transaction is not None
    assert event.transaction.counterparty_iban is None


@pytest.mark.parametrize(
    ("amount", "cents"), [("50.00", 5000), (50, 5000), (50.0, 5000), (19.99, 1999), (0, 0)]
)
def test_w23_w24_w29_numbers_and_texts_are_read_exactly(amount: object, cents: int) -> None:
    event = parse_event(delivery(DATA | {"amount": amount}))
    assert event.transaction is not None
    assert event.transaction.amount_cents == cents


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"amount": True}, "not a number"),
        ({"amount": []}, "not a number"),
        ({"amount": None}, "no amount"),
        ({"amount": -50}, "negative"),
        ({"amount": 1e308}, "out of range"),
        ({"amount": 100, "amount_cents": 10_001}, "disagree"),
        ({"amount": "10.005"}, "fraction of a cent"),
        ({"side": None}, "side"),
        ({"updated_at": "yesterday"}, "updated_at"),
        ({"event": 5}, "event is not a text"),
    ],
)
def test_w23_to_w28_a_wrong_transaction_is_refused_with_the_event_id(wrong: dict[str, Any], why: str) -> None:
    refusal = unreadable(delivery(DATA | wrong))
    assert refusal.event_id == "evt-1"
    assert why in str(refusal)


@pytest.mark.parametrize("fields", [{"created_at": 5}, {"organization_id": 5}, {"subscription_id": []}])
def test_a_wrong_envelope_is_refused_with_the_event_id(fields: dict[str, Any]) -> None:
    assert unreadable(delivery(**fields)).event_id == "evt-1"


@pytest.mark.parametrize("data", [None, [], "text", 5])
@pytest.mark.parametrize("event_type", ["v1/transactions", "v1/client-invoices"])
def test_data_that_is_no_object_is_refused(event_type: str, data: object) -> None:
    body = json.dumps({"id": "evt-1", "type": event_type, "data": data}).encode()
    assert unreadable(body).event_id == "evt-1"


def test_a_refusal_quotes_neither_names_nor_accounts() -> None:
    account = {"counterparty_account_number": "FR7630004000010000123456789"}
    refusal = unreadable(delivery(DATA | {"label": ["CLAIRE MARTIN"], "income": account, "status": 5}))
    assert "CLAIRE" not in str(refusal)
    assert "FR76" not in str(refusal)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=40)
@given(
    st.dictionaries(st.sampled_from([*DATA, "amount_cents", "settled_at", "income", "bank_account"]), JSON)
)
def test_any_data_is_read_or_refused_and_nothing_else_happens(changes: dict[str, Any]) -> None:
    body = json.dumps({"id": "evt-1", "type": "v1/transactions", "data": DATA | changes}).encode()
    try:
        event = parse_event(body)
    except UnreadableEvent:
        return
    assert event.transaction is not None
    assert isinstance(event.transaction.amount_cents, int)
    json.dumps(event.transaction.raw)
