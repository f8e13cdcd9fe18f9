"""What handlers find in the application, and absolute addresses of our own routes."""

from aiohttp import web

from sandbox.faults import Faults
from sandbox.slack.workspace import Workspace

WORKSPACE = web.AppKey("workspace", Workspace)
FAULTS = web.AppKey("faults", Faults)


def absolute_url(request: web.Request, name: str, **parts: str) -> str:
    """Return the address of a named route as the caller of this request would reach it."""
    path = request.app.router[name].url_for(**parts)
    return str(request.url.origin().join(path))
