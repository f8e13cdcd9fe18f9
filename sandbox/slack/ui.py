"""/ui: what the page, or a test without a browser, does in a person's name."""

import contextlib
import json
from collections.abc import Awaitable, Callable

from aiohttp import web

from sandbox.slack.delivery import Courier
from sandbox.slack.finding import UiError, check_user
from sandbox.slack.interactions import Interactions
from sandbox.slack.links import WORKSPACE, absolute_url
from sandbox.slack.model import Json
from sandbox.slack.submissions import FieldError, Submissions
from sandbox.slack.ui_state import state_for

COURIER = web.AppKey("courier", Courier)

Gesture = Callable[[Interactions, Json], Awaitable[Json | None]]


async def state(request: web.Request) -> web.Response:
    """Return everything one person sees."""
    workspace = request.app[WORKSPACE]
    user = request.query.get("user", "")
    try:
        check_user(workspace, user)
    except UiError as error:
        return _refused(error, 404)
    return web.json_response(state_for(workspace, user))


async def events(request: web.Request) -> web.StreamResponse:
    """Stream server-sent events to one page until it leaves or the server stops."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    await response.prepare(request)
    live = request.app[WORKSPACE].live
    async with contextlib.aclosing(live.stream(request.query.get("user", ""))) as chunks:
        with contextlib.suppress(ConnectionError):
            async for chunk in chunks:
                await response.write(chunk.encode())
    return response


def gesture(act: Gesture) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Return the handler of a POST: read the JSON body, act, and answer `ok` or the French reason."""

    async def handler(request: web.Request) -> web.Response:
        try:
            body = await _body(request)
            answer = await act(_interactions(request), body)
        except FieldError as error:
            return web.json_response({"ok": False, "errors": error.errors})
        except UiError as error:
            return _refused(error)
        return web.json_response({"ok": True} if answer is None else answer)

    return handler


async def read(interactions: Interactions, body: Json) -> None:
    """Remember how far a person has read a channel."""
    workspace = interactions.workspace
    user, channel = str(body.get("user")), str(body.get("channel"))
    workspace.last_read[user, channel] = workspace.stamps.next()
    workspace.live.changed({user})


async def submit(interactions: Interactions, body: Json) -> None:
    """Submit a modal."""
    await Submissions(interactions).submit(body)


async def close(interactions: Interactions, body: Json) -> None:
    """Close a modal."""
    await Submissions(interactions).close(body)


UI_ROUTES = [
    web.get("/ui/state", state),
    web.get("/ui/events", events),
    web.post("/ui/click", gesture(Interactions.click)),
    web.post("/ui/options", gesture(Interactions.options)),
    web.post("/ui/submit", gesture(submit)),
    web.post("/ui/close", gesture(close)),
    web.post("/ui/command", gesture(Interactions.command)),
    web.post("/ui/home", gesture(Interactions.home)),
    web.post("/ui/message", gesture(Interactions.message)),
    web.post("/ui/read", gesture(read)),
]


async def _body(request: web.Request) -> Json:
    try:
        body = json.loads(await request.text())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise UiError("invalid_json", "Demande illisible.")
    return body


def _interactions(request: web.Request) -> Interactions:
    def response_url(secret: str) -> str:
        return absolute_url(request, "slack_response", secret=secret)

    return Interactions(request.app[WORKSPACE], request.app[COURIER], response_url)


def _refused(error: UiError, status: int = 200) -> web.Response:
    return web.json_response({"ok": False, "error": error.code, "text": error.text}, status=status)
