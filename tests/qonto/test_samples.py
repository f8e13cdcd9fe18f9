"""Every documented payload is accepted or refused as the index says; a new file must be mapped here."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import BaseModel, ValidationError

from qonto import (
    ApiKey,
    BankAccount,
    ClientInvoice,
    InvalidGrant,
    OAuthTokens,
    Organization,
    PageMeta,
    QontoForbidden,
    QontoNotFound,
    QontoRateLimited,
    QontoRejected,
    QontoUnauthorized,
    Transaction,
    WebhookSubscription,
    envelope,
    parse_event,
    read_json,
)
from qonto.invoicing import Client
from qonto.transport import Retries, Transport

Check = Callable[[bytes], object]


def rows(key: str, model: type[BaseModel], count: int) -> Check:
    def check(body: bytes) -> None:
        answer = read_json(body)
        assert len([model.model_validate(row) for row in answer[key]]) == count
        assert PageMeta.model_validate(answer["meta"]).current_page == 1 or "prev_page" in answer["meta"]

    return check


def one(key: str, model: type[BaseModel]) -> Check:
    return lambda body: model.model_validate(read_json(body)[key])


def whole(model: type[BaseModel]) -> Check:
    return lambda body: model.model_validate(read_json(body))


def event(name: str | None, *, cents: int) -> Check:
    def check(body: bytes) -> None:
        parsed = parse_event(body)
        assert (parsed.event, envelope(body).id) == (name, parsed.id)
        assert (parsed.transaction is None) != (parsed.invoice is None)
        if parsed.transaction is not None:
            assert parsed.transaction.amount_cents == cents
            assert parsed.transaction.bank_account_id
        if parsed.invoice is not None:
            assert parsed.invoice.total_cents == cents

    return check


def request_body(*fields: str) -> Check:
    """Bodies that we send (test_requests.py shows it), and answers that we do not ask for."""

    def check(body: bytes) -> None:
        assert set(read_json(body)) == set(fields)

    return check


class Refused:
    """The file is the body of a refusal: which error, with which code."""

    def __init__(self, status: int, error: type[QontoRejected], code: str) -> None:
        self.status, self.error, self.code = status, error, code


CHECKS: dict[str, Check | Refused] = {
    "bank_account-get-restricted.json": one("bank_account", BankAccount),
    "bank_account-get.json": one("bank_account", BankAccount),
    "bank_accounts-list.json": rows("bank_accounts", BankAccount, 2),
    "client_invoice-get.json": one("client_invoice", ClientInvoice),
    "client_invoice-mark_as_paid-request.json": request_body("paid_at"),
    "client_invoice-mark_as_paid-response.json": one("client_invoice", ClientInvoice),
    "client_invoice-send-request.json": request_body("send_to", "email_title", "email_body", "copy_to_self"),
    "client_invoices-list.docs-example.json": rows("client_invoices", ClientInvoice, 1),
    "client_invoices-list.json": rows("client_invoices", ClientInvoice, 6),
    "clients-list.json": rows("clients", Client, 3),
    "error-400-validation.json": Refused(400, QontoRejected, "not_in_list"),
    "error-400-webhook-flat.json": Refused(400, QontoRejected, "bad_request"),
    "error-401.json": Refused(401, QontoUnauthorized, "authorization_token_invalid"),
    "error-403-missing-scope.json": Refused(403, QontoForbidden, "forbidden"),
    "error-403-unknown.json": Refused(403, QontoForbidden, "unknown"),
    "error-404-transaction-object.json": Refused(404, QontoNotFound, "not_found"),
    "error-412-invoice.json": Refused(412, QontoRejected, "invoice_not_in_draft_status"),
    "error-422-transactions-object.json": Refused(422, QontoRejected, "invalid"),
    "error-429.json": Refused(429, QontoRateLimited, "too_many_requests"),
    "labels-list.json": request_body("labels", "meta"),
    "oauth-token-error.json": Refused(400, InvalidGrant, "invalid_grant"),
    "oauth-token-response.json": whole(OAuthTokens),
    "organization-get-with-external.json": one("organization", Organization),
    "organization-get.docs-example.json": one("organization", Organization),
    "organization-get.json": one("organization", Organization),
    "transaction-attachments-list.json": request_body("attachments", "meta"),
    "transaction-get.json": one("transaction", Transaction),
    "transactions-list-empty.json": rows("transactions", Transaction, 0),
    "transactions-list-page1.json": rows("transactions", Transaction, 8),
    "transactions-list-page2.json": rows("transactions", Transaction, 4),
    "transactions-list-status-declined.json": rows("transactions", Transaction, 1),
    "transactions-list-status-pending.json": rows("transactions", Transaction, 1),
    "transactions-list.docs-example.json": rows("transactions", Transaction, 1),
    # Its cases are run one by one in test_signature.py.
    "webhook-signature-test-vectors.json": request_body("header_name", "valid", "invalid"),
    "webhook-v1-client-invoices-updated.json": event(None, cents=500_000),
    "webhook-v1-client-invoices.docs-schema-variant.json": event(None, cents=500_000),
    "webhook-v1-transactions-created-card-pending.json": event("created", cents=5240),
    "webhook-v1-transactions-created.json": event("created", cents=500_000),
    "webhook-v1-transactions-updated-card-completed.json": event("updated", cents=5240),
    "webhook-v1-transactions-updated.json": event("updated", cents=500_000),
    "webhook-v1-transactions.docs-example-old-string-amounts.json": event("created", cents=5000),
    "webhook-v1-transactions.docs-example.json": event("created", cents=5001),
    "webhook-v1-transactions.docs-schema-variant.json": event("created", cents=5000),
    "webhook_subscription-update-request.json": request_body("callback_url", "types", "description"),
    "webhook_subscriptions-create-request.json": request_body(
        "callback_url", "types", "secret", "description"
    ),
    "webhook_subscriptions-create-response.docs-example.json": whole(WebhookSubscription),
    "webhook_subscriptions-create-response.json": whole(WebhookSubscription),
    "webhook_subscriptions-list.json": rows("subscriptions", WebhookSubscription, 1),
}


def test_every_file_of_the_index_is_mapped_and_no_other(samples: Path) -> None:
    index = json.loads((samples / "_index.json").read_text())["files"]
    on_disk = {path.name for path in samples.iterdir()} - {"_index.json"}
    assert set(CHECKS) == set(index) == on_disk


@pytest.mark.parametrize("name", [name for name, check in CHECKS.items() if not isinstance(check, Refused)])
def test_a_documented_payload_is_read(samples: Path, name: str) -> None:
    check = CHECKS[name]
    assert not isinstance(check, Refused)
    check((samples / name).read_bytes())


@pytest.mark.parametrize("name", [name for name, check in CHECKS.items() if isinstance(check, Refused)])
async def test_a_documented_refusal_becomes_its_own_error(samples: Path, name: str) -> None:
    expected = CHECKS[name]
    assert isinstance(expected, Refused)
    body = (samples / name).read_bytes()
    with pytest.raises(expected.error) as caught:
        await answered(expected.status, body)
    assert (caught.value.status, caught.value.code) == (expected.status, expected.code)
    assert caught.value.detail != "no detail given"


async def answered(status: int, body: bytes) -> dict[str, Any]:
    """Ask a bank that gives this answer to everything."""

    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, content=body, headers={"Content-Type": "application/json"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        transport = Transport(http, ApiKey("a:b"), "https://bank.example", None, Retries(attempts=1))
        return await transport.get("/v2/organization")


def test_the_two_pages_of_transactions_read_as_they_are_written(samples: Path) -> None:
    written = read_json((samples / "transactions-list-page1.json").read_bytes())["transactions"]
    for row in written:
        transaction = Transaction.model_validate(row)
        assert transaction.amount_cents == row["amount_cents"]
        assert transaction.transaction_slug == row["transaction_id"]


def test_the_invoices_keep_their_oddities(samples: Path) -> None:
    listed = read_json((samples / "client_invoices-list.json").read_bytes())["client_invoices"]
    by_number = {each.number: each for each in map(ClientInvoice.model_validate, listed)}
    assert by_number["F-2026-006"].amount_paid_cents == 60_000
    assert (by_number["F-2026-003"].status, by_number["F-2026-003"].amount_paid_cents) == ("paid", 0)
    draft = next(each for each in by_number.values() if each.status == "draft")
    assert (draft.items, draft.paid_at) == ((), None)
    assert by_number["F-2026-006"].due_date == date(2026, 9, 25)


def test_restricted_and_external_accounts_have_no_iban(samples: Path) -> None:
    restricted = read_json((samples / "bank_account-get-restricted.json").read_bytes())["bank_account"]
    account = BankAccount.model_validate(restricted)
    assert (account.iban, account.balance_cents, account.is_active) == (None, None, True)
    organization = read_json((samples / "organization-get-with-external.json").read_bytes())["organization"]
    external = Organization.model_validate(organization).bank_accounts[-1]
    assert (external.is_external_account, external.iban) == (True, None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"total_amount_cents": 1},
        {"total_amount": None, "total_amount_cents": None},
        {"due_date": 1_700_000_000},
        {"due_date": "1700000000"},
        {"due_date": "31/12/2026"},
        {"currency": None},
        {"client": "NIKE"},
    ],
)
def test_a_contradictory_invoice_is_refused(samples: Path, wrong: dict[str, Any]) -> None:
    invoice = read_json((samples / "client_invoice-get.json").read_bytes())["client_invoice"]
    with pytest.raises(ValidationError):
        ClientInvoice.model_validate(invoice | wrong)


@pytest.mark.parametrize("model", [ClientInvoice, BankAccount])
def test_a_list_is_neither_invoice_nor_account(model: type[BaseModel]) -> None:
    with pytest.raises(ValidationError):
        model.model_validate([])
