"""One person of the workspace, driven over HTTP: what a browser-less test reads and does."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp

from sandbox.slack.model import Json
from sandbox.slack.render import elements_of

POLL_SECONDS = 0.02


@dataclass
class Person:
    """A hand on the page: `address` is where the stand-in Slack answers, without a final slash."""

    session: aiohttp.ClientSession
    address: str
    id: str

    async def screen(self) -> Json:
        """Return everything this person sees."""
        async with self.session.get(f"{self.address}/ui/state", params={"user": self.id}) as response:
            screen: Json = await response.json()
            return screen

    async def messages(self, channel: str) -> list[Json]:
        """Return what this person sees in a channel (id, name, or the other person of a direct message)."""
        for candidate in (await self.screen())["channels"]:
            if channel in {candidate["id"], candidate["name"], candidate["with"]}:
                messages: list[Json] = [m | {"channel": candidate["id"]} for m in candidate["messages"]]
                return messages
        return []

    async def modal(self) -> Json | None:
        """Return the modal on top, if one is open."""
        modals = (await self.screen())["modals"]
        return modals[-1] if modals else None

    async def click(self, label: str, within: Json, **chosen: Any) -> Json:
        """Click the element with this text (or action_id, or placeholder) in a message or a view.

        `chosen` is what is chosen, e.g. `selected_option={"value": "x"}`. LookupError if there is none.
        """
        block_id, element = _find(within, label)
        body = {"container": _container(within), "block_id": block_id, "action_id": element["action_id"]}
        return await self.do("click", **body, **chosen)

    async def search(self, label: str, within: Json, text: str) -> Json:
        """Type in an external select and return what it offers."""
        block_id, element = _find(within, label)
        body = {"container": _container(within), "block_id": block_id, "action_id": element["action_id"]}
        return await self.do("options", **body, value=text)

    async def submit(self, view: Json, **fields: Any) -> Json:
        """Submit a modal; `fields` are, by action_id, the JSON entries such as {"value": "12"}."""
        state: Json = {}
        for action_id, entry in fields.items():
            block_id, element = _find(view, action_id)
            state.setdefault(block_id, {})[element["action_id"]] = entry
        return await self.do("submit", view_id=view["id"], state=state)

    async def command(self, text: str, channel: str) -> Json:
        """Type a slash command in a channel."""
        return await self.do("command", channel=channel, text=text)

    async def write(self, text: str, channel: str) -> Json:
        """Write a message in a channel; the app's user id stands for its direct messages."""
        return await self.do("message", channel=channel, text=text)

    async def do(self, gesture: str, **body: Any) -> Json:
        """Send one gesture of the UI contract in this person's name."""
        async with self.session.post(
            f"{self.address}/ui/{gesture}", json={"user": self.id} | body
        ) as response:
            answer: Json = await response.json()
            return answer

    async def wait_for(self, seen: Callable[[Json], Any], seconds: float = 5.0) -> Any:
        """Read the screen until `seen(screen)` is true and return that; TimeoutError otherwise."""
        async with asyncio.timeout(seconds):
            while True:
                if found := seen(await self.screen()):
                    return found
                await asyncio.sleep(POLL_SECONDS)


def visible_text(shown: Any) -> str:
    """Return every text of a message's or view's blocks, one per line, for assertions."""
    if isinstance(shown, list):
        return "\n".join(filter(None, map(visible_text, shown)))
    if isinstance(shown, dict):
        own = [shown["text"]] if isinstance(shown.get("text"), str) else []
        inner = [visible_text(v) for k, v in shown.items() if k not in {"confirm", "metadata", "state"}]
        return "\n".join(filter(None, own + inner))
    return ""


def _container(within: Json) -> Json:
    if "ts" in within:
        return {"type": "message", "channel": within["channel"], "ts": within["ts"]}
    return {"type": "view", "view_id": within["id"]}


def _find(within: Json, label: str) -> tuple[str, Json]:
    for block in within["blocks"]:
        for element in elements_of(block):
            names = [element.get(n, {}).get("text") for n in ("text", "placeholder")]
            names.append(block.get("label", {}).get("text"))
            if label in {element.get("action_id"), *names}:
                return block["block_id"], element
    raise LookupError(f"no element {label!r} in {json.dumps(within['blocks'], ensure_ascii=False)[:500]}")
