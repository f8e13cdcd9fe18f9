from typing import Any

import pytest

from bot.context import Context
from sandbox.bank import BankState
from tests.bot.web.support import IBAN, Api, receive

ASSOCIATE = "/api/qonto/associate"
DISSOCIATE = "/api/qonto/dissociate"


@pytest.fixture
async def paid_ready(api: Api, ctx: Context) -> Api:
    """Two invoices and one payment of 1 500,00 €."""
    await api.put_invoice("F-1", talent="Camille", collaboration="Printemps")
    await api.put_invoice("F-2", total="500.00")
    await receive(ctx.database)
    return api


async def test_a_payment_is_listed_with_a_masked_iban(paid_ready: Api) -> None:
    (payment,) = (await paid_ready.get("/api/qonto/transactions")).json()["transactions"]
    assert payment == {
        "transaction_id": "t-1",
        "state": "unmatched",
        "side": "credit",
        "status": "completed",
        "amount": "1500.00",
        "unallocated": "1500.00",
        "currency": "EUR",
        "label": "NIKE FRANCE",
        "reference": "FACT-2026-042",
        "payer_name": "NIKE FRANCE",
        "payer_iban": "FR••0177",
        "settled_at": "2026-01-27T09:00:00Z",
        "proposals": [],
        "allocations": [],
    }


async def test_no_answer_holds_a_whole_iban(paid_ready: Api) -> None:
    await paid_ready.post(ASSOCIATE, {"transaction_id": "t-1", "invoice": "F-1"})
    for path in ("/api/qonto/transactions", "/api/invoices"):
        assert IBAN not in (await paid_ready.get(path)).text


async def test_associating_pays_the_invoice_and_its_collaboration(paid_ready: Api) -> None:
    answer = await paid_ready.post(ASSOCIATE, {"transaction_id": "t-1", "invoice": "F-1"})
    assert answer.status_code == 200
    body = answer.json()
    assert (body["repeated"], body["transaction"]["state"]) == (False, "allocated")
    assert body["transaction"]["allocations"] == [
        {
            "invoice": "F-1",
            "amount": "1500.00",
            "write_off": "0.00",
            "by": "api",
            "through": "api",
            "at": "2026-01-27T09:00:00Z",
        }
    ]
    invoice = await paid_ready.invoice("F-1")
    assert (invoice["status"], invoice["open"], invoice["collaboration"]["status"]) == (
        "paid",
        "0.00",
        "paid",
    )


async def test_the_same_association_again_is_repeated_and_another_is_refused(paid_ready: Api) -> None:
    same = {"transaction_id": "t-1", "invoice": "F-1"}
    first = (await paid_ready.post(ASSOCIATE, same)).json()
    second = await paid_ready.post(ASSOCIATE, same)
    assert second.status_code == 200
    assert (second.json()["repeated"], second.json()["decision"]) == (True, first["decision"])
    other = await paid_ready.post(ASSOCIATE, {"transaction_id": "t-1", "invoice": "F-2"})
    assert (other.status_code, other.json()["error"]) == (409, "already_decided")


async def test_several_invoices_with_their_amounts_are_paid_exactly(paid_ready: Api) -> None:
    allocations = [{"invoice": "F-1", "amount": "1000.00"}, {"invoice": "F-2", "amount": "500"}]
    answer = await paid_ready.post(ASSOCIATE, {"transaction_id": "t-1", "allocations": allocations})
    assert answer.status_code == 200
    assert (await paid_ready.invoice("F-1"))["status"] == "partly_paid"
    assert (await paid_ready.invoice("F-1"))["open"] == "500.00"
    assert (await paid_ready.invoice("F-2"))["status"] == "paid"
    refused = await paid_ready.post(DISSOCIATE, {"transaction_id": "t-1", "invoice": "F-2"})
    assert (refused.status_code, "F-1" in refused.json()["message"]) == (409, True)
    assert (await paid_ready.post(DISSOCIATE, {"transaction_id": "t-1"})).status_code == 200
    assert (await paid_ready.invoice("F-2"))["status"] == "open"


async def test_dissociating_reopens_and_can_name_the_invoice(paid_ready: Api) -> None:
    await paid_ready.post(ASSOCIATE, {"transaction_id": "t-1", "invoice": "F-1"})
    absent = await paid_ready.post(DISSOCIATE, {"transaction_id": "t-1", "invoice": "F-2"})
    assert (absent.status_code, absent.json()["error"]) == (404, "not_found")
    undone = await paid_ready.post(DISSOCIATE, {"transaction_id": "t-1", "invoice": "F-1"})
    assert (undone.status_code, undone.json()["transaction"]["state"]) == (200, "unmatched")
    invoice = await paid_ready.invoice("F-1")
    assert (invoice["status"], invoice["open"], invoice["collaboration"]["status"]) == (
        "open",
        "1500.00",
        "open",
    )
    again = await paid_ready.post(DISSOCIATE, {"transaction_id": "t-1"})
    assert (again.status_code, again.json()["error"]) == (409, "already_decided")


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({"transaction_id": "absent", "invoice": "F-1"}, 404, "not_found"),
        ({"transaction_id": "t-1", "invoice": "F-9"}, 404, "not_found"),
        ({"transaction_id": "t-1"}, 400, "invalid_request"),
        ({"invoice": "F-1"}, 400, "invalid_request"),
        ({"transaction_id": 1, "invoice": "F-1"}, 400, "invalid_request"),
        ({"transaction_id": "t-1", "invoice": "F-1", "allocations": []}, 400, "invalid_request"),
        ({"transaction_id": "t-1", "allocations": []}, 400, "invalid_request"),
        ({"transaction_id": "t-1", "allocations": "F-1"}, 400, "invalid_request"),
        ({"transaction_id": "t-1", "allocations": [{"invoice": "F-1"}]}, 400, "invalid_request"),
        (
            {"transaction_id": "t-1", "allocations": [{"invoice": "F-1", "amount": 10}]},
            400,
            "invalid_request",
        ),
        (
            {"transaction_id": "t-1", "allocations": [{"invoice": "F-1", "amount": "-10.00"}]},
            400,
            "invalid_request",
        ),
        (
            {"transaction_id": "t-1", "allocations": [{"invoice": "F-1", "amount": "0"}]},
            400,
            "invalid_request",
        ),
        (
            {"transaction_id": "t-1", "allocations": [{"invoice": "F-2", "amount": "500.01"}]},
            409,
            "invoice_not_open",
        ),
        (
            {"transaction_id": "t-1", "allocations": [{"invoice": "F-1", "amount": "1"}] * 2},
            400,
            "invalid_request",
        ),
        (
            {"transaction_id": "t-1", "allocations": [{"invoice": "F-1", "amount": "1"}] * 101},
            400,
            "invalid_request",
        ),
        ({"transaction_id": "t-1", "invoice": "F-1", "is_admin": True}, 400, "invalid_request"),
        ({"transaction_id": "x" * 300, "invoice": "F-1"}, 400, "invalid_request"),
        ({"transaction_id": "\ud800", "invoice": "F-1"}, 400, "invalid_request"),
    ],
)
async def test_a_wrong_association_is_refused_and_changes_nothing(
    paid_ready: Api, body: dict[str, Any], status: int, error: str
) -> None:
    answer = await paid_ready.post(ASSOCIATE, body)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert set(answer.json()) == {"error", "message", "id"}
    assert (await paid_ready.invoice("F-1"))["status"] == "open"


async def test_payments_are_listed_newest_first_by_state_search_and_page(api: Api, ctx: Context) -> None:
    await api.put_invoice("F-1", total="3.00")
    for index in range(1, 6):
        await receive(ctx.database, f"t-{index}", cents=index * 100, reference=f"motif {index}", label="A_B")
    await api.post(ASSOCIATE, {"transaction_id": "t-3", "invoice": "F-1"})
    first = (await api.get("/api/qonto/transactions", limit=2)).json()
    second = (await api.get("/api/qonto/transactions", limit=200, after=first["next"])).json()
    ids = [one["transaction_id"] for one in first["transactions"] + second["transactions"]]
    assert ids == ["t-5", "t-4", "t-3", "t-2", "t-1"]
    allocated = (await api.get("/api/qonto/transactions", state="allocated")).json()["transactions"]
    assert [one["transaction_id"] for one in allocated] == ["t-3"]
    found = (await api.get("/api/qonto/transactions", q="motif 4")).json()["transactions"]
    assert [one["transaction_id"] for one in found] == ["t-4"]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=abc",
        "limit=1.5",
        "limit=99999999999999999999999",
        "state=payé",
        "after=zzz",
        "page=2",
        "limit=1&limit=2",
        "q=" + "x" * 201,
        "after=W10",
    ],
)
@pytest.mark.parametrize("path", ["/api/qonto/transactions", "/api/invoices"])
async def test_a_wrong_query_is_refused(api: Api, path: str, query: str) -> None:
    answer = await api.get(f"{path}?{query}")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_sync_reads_the_bank_and_counts(api: Api, bank_state: BankState) -> None:
    bank_state.pay(150000, payer_name="NIKE FRANCE", reference="FACT-2026-042", deliver=False)
    first = (await api.post("/api/qonto/sync", {"days": 30})).json()
    assert (first["new"], first["to_explain"]) == (1, 1)
    again = (await api.post("/api/qonto/sync", {})).json()
    assert (again["new"], again["updated"]) == (0, 0)
    assert len((await api.get("/api/qonto/transactions")).json()["transactions"]) == 1


@pytest.mark.parametrize("days", [0, -1, 3651, "30", 1.5, True, None])
async def test_a_wrong_number_of_days_is_refused(api: Api, days: object) -> None:
    answer = await api.post("/api/qonto/sync", {"days": days})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_a_bank_that_refuses_us_is_said_in_french(api: Api, bank_state: BankState) -> None:
    bank_state.api_key = "autre:cle"
    answer = await api.post("/api/qonto/sync", {"days": 1})
    assert (answer.status_code, answer.json()["error"]) == (503, "bank_unavailable")
