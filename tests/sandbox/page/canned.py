"""A server of fixed state behind the real page: remembers what it was sent, answers what a test planned."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sandbox.site import add_page

Json = dict[str, Any]

USERS: list[Json] = [
    {
        "id": "U0MAUD",
        "name": "maud",
        "real_name": "Maud Lefèvre",
        "title": "Administratrice",
        "is_bot": False,
        "deleted": False,
    },
    {
        "id": "U0HUGO",
        "name": "hugo",
        "real_name": "Hugo Marchand",
        "title": "Collègue sans droits",
        "is_bot": False,
        "deleted": False,
    },
    {
        "id": "U0CAMILLE",
        "name": "camille",
        "real_name": "Camille Durand",
        "title": "Talent",
        "is_bot": False,
        "deleted": False,
    },
    {
        "id": "U0PARTI",
        "name": "parti",
        "real_name": "Ancien Collègue",
        "title": "",
        "is_bot": False,
        "deleted": True,
    },
    {"id": "UBOT", "name": "qonto", "real_name": "Qonto", "title": "", "is_bot": True, "deleted": False},
]
COMMANDS: list[Json] = [
    {"command": "/qonto", "description": "Rapprocher les paiements", "usage_hint": "[sync|statut|aide]"},
]


def message(ts: str, blocks: list[Json], text: str = "Un message", user: str = "UBOT", **more: Any) -> Json:
    base = {"ts": ts, "user": user, "text": text, "blocks": blocks, "edited": None, "ephemeral": False}
    return base | {"thread_ts": None, "reply_count": 0, "metadata": None} | more


def modal(view_id: str, title: str, blocks: list[Json], submit: str | None = "Associer") -> Json:
    plain = {"type": "plain_text", "text": title}
    button = {"type": "plain_text", "text": submit} if submit else None
    return {"id": view_id, "type": "modal", "title": plain, "submit": button, "close": None, "blocks": blocks}


@dataclass
class Canned:
    """State, planned answers by path, and everything received."""

    messages: list[Json] = field(default_factory=list)
    direct: list[Json] = field(default_factory=list)
    home: Json | None = None
    modals: list[Json] = field(default_factory=list)
    problems: list[Json] = field(default_factory=list)
    deliveries: list[Json] = field(default_factory=list)
    unread: int = 0
    answers: dict[str, Json] = field(default_factory=dict)
    received: list[tuple[str, Json]] = field(default_factory=list)
    hold: asyncio.Event | None = None
    url: str = ""

    def __post_init__(self) -> None:
        self._news = asyncio.Event()
        self._pages: set[asyncio.Queue[Json | None]] = set()

    def tell(self, event: Json) -> None:
        """Send a server-sent event to every open page."""
        for page in self._pages:
            page.put_nowait(event)

    def leave(self) -> None:
        """End every stream, so that the server can stop."""
        for page in self._pages:
            page.put_nowait(None)

    def last(self, path: str) -> Json:
        """Return the body of the last request to `path`."""
        return next(body for seen, body in reversed(self.received) if seen == path)

    async def wait(self, path: str, count: int = 1) -> Json:
        """Return the body of the last request to `path`, once there were `count` of them."""
        async with asyncio.timeout(5):
            while self.count(path) < count:
                self._news.clear()
                await self._news.wait()
        return self.last(path)

    def count(self, path: str) -> int:
        return sum(seen == path for seen, _ in self.received)

    def state(self, user: str) -> Json:
        finance = {"id": "C0PAIEMENTS", "name": "paiements", "is_im": False, "with": None, "is_member": True}
        general = {"id": "C0GENERAL", "name": "general", "is_im": False, "with": None, "is_member": True}
        im = {"id": "D0QONTO", "name": "directmessage", "is_im": True, "with": "UBOT", "is_member": True}
        return {
            "team": {"id": "T0", "name": "Atelier Talents"},
            "me": user,
            "users": USERS,
            "channels": [
                finance | {"unread": 0, "messages": self.messages},
                general | {"unread": self.unread, "messages": []},
                im | {"unread": 0, "messages": self.direct},
            ],
            "home": self.home,
            "modals": self.modals,
            "commands": COMMANDS,
            "problems": self.problems,
        }

    def application(self) -> web.Application:
        app = web.Application()
        add_page(app)
        app.router.add_get("/ui/state", self._state)
        app.router.add_get("/ui/events", self._events)
        app.router.add_get("/bank/sandbox/deliveries", self._deliveries)
        app.router.add_post("/{rest:.*}", self._post)
        return app

    async def _state(self, request: web.Request) -> web.Response:
        return web.json_response(self.state(request.query["user"]))

    async def _deliveries(self, _request: web.Request) -> web.Response:
        return web.json_response({"deliveries": self.deliveries})

    async def _events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        queue: asyncio.Queue[Json | None] = asyncio.Queue()
        self._pages.add(queue)
        try:
            while (event := await queue.get()) is not None:
                await response.write(f"data: {json.dumps(event)}\n\n".encode())
        finally:
            self._pages.discard(queue)
        return response

    async def _post(self, request: web.Request) -> web.Response:
        self.received.append((request.path, await request.json()))
        self._news.set()
        if self.hold is not None:
            await self.hold.wait()
        return web.json_response(self.answers.get(request.path, {"ok": True}))
