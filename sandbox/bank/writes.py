"""Client invoices, clients and webhook subscriptions."""

import json
from typing import Any

from aiohttp import web

from sandbox.bank.errors import flat, listed
from sandbox.bank.listing import instant, one_of, page_of
from sandbox.bank.state import CLIENT_INVOICES, BankState

INVOICE_STATUSES = frozenset({"draft", "unpaid", "paid", "canceled"})


def invoice_routes(state: BankState) -> list[web.RouteDef]:
    """Return the routes of invoices and clients, over this state."""
    book = state.invoices

    async def invoices(request: web.Request) -> web.Response:
        rows, meta = page_of(request, _selected(request, book.invoices))
        return web.json_response({"client_invoices": rows, "meta": meta})

    async def invoice(request: web.Request) -> web.Response:
        return web.json_response({"client_invoice": book.get(request.match_info["id"])})

    async def mark_as_paid(request: web.Request) -> web.Response:
        body = await _body(request)
        today = state.now().date()
        return _changed(book.mark_as_paid(request.match_info["id"], body.get("paid_at"), today))

    async def unmark_as_paid(request: web.Request) -> web.Response:
        return _changed(book.unmark_as_paid(request.match_info["id"]))

    def _changed(row: dict[str, Any]) -> web.Response:
        state.send_event(CLIENT_INVOICES, row)
        return web.json_response({"client_invoice": row})

    async def clients(request: web.Request) -> web.Response:
        rows = sorted(book.clients, key=lambda client: str(client["name"]).casefold())
        page, meta = page_of(request, rows, default_per_page=25)
        return web.json_response({"clients": page, "meta": meta})

    return [
        web.get("/v2/client_invoices", invoices),
        web.get("/v2/client_invoices/{id}", invoice),
        web.post("/v2/client_invoices/{id}/mark_as_paid", mark_as_paid),
        web.post("/v2/client_invoices/{id}/unmark_as_paid", unmark_as_paid),
        web.get("/v2/clients", clients),
    ]


def subscription_routes(state: BankState) -> list[web.RouteDef]:
    """Return the routes of webhook subscriptions; their objects are not wrapped."""
    subscriptions = state.subscriptions

    async def index(request: web.Request) -> web.Response:
        rows, meta = page_of(request, subscriptions.rows())
        return web.json_response({"subscriptions": rows, "meta": meta})

    async def create(request: web.Request) -> web.Response:
        return web.json_response(subscriptions.create(await _flat_body(request)), status=201)

    async def get(request: web.Request) -> web.Response:
        return web.json_response(subscriptions.get(request.match_info["id"]))

    async def put(request: web.Request) -> web.Response:
        return web.json_response(subscriptions.replace(request.match_info["id"], await _flat_body(request)))

    async def delete(request: web.Request) -> web.Response:
        subscriptions.delete(request.match_info["id"])
        return web.Response(status=204)

    return [
        web.get("/v2/webhook_subscriptions", index),
        web.post("/v2/webhook_subscriptions", create),
        web.get("/v2/webhook_subscriptions/{id}", get),
        web.put("/v2/webhook_subscriptions/{id}", put),
        web.delete("/v2/webhook_subscriptions/{id}", delete),
    ]


def _selected(request: web.Request, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    statuses = set(filter(None, request.query.get("filter[status]", "").split(",")))
    if statuses - INVOICE_STATUSES:
        raise listed(400, "not_in_list", "filter[status] is unknown", "filter[status]")
    sort = one_of(request, "sort_by", ("created_at:asc", "created_at:desc"), "created_at:desc")
    shown = [
        row
        for row in rows
        if (not statuses or row["status"] in statuses)
        and (not row["imported"] or request.query.get("exclude_imported") == "false")
        and all(_inside(request, row, name) for name in ("created_at", "updated_at"))
    ]
    return sorted(shown, key=lambda row: str(row["created_at"]), reverse=sort == "created_at:desc")


def _inside(request: web.Request, row: dict[str, Any], name: str) -> bool:
    start, end = instant(request, f"filter[{name}_from]"), instant(request, f"filter[{name}_to]")
    at = str(row[name])
    # Both are UTC in milliseconds with Z, so texts compare as instants do.
    return (start is None or at >= _written(start)) and (end is None or at <= _written(end))


def _written(at: Any) -> str:
    return str(at.isoformat(timespec="milliseconds")).replace("+00:00", "Z")


async def _body(request: web.Request) -> dict[str, Any]:
    raw = await request.read()
    try:
        body = json.loads(raw or b"{}")
    except ValueError:
        raise listed(400, "bad_request", "body is not JSON") from None
    if not isinstance(body, dict):
        raise listed(400, "bad_request", "body is not a JSON object")
    return body


async def _flat_body(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.read())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise flat(400, "bad_request", "body is not a JSON object")
    return body
