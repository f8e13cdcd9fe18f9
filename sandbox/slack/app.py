"""The stand-in as an aiohttp application."""

from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
from aiohttp import web

from sandbox.faults import Faults, fault_middleware
from sandbox.slack.api import PACE, Pace, call_method, call_name, log_faulted
from sandbox.slack.control import CONTROL_ROUTES
from sandbox.slack.delivery import Courier
from sandbox.slack.links import FAULTS, WORKSPACE
from sandbox.slack.responses import receive_response
from sandbox.slack.ui import COURIER, UI_ROUTES
from sandbox.slack.workspace import Workspace

MAX_UPLOAD_BYTES = 20 * 1024**2


def build_slack(workspace: Workspace, faults: Faults | None = None) -> web.Application:
    """Build the stand-in Slack; it may run alone or be mounted under a prefix.

    The bot's SLACK_API_URL is `<address>/api/`. What the workspace holds now is what `reset` goes back to.
    """
    workspace.remember()
    planned = faults if faults is not None else Faults()
    app = web.Application(
        middlewares=[log_faulted, fault_middleware(planned, call_name)], client_max_size=MAX_UPLOAD_BYTES
    )
    app[WORKSPACE], app[FAULTS], app[PACE] = workspace, planned, Pace()
    app.cleanup_ctx.append(_courier)
    app.on_shutdown.append(_end_streams)
    app.router.add_route("GET", "/api/{method}", call_method)
    app.router.add_route("POST", "/api/{method}", call_method)
    app.router.add_post("/response/{secret}", receive_response, name="slack_response")
    app.router.add_post("/upload/{file_id}", receive_file, name="slack_upload")
    app.router.add_routes(UI_ROUTES)
    app.router.add_routes(CONTROL_ROUTES)
    return app


async def receive_file(request: web.Request) -> web.Response:
    """Take the bytes of an upload, raw or as the first part of a form."""
    workspace = request.app[WORKSPACE]
    file = workspace.files.get(request.match_info["file_id"])
    if file is None:
        return web.Response(status=404, text="file_not_found")
    content = await _first_part(request)
    workspace.files[file.id] = replace(file, content=content)
    return web.Response(text=f"OK - {len(content)}")


async def _first_part(request: web.Request) -> bytes:
    if request.content_type != "multipart/form-data":
        return await request.read()
    for part in (await request.post()).values():
        if isinstance(part, web.FileField):
            return part.file.read()
    return b""


async def _courier(app: web.Application) -> AsyncIterator[None]:
    # One connection per delivery: a kept one would fail after the app was restarted, which Slack never shows.
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session:
        app[COURIER] = Courier(app[WORKSPACE], app[FAULTS], session)
        yield
        await app[COURIER].close()


async def _end_streams(app: web.Application) -> None:
    app[WORKSPACE].live.close()
