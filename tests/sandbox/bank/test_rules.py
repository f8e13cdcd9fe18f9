"""The stand-in's own rules, asked without the bot's client: what the real bank is documented to do."""

from typing import Any

import httpx
import pytest

from sandbox.bank.state import Account
from tests.sandbox.bank.world import Bank


async def ask(bank: Bank, http: httpx.AsyncClient, path: str, *params: tuple[str, str]) -> tuple[int, Any]:
    headers = {"Authorization": bank.state.api_key}
    answer = await http.get(f"{bank.url}{path}", params=list(params), headers=headers)
    return answer.status_code, answer.json()


async def test_without_credentials_the_answer_is_401(bank: Bank, http: httpx.AsyncClient) -> None:
    answer = await http.get(f"{bank.url}/v2/organization")
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["code"] == "authorization_header_missing"
    assert answer.headers["X-Tyk-Trace-Id"]


async def test_an_api_key_does_not_open_subscriptions(bank: Bank, http: httpx.AsyncClient) -> None:
    status, body = await ask(bank, http, "/v2/webhook_subscriptions")
    assert (status, body["code"]) == (401, "authorization_token_invalid")


async def test_an_account_is_read_alone_or_not_found(bank: Bank, http: httpx.AsyncClient) -> None:
    account = bank.state.main_account
    status, body = await ask(bank, http, f"/v2/bank_accounts/{account.id}")
    assert (status, body["bank_account"]["iban"]) == (200, account.iban)
    assert (await ask(bank, http, "/v2/bank_accounts/other"))[0] == 404


async def test_transactions_need_an_account_by_id_or_iban_and_the_id_wins(
    bank: Bank, http: httpx.AsyncClient
) -> None:
    second = Account(main=False, iban="FR7616958000011234567891244")
    bank.state.accounts.append(second)
    bank.state.pay(100, "A", account_id=second.id)
    status, body = await ask(bank, http, "/v2/transactions")
    assert (status, body["errors"]["detail"]) == (422, "bank_account_id or iban is missing")
    by_iban = ("iban", str(second.iban))
    assert (await ask(bank, http, "/v2/transactions", by_iban))[1]["meta"]["total_count"] == 1
    by_id = ("bank_account_id", bank.state.main_account.id)
    assert (await ask(bank, http, "/v2/transactions", by_iban, by_id))[1]["meta"]["total_count"] == 0


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("status[]", "settled", 400),
        ("sort_by", "amount:asc", 400),
        ("side", "both", 400),
        ("with_attachments", "yes", 400),
        ("updated_at_from", "yesterday", 400),
        ("page", "0", 400),
        ("page", "one", 400),
        ("per_page", "-1", 400),
        ("page", "2", 422),
        ("current_page", "2", 200),
        ("statuses", "settled", 200),
        ("updated_at_from", "2026-01-01T00:00:00", 200),
        ("per_page", "500", 200),
    ],
)
async def test_wrong_values_are_refused_and_wrong_names_ignored(
    bank: Bank, http: httpx.AsyncClient, name: str, value: str, status: int
) -> None:
    account = ("bank_account_id", bank.state.main_account.id)
    given, body = await ask(bank, http, "/v2/transactions", account, (name, value))
    assert given == status
    if status == 200:
        assert (body["meta"]["current_page"], body["meta"]["per_page"]) == (1, 100)


async def test_only_the_first_of_several_statuses_counts(bank: Bank, http: httpx.AsyncClient) -> None:
    for status in ("pending", "completed"):
        bank.state.pay(100, status, status=status)
    account = ("bank_account_id", bank.state.main_account.id)
    asked = [("status[]", "pending"), ("status[]", "completed")]
    _, body = await ask(bank, http, "/v2/transactions", account, *asked)
    assert [row["status"] for row in body["transactions"]] == ["pending"]


@pytest.mark.parametrize("sort_by", ["settled_at:desc", "emitted_at:asc", "updated_at:desc"])
async def test_pages_hold_every_row_once_in_the_order_asked(
    bank: Bank, http: httpx.AsyncClient, sort_by: str
) -> None:
    loaded = bank.state.load(25)
    asked = [("bank_account_id", bank.state.main_account.id), ("per_page", "10"), ("sort_by", sort_by)]
    rows: list[str] = []
    page: int | None = 1
    while page is not None:
        _, body = await ask(bank, http, "/v2/transactions", *asked, ("page", str(page)))
        rows += [row["id"] for row in body["transactions"]]
        page = body["meta"]["next_page"]
    assert rows == (loaded if sort_by.endswith("asc") else loaded[::-1])


@pytest.mark.parametrize(
    ("name", "value"),
    [("filter[status]", "overdue"), ("sort_by", "number:asc"), ("filter[created_at_from]", "x")],
)
async def test_invoice_filters_are_checked(
    bank: Bank, http: httpx.AsyncClient, name: str, value: str
) -> None:
    nike = bank.state.invoices.add_client("NIKE")
    bank.state.invoices.add_invoice("F-1", nike, 100)
    assert (await ask(bank, http, "/v2/client_invoices", (name, value)))[0] == 400


@pytest.mark.parametrize(
    ("number", "body", "status"),
    [
        ("F-1", b"", 200),
        ("F-1", b'{"paid_at": "2026-09-09"}', 200),
        ("F-1", b'{"paid_at": "soon"}', 422),
        ("F-1", b"[]", 400),
        ("F-1", b"{", 400),
        ("DRAFT", b"{}", 422),
        ("UNKNOWN", b"{}", 404),
    ],
)
async def test_marking_an_invoice_follows_the_documented_codes(
    bank: Bank, http: httpx.AsyncClient, number: str, body: bytes, status: int
) -> None:
    nike = bank.state.invoices.add_client("NIKE")
    ids = {
        "F-1": bank.state.invoices.add_invoice("F-1", nike, 100)["id"],
        "DRAFT": bank.state.invoices.add_invoice(None, nike, 100, status="draft")["id"],
        "UNKNOWN": "unknown",
    }
    answer = await http.post(
        f"{bank.url}/v2/client_invoices/{ids[number]}/mark_as_paid",
        content=body,
        headers={"Authorization": bank.state.api_key},
    )
    assert answer.status_code == status


async def test_a_subscription_that_is_not_there_is_a_flat_404(bank: Bank, http: httpx.AsyncClient) -> None:
    token = bank.state.tokens.issue("webhook")["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    for method in ("GET", "DELETE"):
        answer = await http.request(method, f"{bank.url}/v2/webhook_subscriptions/none", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    bad = await http.post(f"{bank.url}/v2/webhook_subscriptions", content=b"{", headers=headers)
    assert (bad.status_code, bad.json()["code"]) == (400, "bad_request")


async def test_an_unknown_path_is_404(bank: Bank, http: httpx.AsyncClient) -> None:
    headers = {"Authorization": bank.state.api_key}
    assert (await http.get(f"{bank.url}/v2/organizations", headers=headers)).status_code == 404
    assert (await http.get(f"{bank.url}/elsewhere")).status_code == 404
