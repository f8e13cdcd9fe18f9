"""Who may call what: the staging header, API keys, bearer tokens and their scopes."""

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from sandbox.bank.errors import flat, listed
from sandbox.bank.state import BankState

SIGN_IN_PAGE = "<!doctype html><title>Sign in</title><form><input name=email></form>"
WEBHOOKS = "/v2/webhook_subscriptions"
# By start of path: the scope to read, the scope to write (qonto-api reference, 1.3).
SCOPES = {
    "/v2/client_invoices": ("client_invoices.read", "client_invoice.write"),
    "/v2/clients": ("client.read", "client.write"),
    WEBHOOKS: ("webhook", "webhook"),
    "/v2/": ("organization.read", "organization.read"),
}


def bank_path(request: web.Request) -> str:
    """Return the path as the bank knows it, wherever it is mounted."""
    for start in ("/v2/", "/oauth2/", "/sandbox/"):
        place = request.path.find(start)
        if place >= 0:
            return request.path[place:]
    return request.path


def access_middleware(state: BankState) -> Middleware:
    """Return the middleware that lets through who may pass."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        path = bank_path(request)
        if path.startswith("/sandbox/"):
            return await handler(request)
        if _lacks_staging_token(request, state) and path != "/oauth2/auth":
            return web.Response(text=SIGN_IN_PAGE, content_type="text/html")
        if path.startswith("/v2/"):
            _check_credentials(request, path, state)
        return await handler(request)

    return middleware


def _lacks_staging_token(request: web.Request, state: BankState) -> bool:
    return state.staging_token is not None and (
        request.headers.get("X-Qonto-Staging-Token") != state.staging_token
    )


def _check_credentials(request: web.Request, path: str, state: BankState) -> None:
    """Raise the bank's 401 or 403 unless key or token opens this path."""
    refuse = flat if path.startswith(WEBHOOKS) else listed
    given = request.headers.get("Authorization")
    if not given:
        raise refuse(401, "authorization_header_missing", "Authorization header is missing")
    scheme, _, token = given.partition(" ")
    if scheme == "Bearer":
        scopes = state.tokens.scopes_of(token)
        if scopes is None:
            raise refuse(401, "authorization_token_invalid", "Authorization token is invalid")
        if _scope_needed(request, path) not in scopes:
            raise refuse(403, "forbidden", "missing required oauth scope")
    elif given != state.api_key or path.startswith(WEBHOOKS):
        raise refuse(401, "authorization_token_invalid", "Authorization token is invalid")


def _scope_needed(request: web.Request, path: str) -> str:
    read, write = next(scopes for start, scopes in SCOPES.items() if path.startswith(start))
    return read if request.method == "GET" else write
