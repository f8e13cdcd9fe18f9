"""GET /oauth/qonto/callback: the page a person lands on after the bank's consent screen."""

from html import escape

import httpx
from aiohttp import web

from bot.bank.access import CALLBACK_PATH, BankAccess
from bot.bank.consent import finish_consent
from bot.context import Context
from bot.errors import RefusedError
from qonto.transport import TIMEOUT

LONGEST_PARAMETER = 4096
_PAGE = """<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 1.1rem/1.6 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto 0; padding: 0 1.5rem; }}
h1 {{ font-size: 1.5rem; }}
</style>
</head>
<body><main><h1>{title}</h1><p>{text}</p></main></body>
</html>
"""
_STYLE_ONLY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


def routes(ctx: Context) -> list[web.RouteDef]:
    """Give the route of the callback."""

    async def callback(request: web.Request) -> web.Response:
        token, code = _one(request, "state"), _one(request, "code")
        if token is None or code is None:
            return _refused_by_person(request)
        return await _finish(ctx, token, code)

    return [web.get(CALLBACK_PATH, callback)]


async def _finish(ctx: Context, token: str, code: str) -> web.Response:
    # Once in 90 days: a connection of its own is cheaper than one kept open.
    async with httpx.AsyncClient(timeout=TIMEOUT) as http:
        access = BankAccess(ctx.settings, ctx.database, http, ctx.clock)
        try:
            await finish_consent(ctx.database, access, token=token, code=code, now=ctx.clock())
        except RefusedError as refusal:
            return page("Qonto n’est pas connecté", refusal.message, refusal.status)
    ctx.bank.reset_auth()
    return page("Qonto est connecté", "Vous pouvez fermer cette page.")


def _refused_by_person(request: web.Request) -> web.Response:
    """The bank sends ``error=access_denied`` when the person said no (RFC 6749, 4.1.2.1)."""
    if _one(request, "error") == "access_denied":
        return page("Qonto n’est pas connecté", "L’accès a été refusé dans Qonto. Rien n’a changé.", 400)
    return page(
        "Qonto n’est pas connecté", "Cette adresse est incomplète. Relancer qonto-bot qonto connect.", 400
    )


def _one(request: web.Request, name: str) -> str | None:
    values = request.query.getall(name, [])
    return values[0] if len(values) == 1 and 0 < len(values[0]) <= LONGEST_PARAMETER else None


def page(title: str, text: str, status: int = 200) -> web.Response:
    """Write one plain page."""
    return web.Response(
        text=_PAGE.format(title=escape(title), text=escape(text)),
        status=status,
        content_type="text/html",
        headers={"Content-Security-Policy": _STYLE_ONLY},
    )
