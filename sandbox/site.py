"""Serving the page: static files, and a policy that lets it talk to its own origin only."""

from pathlib import Path
from typing import Any

from aiohttp import web

from sandbox import agency

PAGE = Path(__file__).parent / "page"

# No inline script or style, no other origin: the page shows text that strangers wrote.
POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"


def add_page(app: web.Application) -> None:
    """Serve the page at `/`, its files under `/page/`, and what it starts from at `/sandbox/start`."""
    app.router.add_get("/", _index)
    app.router.add_get("/sandbox/start", _start)
    app.router.add_static("/page/", PAGE)
    app.on_response_prepare.append(_protect)


async def _index(_request: web.Request) -> web.FileResponse:
    return web.FileResponse(PAGE / "index.html")


async def _start(_request: web.Request) -> web.Response:
    return web.json_response(start_settings())


def start_settings() -> dict[str, Any]:
    """Return who looks at what first, and the payments a newcomer can have a client make."""
    return {
        "user": agency.ADMIN,
        "place": agency.FINANCE_CHANNEL,
        "usergroups": [{"id": agency.ADMIN_GROUP, "handle": agency.ADMIN_GROUP_HANDLE}],
        "payers": [{"name": payer.name, "iban": payer.iban} for payer in agency.payers()],
        "scenarios": [
            {"id": item.id, "title": item.title, "explanation": item.explanation, "payment": item.payment()}
            for item in agency.scenarios()
        ],
    }


async def _protect(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers.setdefault("Cache-Control", "no-cache")
