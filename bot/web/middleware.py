"""What every request goes through: an id, safe headers, bounded bodies, errors in French, counts."""

import asyncio
import hashlib
import hmac
import logging
import re
import time
import uuid
from http import HTTPStatus

import httpx
import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware
from pydantic import SecretStr

from bot.bank.subscriptions import WEBHOOK_PATH
from bot.errors import RefusedError
from bot.runtime.metrics import Metrics
from bot.settings import Settings
from store.errors import DatabaseUnavailable

LARGEST_BODY = 64 * 1024
READ_SECONDS = 5.0  # a body that trickles is cut; the bank sends at once and waits one second in all


async def read_body(request: web.Request, limit: int = LARGEST_BODY) -> bytes:
    """Read the raw bytes. Raises HTTPRequestTimeout, HTTPRequestEntityTooLarge."""
    too_large = web.HTTPRequestEntityTooLarge(max_size=limit)
    if request.content_length is not None and request.content_length > limit:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(READ_SECONDS):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > limit:
                    raise too_large
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    return bytes(body)


API = "/api/"
REQUEST_ID = web.RequestKey("request_id", str)
REQUEST_ID_HEADER = "X-Request-ID"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Server": "qonto-bot",
}
MENTION = re.compile(r"<@(\w+)>")
_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
logger = logging.getLogger(__name__)

_HTTP_ERRORS = {
    400: ("invalid_request", "La requête est mal formée."),
    404: ("not_found", "Cette adresse n’existe pas."),
    405: ("method_not_allowed", "Cette adresse ne répond pas à cette méthode."),
    408: ("request_timeout", "La requête est arrivée trop lentement."),
    413: ("payload_too_large", "La requête est trop grande."),
    415: ("unsupported_media_type", "Envoyer du JSON, sans compression."),
}


def middlewares(settings: Settings) -> list[Middleware]:
    """Give the chain in order, outermost first."""
    return [identify, render_errors, refuse_encodings, authenticate(settings.api_token)]


@web.middleware
async def identify(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give each request an id, found again in its log lines and in its answer, and the safe headers."""
    given = request.headers.get(REQUEST_ID_HEADER, "")
    request[REQUEST_ID] = given if _GIVEN_ID.fullmatch(given) else uuid.uuid4().hex
    with structlog.contextvars.bound_contextvars(request_id=request[REQUEST_ID]):
        response = await handler(request)
    if not response.prepared:
        response.headers[REQUEST_ID_HEADER] = request[REQUEST_ID]
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
    return response


@web.middleware
async def render_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn refusals into their answer, and anything unforeseen into a 500 that says only its id."""
    try:
        return await handler(request)
    except RefusedError as refusal:
        return error_response(request, refusal.status, refusal.code, refusal.message)
    except DatabaseUnavailable:
        logger.warning("database unavailable", extra={"path": request.path})
        return error_response(
            request, 503, "unavailable", "La base de données est momentanément indisponible. Réessayez."
        )
    except web.HTTPException as answer:
        return _http_answer(request, answer)
    except Exception:
        logger.exception("request failed", extra={"method": request.method, "path": request.path})
        return error_response(
            request, 500, "internal_error", f"Une erreur est survenue ({request[REQUEST_ID]})."
        )


@web.middleware
async def refuse_encodings(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse compressed bodies: they would be inflated before anything proved who sends them."""
    if request.headers.get(hdrs.CONTENT_ENCODING):
        raise web.HTTPUnsupportedMediaType
    return await handler(request)


def authenticate(api_token: SecretStr | None) -> Middleware:
    """Guard every address under /api/, whether it exists or not; the bank's webhooks prove themselves."""
    wanted = _digest(api_token.get_secret_value()) if api_token else None

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not is_api(request) or request.path == WEBHOOK_PATH:
            return await handler(request)
        if wanted is None:
            return error_response(
                request, 403, "api_disabled", "API désactivée : renseigner API_TOKEN pour l’ouvrir."
            )
        if not hmac.compare_digest(_digest(_bearer(request)), wanted):
            refused = error_response(
                request, 401, "unauthorized", "Jeton absent ou incorrect (Authorization: Bearer …)."
            )
            refused.headers[hdrs.WWW_AUTHENTICATE] = "Bearer"
            return refused
        return await handler(request)

    return check


def is_api(request: web.Request) -> bool:
    """Tell whether the request is for the REST API, or for an address that pretends to be."""
    return request.path == API.rstrip("/") or request.path.startswith(API)


def error_response(request: web.Request, status: int, code: str, message: str) -> web.Response:
    """Write ``{"error", "message", "id"}``; a Slack mention in the sentence becomes the bare user id."""
    body = {"error": code, "message": MENTION.sub(r"\1", message), "id": request[REQUEST_ID]}
    return web.json_response(body, status=status)


def _http_answer(request: web.Request, answer: web.HTTPException) -> web.Response:
    if answer.status < HTTPStatus.BAD_REQUEST:
        return web.Response(status=answer.status, headers=answer.headers, text=answer.text)
    code, message = _HTTP_ERRORS.get(answer.status, ("refused", "La requête est refusée."))
    response = error_response(request, answer.status, code, message)
    if hdrs.ALLOW in answer.headers:
        response.headers[hdrs.ALLOW] = answer.headers[hdrs.ALLOW]
    return response


def _bearer(request: web.Request) -> str:
    """Give the one token presented, or nothing: two headers prove nothing."""
    values = request.headers.getall(hdrs.AUTHORIZATION, [])
    scheme, _, token = values[0].partition(" ") if len(values) == 1 else ("", "", "")
    return token.strip() if scheme.lower() == "bearer" else ""


def _digest(token: str) -> bytes:
    """Make both sides the same length, so that comparing tells nothing about either."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


SLACK_PATH = "/slack/events"


def counting(metrics: Metrics) -> Middleware:
    """Count every answer by route (never by path: it may hold a number) and time those that must be quick."""

    @web.middleware
    async def count(request: web.Request, handler: Handler) -> web.StreamResponse:
        started = time.perf_counter()
        response = await handler(request)
        seconds = time.perf_counter() - started
        resource = request.match_info.route.resource
        route = resource.canonical if resource else "unknown"
        metrics.requests.labels(route, response.status).inc()
        if route == WEBHOOK_PATH:
            metrics.webhooks.labels(response.status).inc()
            metrics.webhook_seconds.observe(seconds)
        elif route == SLACK_PATH:
            metrics.slack_seconds.observe(seconds)
        return response

    return count


class CountingTransport(httpx.AsyncHTTPTransport):
    """The bank's connection, with each call counted by how it ended."""

    def __init__(self, metrics: Metrics) -> None:
        super().__init__()
        self._metrics = metrics

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass one call on."""
        try:
            response = await super().handle_async_request(request)
        except httpx.HTTPError:
            self._metrics.bank_calls.labels("unreachable").inc()
            raise
        self._metrics.bank_calls.labels(str(response.status_code)).inc()
        return response
