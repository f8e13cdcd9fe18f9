"""The Web API's front door: token, scopes, pacing, the log, and Slack's way of answering."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from sandbox.slack.call import Call, read_args
from sandbox.slack.ids import short_id
from sandbox.slack.links import WORKSPACE, absolute_url
from sandbox.slack.methods import METHODS
from sandbox.slack.model import ApiCall, Json, SlackError
from sandbox.slack.workspace import Workspace

# docs.slack.dev, apis/web-api/rate-limits: 1 message per second and channel, short bursts tolerated.
BURST = 10.0
PER_SECOND = 1.0
# Answers a careful app asks for, not mistakes: nobody has this address, a newer view is there, the person
# closed the modal first.
ORDINARY = frozenset({"users_not_found", "hash_conflict", "already_reacted", "not_found"})
LOGGED = web.RequestKey("logged", bool)


@dataclass
class Pace:
    """A token bucket per channel."""

    level: dict[str, tuple[float, float]] = field(default_factory=dict)

    def wait_seconds(self, channel: str, now: float) -> float:
        """Take one message from the channel's allowance, or return how long to wait for it."""
        amount, since = self.level.get(channel, (BURST, now))
        amount = min(BURST, amount + (now - since) * PER_SECOND)
        if amount < 1:
            return (1 - amount) / PER_SECOND
        self.level[channel] = (amount - 1, now)
        return 0.0


PACE = web.AppKey("pace", Pace)


async def call_method(request: web.Request) -> web.Response:
    """Answer any call of the Web API; errors are 200 with `ok` false, as Slack does."""
    workspace = request.app[WORKSPACE]
    method = request.match_info["method"]
    args: Json = {}
    try:
        args = await read_args(request)
        _check_token(workspace, request, args)
        call = Call(workspace, method, args, lambda name, **parts: absolute_url(request, name, **parts))
        if wait := _wait_for(request.app[PACE], call):
            _log(request, workspace, method, args, "ratelimited")
            body: Json = {"ok": False, "error": "ratelimited"}
            return _answer(workspace, body, 429, {"Retry-After": str(math.ceil(wait))})
        answer: Json = {"ok": True} | _run(call)
        _log(request, workspace, method, args, "ok")
    except SlackError as error:
        _log(request, workspace, method, args, error.code)
        if error.code not in ORDINARY:
            workspace.trouble(method, f"refusé : {error.code}")
        answer = {"ok": False, "error": error.code} | error.extra
    return _answer(workspace, answer)


@web.middleware
async def log_faulted(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Log the calls that a planned fault kept from being answered."""
    response = await handler(request)
    method = request.match_info.get("method")
    if method and request.path.endswith(f"/api/{method}") and LOGGED not in request:
        _log(request, request.app[WORKSPACE], method, {}, f"fault {response.status}")
    return response


def call_name(request: web.Request) -> str | None:
    """Name a request for the fault plan: `slack:METHOD`, `slack:response_url` or `slack:upload`."""
    if method := request.match_info.get("method"):
        return f"slack:{method}"
    if "secret" in request.match_info:
        return "slack:response_url"
    return "slack:upload" if "file_id" in request.match_info else None


def _run(call: Call) -> Json:
    method = METHODS.get(call.method)
    if method is None:
        raise SlackError("unknown_method", req_method=call.method)
    if method.scope:
        call.scope(method.scope)
    return method.handler(call)


def _check_token(workspace: Workspace, request: web.Request, args: Json) -> None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    given = token.strip() if scheme.casefold() == "bearer" else str(args.pop("token", ""))
    if not given:
        raise SlackError("not_authed")
    if given.startswith("xapp-"):
        raise SlackError("not_allowed_token_type")
    if given != workspace.app.bot_token:
        raise SlackError("invalid_auth")
    if workspace.app.token_revoked:
        raise SlackError("token_revoked")


def _wait_for(pace: Pace, call: Call) -> float:
    if not call.workspace.strict_rate or call.method != "chat.postMessage":
        return 0.0
    wanted = call.text("channel")
    channel = call.workspace.channel_named(wanted) or call.workspace.im_with(wanted)
    return pace.wait_seconds(channel.id if channel else wanted, call.workspace.clock())


def _log(
    request: web.Request, workspace: Workspace, method: str, args: Mapping[str, Any], outcome: str
) -> None:
    request[LOGGED] = True
    kept = {name: value for name, value in args.items() if name != "token"}
    workspace.calls.append(ApiCall(workspace.clock(), method, kept, outcome))


def _answer(
    workspace: Workspace, body: Json, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    extra = {"X-OAuth-Scopes": ",".join(workspace.app.scopes), "X-Slack-Req-Id": short_id() + short_id()}
    return web.json_response(body, status=status, headers=extra | dict(headers or {}))
