"""A small Slack app on Bolt: enough of everything the page must show and send."""

from typing import Any

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox import agency
from tests.sandbox.page.gallery import CARD, DECIDED, INPUTS, button, option, text

INVOICES = [option("i42", "FACT-2026-042 · NIKE"), option("i43", "FACT-2026-043 · NIKE")]
HOME = [
    {"type": "header", "text": text("Rapprochement Qonto")},
    {"type": "actions", "elements": [button("Synchroniser", "sync")]},
]


def modal() -> dict[str, Any]:
    title, submit, close = text("Associer un paiement"), text("Associer"), text("Annuler")
    return {"type": "modal", "title": title, "submit": submit, "close": close, "blocks": INPUTS}


def little_bot(token: str, secret: str, api_url: str) -> web.Application:
    """Build the app: a webhook posts a card, its buttons decide or open a modal, `/qonto` answers."""
    client = AsyncWebClient(token=token, base_url=api_url)
    bolt = AsyncApp(client=client, signing_secret=secret)
    listen_to_cards(bolt, client)
    listen_to_the_rest(bolt, client)

    async def slack(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await bolt.async_dispatch(await to_bolt_request(request)))

    async def bank(_request: web.Request) -> web.Response:
        notice = "1 500,00 € de NIKE FRANCE"
        await client.chat_postMessage(channel=agency.FINANCE_CHANNEL, text=notice, blocks=CARD)
        return web.Response()

    app = web.Application()
    app.router.add_post("/slack/events", slack)
    app.router.add_post("/api/webhooks/qonto", bank)
    return app


def listen_to_cards(bolt: AsyncApp, client: AsyncWebClient) -> None:
    @bolt.action("associate")
    async def associate(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        if body["user"]["id"] != agency.ADMIN:
            where = {"channel": body["channel"]["id"], "user": body["user"]["id"]}
            await client.chat_postEphemeral(**where, text="Seuls les administrateurs peuvent associer.")
            return
        message = {"channel": body["channel"]["id"], "ts": body["message"]["ts"]}
        await client.chat_update(**message, text="Associé", blocks=DECIDED)
        await client.chat_postMessage(channel="U0CAMILLE", text="Payé ! NIKE a réglé votre collaboration.")

    @bolt.action("other")
    async def other(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal())


def listen_to_the_rest(bolt: AsyncApp, client: AsyncWebClient) -> None:
    @bolt.options("pick")
    async def pick(ack: AsyncAck) -> None:
        await ack(options=INVOICES)

    @bolt.view("")
    async def submit(ack: AsyncAck, view: dict[str, Any]) -> None:
        amount = view["state"]["values"]["amount"]["amount"]["value"]
        if amount != "1 500,00":
            await ack(response_action="errors", errors={"amount": f"Il reste à associer, lu : {amount}"})
            return
        await ack()

    @bolt.command("/qonto")
    async def command(ack: AsyncAck, command: dict[str, Any]) -> None:
        await ack(text=f"Synchronisation demandée : *{command['text']}*")

    @bolt.event("app_home_opened")
    async def home(event: dict[str, Any]) -> None:
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": HOME})
