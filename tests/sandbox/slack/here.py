"""What every test of the stand-in holds: the workspace, its address, its faults and the SDK's client."""

from dataclasses import dataclass
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.faults import Faults
from sandbox.slack import Workspace
from sandbox.slack.person import Person

Json = dict[str, Any]


@dataclass
class Slack:
    workspace: Workspace
    faults: Faults
    address: str
    session: aiohttp.ClientSession
    client: AsyncWebClient

    def person(self, user: str) -> Person:
        return Person(self.session, self.address, user)

    async def get(self, path: str, **params: str) -> Json:
        async with self.session.get(self.address + path, params=params) as response:
            answer: Json = await response.json()
            return answer

    async def post(self, path: str, body: Any = None) -> Json:
        async with self.session.post(self.address + path, json=body or {}) as response:
            answer: Json = await response.json()
            return answer

    async def refusal(self, method: str, **args: Any) -> str:
        """Return the error code a call is answered with."""
        try:
            await self.client.api_call(method, json=args)
        except SlackApiError as error:
            return str(error.response["error"])
        return "ok"


def button(text: str = "Associer", action_id: str = "associate", value: str = "1") -> Json:
    label = {"type": "plain_text", "text": text}
    return {"type": "button", "text": label, "action_id": action_id, "value": value}


def actions(*elements: Json, block_id: str = "b1") -> Json:
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def section(text: str = "Bonjour") -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def field(block_id: str = "note", action_id: str = "note", **more: Any) -> Json:
    label = {"type": "plain_text", "text": "Note"}
    element = {"type": "plain_text_input", "action_id": action_id}
    return {"type": "input", "block_id": block_id, "label": label, "element": element} | more


def modal(*blocks: Json, **more: Any) -> Json:
    return {
        "type": "modal",
        "callback_id": "form",
        "title": {"type": "plain_text", "text": "Associer"},
        "submit": {"type": "plain_text", "text": "Valider"},
        "blocks": list(blocks or [field()]),
    } | more
