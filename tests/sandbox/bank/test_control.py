"""The routes by which the demo's page and the tests command the bank."""

from typing import Any

import httpx
import pytest

from tests.sandbox.bank.world import Bank, Listener


class Hand:
    """Sends orders to the sandbox."""

    def __init__(self, bank: Bank, http: httpx.AsyncClient) -> None:
        self._base, self._http = f"{bank.url}/sandbox", http

    async def __call__(self, method: str, path: str, order: object = None) -> tuple[int, Any]:
        answer = await self._http.request(method, self._base + path, json=order)
        return answer.status_code, answer.json() if answer.content else None


@pytest.fixture
def hand(bank: Bank, http: httpx.AsyncClient) -> Hand:
    return Hand(bank, http)


async def test_a_payment_is_ordered_changed_and_removed(bank: Bank, hand: Hand, listener: Listener) -> None:
    order = {"amount_cents": 150_000, "payer_name": "NIKE", "reference": "F-1", "status": "pending"}
    status, answer = await hand("POST", "/pay", order)
    row = answer["transaction"]
    assert (status, row["amount"], row["amount_cents"], row["settled_at"]) == (201, 1500.0, 150_000, None)
    _, answer = await hand("POST", f"/change/{row['id']}", {"status": "completed", "amount_cents": 140_000})
    assert (answer["transaction"]["amount"], answer["transaction"]["settled_at"] is not None) == (
        1400.0,
        True,
    )
    _, answer = await hand("POST", f"/change/{row['id']}", {"settled_at": "2026-01-01T00:00:00Z"})
    assert answer["transaction"]["settled_at"] == "2026-01-01T00:00:00.000Z"
    _, answer = await hand("GET", "/transactions")
    assert [each["id"] for each in answer["transactions"]] == [row["id"]]
    assert (await hand("DELETE", f"/transactions/{row['id']}"))[0] == 204
    await bank.state.courier.settle()
    assert len(listener.bodies) == 3


async def test_deliveries_are_listed_and_sent_again(bank: Bank, hand: Hand, listener: Listener) -> None:
    assert (await hand("POST", "/deliveries", {"hold": True, "copies": 2}))[0] == 204
    await hand("POST", "/pay", {"amount_cents": 1, "payer_name": "A"})
    assert listener.bodies == []
    await hand("POST", "/deliveries", {"release": "in_order"})
    assert (await hand("POST", "/redeliver/0"))[0] == 202
    await bank.state.courier.settle()
    assert len(listener.bodies) == 3
    _, answer = await hand("GET", "/deliveries")
    [delivery] = answer["deliveries"]
    assert (delivery["outcome"], delivery["tries"]) == ("delivered", ["200"] * 3)
    assert "0123456789abcdef" not in str(delivery)


async def test_old_rows_are_loaded_without_a_webhook(bank: Bank, hand: Hand, listener: Listener) -> None:
    status, answer = await hand("POST", "/load", {"count": 500})
    assert (status, answer) == (201, {"count": 500, "total": 500})
    await bank.state.courier.settle()
    assert listener.bodies == []


async def test_faults_and_moods_are_ordered_and_cleared(bank: Bank, hand: Hand) -> None:
    status, _ = await hand("POST", "/faults", {"target": "bank:*", "kind": "html", "times": None})
    assert status == 201
    assert (await hand("GET", "/faults"))[1]["faults"][0]["kind"] == "html"
    assert (await hand("DELETE", "/faults"))[0] == 204
    assert bank.faults.list() == ()
    assert (await hand("POST", "/moods", {"insert": 2, "paging_trap": "repeat_page"}))[0] == 204
    assert bank.state.drift is not None
    assert (bank.state.drift.insert, bank.state.paging_trap) == (2, "repeat_page")


@pytest.mark.parametrize(
    ("method", "path", "order", "status"),
    [
        ("POST", "/pay", {"amount_cents": 19.99, "payer_name": "A"}, 400),
        ("POST", "/pay", {"amount_cents": 1, "payer_name": "A", "paid": True}, 400),
        ("POST", "/pay", "not an object", 400),
        ("POST", "/load", {"count": 0}, 400),
        ("POST", "/change/unknown", {"label": "B"}, 404),
        ("POST", "/change/unknown", {"id": "B"}, 400),
        ("POST", "/change/unknown", [], 400),
        ("POST", "/redeliver/7", None, 404),
        ("DELETE", "/transactions/unknown", None, 404),
        ("POST", "/faults", {"target": "*", "kind": "explode"}, 400),
    ],
)
async def test_a_wrong_order_is_answered_with_its_reason(
    hand: Hand, method: str, path: str, order: object, status: int
) -> None:
    given, answer = await hand(method, path, order)
    assert given == status
    assert answer["error"]
