"""The OAuth host: a French page with one button, and the token endpoint."""

import html
from urllib.parse import urlencode

from aiohttp import web

from sandbox.bank.errors import oauth
from sandbox.bank.state import BankState

PAGE = """<!doctype html>
<html lang="fr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Banque d’essai : autorisation</title>
<style>
body {{ font: 1.1rem/1.6 system-ui, sans-serif; max-width: 32rem; margin: 12vh auto; padding: 0 1rem; }}
button {{ font: inherit; padding: .6rem 1.4rem; border: 0; border-radius: .4rem; background: #222;
  color: #fff; }}
small {{ color: #555; }}
</style></head><body>
<h1>Autoriser l’application ?</h1>
<p>Elle pourra lire les opérations de « {organization} » et recevoir leurs notifications.</p>
<p><small>Droits demandés : {scope}</small></p>
<form method="post">{fields}<button autofocus>Autoriser</button></form>
<p><small>Ceci est une banque d’essai sur cette machine, et non Qonto.</small></p>
</body></html>"""
ASKED = ("client_id", "redirect_uri", "response_type", "scope", "state")
LOOPBACK = ("http://127.0.0.1", "http://localhost")


def consent_routes(state: BankState) -> list[web.RouteDef]:
    """Return the routes of the OAuth host, over this state."""

    async def show(request: web.Request) -> web.Response:
        asked = _asked({name: request.query.get(name, "") for name in ASKED}, state)
        return web.Response(text=_page(asked, state), content_type="text/html")

    async def agree(request: web.Request) -> web.Response:
        form = await request.post()
        asked = _asked({name: str(form.get(name, "")) for name in ASKED}, state)
        code = state.tokens.consent(asked["scope"], asked["redirect_uri"])
        query = urlencode({"code": code, "scope": asked["scope"], "state": asked["state"]})
        raise web.HTTPFound(f"{asked['redirect_uri']}?{query}")

    async def token(request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        if (form.get("client_id"), form.get("client_secret")) != (state.client_id, state.client_secret):
            raise oauth(401, "invalid_client", "Client authentication failed.")
        match form.get("grant_type"):
            case "authorization_code":
                answer = state.tokens.redeem(form.get("code", ""), form.get("redirect_uri", ""))
            case "refresh_token":
                answer = state.tokens.renew(form.get("refresh_token", ""))
            case _:
                raise oauth(400, "unsupported_grant_type", "The grant type is not supported.")
        if answer is None:
            raise oauth(400, "invalid_grant", "The grant or refresh token is invalid, expired or revoked.")
        return web.json_response(answer)

    return [
        web.get("/oauth2/auth", show),
        web.post("/oauth2/auth", agree),
        web.post("/oauth2/token", token),
    ]


def _asked(values: dict[str, str], state: BankState) -> dict[str, str]:
    """Return what is asked for; raises 400 rather than redirect anywhere that was not registered."""
    if values["client_id"] != state.client_id:
        raise oauth(400, "invalid_client", "The requested client does not exist.")
    if not values["redirect_uri"].startswith(LOOPBACK):
        raise oauth(400, "invalid_request", "The redirect_uri is not registered.")
    if values["response_type"] != "code":
        raise oauth(400, "unsupported_response_type", "Only response_type=code is supported.")
    return values


def _page(asked: dict[str, str], state: BankState) -> str:
    fields = "".join(
        f'<input type="hidden" name="{name}" value="{html.escape(value)}">' for name, value in asked.items()
    )
    return PAGE.format(
        organization=html.escape(state.organization_name), scope=html.escape(asked["scope"]), fields=fields
    )
