"""What we send, to whom, and what an answer means: below the level of single endpoints."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from qonto import (
    SCOPES,
    ApiKey,
    Bearer,
    PaginationBroken,
    QontoBroken,
    QontoClient,
    QontoOAuth,
    QontoRejected,
    QontoUnreachable,
    Retries,
    TransactionQuery,
)

JSON = {"Content-Type": "application/json; charset=utf-8"}
SUBSCRIPTION = {"id": "s-1", "callback_url": "https://bot.example.com/webhooks/qonto"}


class Wire:
    """A bank that gives prepared answers in turn, the last one for ever, and keeps the requests."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.http = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def client(self, **options: Any) -> QontoClient:
        async def token() -> str:
            return "token"

        settings: dict[str, Any] = {
            "base_url": "https://bank.example/",
            "retries": Retries(attempts=1),
        } | options
        return QontoClient(self.http, settings.pop("auth", Bearer(token)), **settings)


def answer(body: object, status: int = 200) -> httpx.Response:
    return httpx.Response(status, content=json.dumps(body).encode(), headers=JSON)


ORGANIZATION = {"organization": {"slug": "a"}}


async def test_the_key_is_sent_as_it_is_and_the_token_as_bearer() -> None:
    wire = Wire(answer(ORGANIZATION))
    await wire.client().organization()
    await wire.client(auth=ApiKey("login:secret")).organization()
    assert [each.headers["Authorization"] for each in wire.requests] == ["Bearer token", "login:secret"]
    assert str(wire.requests[0].url) == "https://bank.example/v2/organization"


@pytest.mark.parametrize(
    ("base_url", "sent"),
    [
        ("https://thirdparty-sandbox.staging.qonto.co", "staging"),
        ("https://thirdparty.qonto.com", None),
        ("https://qonto.com", None),
        ("http://127.0.0.1:8000/bank", "staging"),
    ],
)
async def test_the_staging_token_never_goes_to_production(base_url: str, sent: str | None) -> None:
    wire = Wire(answer(ORGANIZATION))
    await wire.client(base_url=base_url, staging_token="staging").organization()
    assert wire.requests[0].headers.get("X-Qonto-Staging-Token") == sent


@pytest.mark.parametrize(
    "url", ["http://bank.example", "http://10.0.0.1", "ftp://bank.example", "bank.example"]
)
def test_plain_http_is_refused_except_to_this_machine(url: str) -> None:
    with pytest.raises(ValueError, match="HTTPS"):
        Wire(answer({})).client(base_url=url)


@pytest.mark.parametrize(
    "url", ["http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1", "https://x.example"]
)
def test_loopback_and_https_are_allowed(url: str) -> None:
    assert Wire(answer({})).client(base_url=url)


@pytest.mark.parametrize("key", ["", "secret-alone", "a:b c", "a:", ":b", "a:b\n", "é:b"])
def test_a_malformed_key_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(ValueError, match="written login:secret") as caught:
        ApiKey(key)
    assert not key or key not in str(caught.value)


async def test_a_token_that_is_no_header_is_refused_without_showing_it() -> None:
    async def token() -> str:
        return "two\nlines"

    with pytest.raises(ValueError, match="blanks") as caught:
        await Wire(answer({})).client(auth=Bearer(token)).organization()
    assert "two" not in str(caught.value)


@pytest.mark.parametrize(
    ("response", "why"),
    [
        (httpx.Response(302, headers={"Location": "https://elsewhere.example"}), "status 302"),
        (httpx.Response(500), "status 500"),
        (httpx.Response(200, content=b"{}", headers={"Content-Type": "text/html"}), "not JSON"),
        (httpx.Response(200, content=b"{}"), "not JSON"),
        (httpx.Response(200, content=b'{"organ', headers=JSON), "not JSON at byte"),
        (
            httpx.Response(200, content=b" " * (16 * 1024 * 1024 + 1), headers=JSON),
            "more than 16777216 bytes",
        ),
        (
            httpx.Response(404, content=b" " * (16 * 1024 * 1024 + 1), headers=JSON),
            "more than 16777216 bytes",
        ),
        (answer([]), "not a JSON object"),
        (answer({}), "unreadable Organization"),
        (answer({"organization": {"bank_accounts": [{"id": 5}]}}), r"bank_accounts\.0"),
    ],
)
async def test_what_is_no_answer_is_broken(response: httpx.Response, why: str) -> None:
    wire = Wire(response)
    with pytest.raises(QontoBroken, match=why):
        await wire.client().organization()
    assert len(wire.requests) == 1


async def test_a_network_error_is_named_without_its_text() -> None:
    wire = Wire(httpx.ConnectError("certificate for login:secret"))
    with pytest.raises(QontoUnreachable) as caught:
        await wire.client().organization()
    assert str(caught.value) == "GET /v2/organization: ConnectError"


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"errors": []}', b'{"errors": "x"}', b'{"errors": [5]}']
)
async def test_a_refusal_without_a_usable_body_still_has_its_status(body: bytes) -> None:
    wire = Wire(httpx.Response(418, content=body, headers=JSON | {"X-Tyk-Trace-Id": "trace-1"}))
    with pytest.raises(QontoRejected) as caught:
        await wire.client().organization()
    assert (caught.value.status, caught.value.code, caught.value.trace_id) == (418, "unknown", "trace-1")


@pytest.mark.parametrize("value", ["soon", "-5", "1.5", "١", "99999999", ""])
async def test_an_odd_retry_after_is_no_wait(value: str) -> None:
    wire = Wire(httpx.Response(429, headers=[(b"Retry-After", value.encode())]), answer(ORGANIZATION))
    assert await wire.client(retries=Retries(attempts=2, first_wait=0.001)).organization()


async def test_the_body_we_send_is_the_documented_one(samples: Path) -> None:
    wire = Wire(answer(SUBSCRIPTION))
    given = json.loads((samples / "webhook_subscriptions-create-request.json").read_text())
    await wire.client().create_webhook_subscription(**given)
    assert [json.loads(each.content) for each in wire.requests] == [given]


def row(row_id: str, updated_at: str | None) -> dict[str, Any]:
    return {
        "id": row_id,
        "amount": 1,
        "currency": "EUR",
        "side": "credit",
        "status": "completed",
        "updated_at": updated_at,
    }


def page(number: int, *rows: object, following: int | None = None) -> httpx.Response:
    meta = {"current_page": number, "next_page": following}
    return answer({"transactions": list(rows), "meta": meta})


async def ids(wire: Wire, **query: Any) -> list[str]:
    pages = wire.client().transactions(TransactionQuery("a-1", **query))
    return [each.id async for listed in pages for each in listed.rows]


async def test_a_bank_that_ignores_the_window_is_paged_by_number() -> None:
    first = page(1, row("a", "2026-01-01T00:00:00Z"), row("b", "2026-01-02T00:00:00Z"), following=2)
    wire = Wire(first, first, first, page(2, row("c", "2026-01-03T00:00:00Z")))
    assert await ids(wire) == ["a", "b", "a", "b", "c"]
    assert [each.url.params["page"] for each in wire.requests] == ["1", "1", "1", "2"]


async def test_a_bank_that_ignores_the_order_is_paged_by_number() -> None:
    first = page(1, row("b", "2026-01-02T00:00:00Z"), row("a", "2026-01-01T00:00:00Z"), following=2)
    wire = Wire(first, first, page(2, row("c", None)))
    assert await ids(wire) == ["b", "a", "c"]


async def test_rows_without_an_instant_are_paged_by_number() -> None:
    wire = Wire(
        page(1, row("a", None), following=2), page(1, row("a", None), following=2), page(2, row("b", None))
    )
    assert await ids(wire) == ["a", "b"]


async def test_one_unreadable_row_does_not_hide_the_others() -> None:
    bad = row("bad", None) | {"amount": True}
    wire = Wire(page(1, bad, row("a", "2026-01-01T00:00:00Z"), {"amount": 1}))
    [listed] = [each async for each in wire.client().transactions(TransactionQuery("a-1"))]
    assert [each.id for each in listed.rows] == ["a"]
    assert [each.id for each in listed.unreadable] == ["bad", None]
    assert "not a number" in listed.unreadable[0].problem
    assert listed.unreadable[0].raw["id"] == "bad"


async def test_an_unreadable_account_is_an_error() -> None:
    wire = Wire(answer({"bank_accounts": [{"name": "no id"}]}))
    with pytest.raises(QontoBroken, match="row None: id"):
        [each async for each in wire.client().accounts()]


@pytest.mark.parametrize("body", [{}, {"transactions": {}}, {"transactions": [5]}, {"transactions": None}])
async def test_a_page_without_a_list_is_broken(body: object) -> None:
    with pytest.raises(QontoBroken, match="no list of transactions"):
        await ids(Wire(answer(body)))


async def test_a_next_page_that_leads_back_stops_with_an_error() -> None:
    with pytest.raises(PaginationBroken, match="followed by page 1"):
        await ids(Wire(page(1, row("a", None), following=1)))


def test_the_consent_page_is_asked_for_with_every_documented_parameter() -> None:
    oauth = QontoOAuth(
        Wire(answer({})).http, client_id="c", client_secret="s", redirect_uri="https://b.example/cb"
    )
    url = urlsplit(oauth.authorize_url("state-1", organization_id="o-1"))
    assert url._replace(query="").geturl() == "https://oauth.qonto.com/oauth2/auth"
    assert parse_qs(url.query) == {
        "client_id": ["c"],
        "redirect_uri": ["https://b.example/cb"],
        "response_type": ["code"],
        "scope": [" ".join(SCOPES)],
        "state": ["state-1"],
        "organization_id": ["o-1"],
    }


async def test_the_token_exchange_carries_the_staging_header() -> None:
    wire = Wire(answer({"access_token": "a", "expires_in": 3600}))
    oauth = QontoOAuth(
        wire.http,
        client_id="c",
        client_secret="s",
        redirect_uri="https://b.example/cb",
        base_url="https://oauth-sandbox.staging.qonto.co",
        staging_token="staging",
    )
    tokens = await oauth.exchange_code("code-1")
    assert tokens.refresh_token is None
    [request] = wire.requests
    assert request.headers["X-Qonto-Staging-Token"] == "staging"
    assert parse_qs(request.content.decode())["grant_type"] == ["authorization_code"]
