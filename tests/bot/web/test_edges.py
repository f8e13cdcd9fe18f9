"""What every request meets before a use case does."""

import json
import logging
from collections.abc import AsyncIterator

import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from openapi_spec_validator import validate

from bot.context import Context
from bot.settings import FixedSettings
from bot.web import rest
from bot.web.middleware import middlewares
from tests.bot.web.support import Api


async def test_without_the_token_every_address_answers_alike(api: Api) -> None:
    answers = [
        await api.http.request(method, path)
        for method, path in (
            ("GET", "/api/qonto/transactions"),
            ("DELETE", "/api/qonto/transactions"),
            ("GET", "/api/nowhere"),
            ("GET", "/api/"),
            ("GET", "/api"),
            ("GET", "/%61pi/invoices"),
            ("GET", "/api/openapi.json"),
            ("POST", "/api/webhooks/other"),
        )
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({json.dumps(answer.json() | {"id": ""}) for answer in answers}) == 1
    assert answers[0].headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "headers",
    [
        [("Authorization", "Bearer faux")],
        [("Authorization", "Bearer")],
        [("Authorization", "jeton-d-api-invente")],
        [("Authorization", "Basic jeton-d-api-invente")],
        [("Authorization", "Bearer jeton-d-api-invente"), ("Authorization", "Bearer jeton-d-api-invente")],
        [("Authorization", "Bearer jeton-d-api-invente ajout")],
    ],
)
async def test_only_the_exact_token_opens(api: Api, headers: list[tuple[str, str]]) -> None:
    assert (await api.http.get("/api/invoices", headers=headers)).status_code == 401


async def test_a_token_that_is_not_ascii_is_refused_not_a_crash(api: Api) -> None:
    answer = await api.http.get("/api/invoices", headers=[(b"Authorization", "Bearer jeté".encode())])
    assert answer.status_code == 401


async def test_without_a_token_in_the_settings_the_api_is_off(ctx: Context) -> None:
    app = web.Application(middlewares=middlewares(FixedSettings()))
    app.add_routes(rest.routes(ctx))
    async with TestServer(app) as server, httpx.AsyncClient(base_url=str(server.make_url(""))) as http:
        for path in ("/api/invoices", "/api/nowhere"):
            answer = await http.get(path, headers={"Authorization": "Bearer x"})
            assert (answer.status_code, answer.json()["error"]) == (403, "api_disabled")


@pytest.mark.parametrize(
    ("body", "kind", "status", "error"),
    [
        (b"{", "application/json", 400, "invalid_json"),
        (b"", "application/json", 400, "invalid_json"),
        (b"[]", "application/json", 400, "invalid_json"),
        (b"null", "application/json", 400, "invalid_json"),
        (b'{"days": 1, "days": 2}', "application/json", 400, "invalid_json"),
        (b'{"days": NaN}', "application/json", 400, "invalid_json"),
        (b"\xff", "application/json", 400, "invalid_json"),
        (b"[" * 60_000, "application/json", 400, "invalid_json"),
        (b'{"days": ' + b"9" * 5000 + b"}", "application/json", 400, "invalid_json"),
        (b'{"days": 1e400}', "application/json", 400, "invalid_request"),
        (b"days=30", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b'{"days": 30}', "text/plain", 415, "unsupported_media_type"),
        (b'{"days": ' + b" " * 70_000 + b"30}", "application/json", 413, "payload_too_large"),
    ],
)
async def test_a_body_that_is_no_json_object_is_refused(
    api: Api, body: bytes, kind: str, status: int, error: str
) -> None:
    headers = api.headers | {"Content-Type": kind}
    answer = await api.http.post("/api/qonto/sync", content=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


async def test_a_compressed_body_is_refused_before_it_is_read(api: Api) -> None:
    headers = api.headers | {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    answer = await api.http.post("/api/qonto/sync", content=b"\x1f\x8b", headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (415, "unsupported_media_type")


async def test_a_chunked_body_that_never_ends_is_cut_at_the_limit(api: Api) -> None:
    async def trickle() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield b" " * 1024

    headers = api.headers | {"Content-Type": "application/json"}
    answer = await api.http.post("/api/qonto/sync", content=trickle(), headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (413, "payload_too_large")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("DELETE", "/api/invoices", 405),
        ("POST", "/api/qonto/transactions", 405),
        ("GET", "/api/qonto/sync", 405),
        ("GET", "/api/nowhere", 404),
        ("GET", "/api/invoices/", 404),
        ("GET", "/nowhere", 404),
    ],
)
async def test_a_wrong_address_or_method_is_said(api: Api, method: str, path: str, status: int) -> None:
    answer = await api.http.request(method, path, headers=api.headers)
    assert answer.status_code == status
    assert set(answer.json()) == {"error", "message", "id"}
    assert ("Allow" in answer.headers) is (status == 405)


@pytest.mark.parametrize("path", ["/api/stumble", "/stumble"])
async def test_what_nobody_foresaw_is_a_500_with_an_id_logged_once(
    api: Api, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = await api.http.get(path, headers=api.headers)
    body = answer.json()
    assert (answer.status_code, body["error"]) == (500, "internal_error")
    assert body["id"] in body["message"]
    assert "secret" not in answer.text
    assert len([record for record in caplog.records if record.exc_info]) == 1


async def test_every_answer_carries_its_id_and_safe_headers(api: Api) -> None:
    for path in ("/api/invoices", "/api/nowhere", "/elsewhere", "/stumble", "/oauth/qonto/callback"):
        answer = await api.http.get(path, headers=api.headers)
        assert len(answer.headers["X-Request-ID"]) == 32
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Server"] == "qonto-bot"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_a_redirection_passes(api: Api) -> None:
    answer = await api.http.get("/elsewhere")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/ailleurs")


@pytest.mark.parametrize(
    ("given", "kept"), [("suivi-12345", True), ("court", False), ("a" * 65, False), ("é" * 10, False)]
)
async def test_a_given_id_is_kept_only_when_it_is_harmless(api: Api, given: str, kept: bool) -> None:
    headers = [(b"X-Request-ID", given.encode()), (b"Authorization", api.headers["Authorization"].encode())]
    answer = await api.http.get("/api/nowhere", headers=headers)
    assert (answer.headers["X-Request-ID"] == given) is kept
    assert answer.json()["id"] == answer.headers["X-Request-ID"]


async def test_a_database_out_of_reach_is_503(api: Api) -> None:
    answer = await api.get("/api/locked")
    assert (answer.status_code, answer.json()["error"]) == (503, "unavailable")


async def test_the_openapi_document_is_valid_and_describes_every_route(api: Api, ctx: Context) -> None:
    document = (await api.get("/api/openapi.json")).json()
    validate(document)
    described = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    assert described == {(route.method, route.path) for route in rest.routes(ctx)}


async def test_the_openapi_document_names_every_field_of_the_contract(api: Api) -> None:
    schemas = (await api.get("/api/openapi.json")).json()["components"]["schemas"]
    invoice = schemas["InvoiceBody"]
    assert set(invoice["required"]) == {"client", "total", "due_date"}
    assert invoice["additionalProperties"] is False
    assert {"transaction_id", "state", "payer_iban", "proposals", "allocations"} <= set(
        schemas["TransactionAnswer"]["properties"]
    )
