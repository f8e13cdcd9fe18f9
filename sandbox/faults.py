"""Faults on command: what the stand-in servers do wrong, when, and how often."""

import asyncio
import json
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from fnmatch import fnmatchcase
from typing import Annotated, Any, ClassVar, Literal

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from pydantic import ConfigDict, Field, TypeAdapter

Kind = Literal[
    "status", "error", "delay", "delay_after", "reset", "reset_after", "html", "truncate", "without", "huge"
]
Count = Annotated[int, Field(ge=0)]

HTML_PAGE = "<!doctype html><title>Maintenance</title><h1>We will be back soon</h1>"
HUGE = 17 * 1024 * 1024
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Fault:
    """One way to misbehave.

    `target` is an fnmatch pattern over call names such as `slack:chat.postMessage` or
    `bank:GET /v2/transactions*`. The first `skip` matching calls pass, the next `times`
    ones are hit (None: all of them). Kinds:

    - `status`: answers `status` with an empty JSON object, `Retry-After` (seconds) and `Location` if given;
    - `error`: answers the service's own error form, with the code `error`;
    - `delay`: waits `delay_ms`, then goes on normally; `delay_after`: waits before it answers;
    - `reset`: cuts the connection before anything happened;
    - `reset_after`: lets the call take effect, then cuts the connection;
    - `html`: answers 200 with a maintenance page;
    - `truncate`: answers half of the real body with the real status;
    - `without`: answers the real JSON object, less its `fields`;
    - `huge`: answers the real JSON object and 17 MiB of spaces.
    """

    target: str
    kind: Kind
    times: Annotated[int, Field(ge=1)] | None = 1
    skip: Count = 0
    status: Annotated[int, Field(ge=200, le=599)] = 500
    retry_after: Count | None = None
    delay_ms: Annotated[int, Field(ge=0, le=600_000)] = 0
    error: str = "internal_error"
    location: str | None = None
    fields: tuple[str, ...] = ()

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Fault":
        """Read a fault from a JSON object; pydantic's ValidationError names what is wrong or unknown."""
        # Strict mode takes a dataclass from JSON text, but only an instance from Python values.
        return _ADAPTER.validate_json(json.dumps(data))

    def to_json(self) -> dict[str, Any]:
        """Return the fault as a JSON object that `from_json` reads back."""
        return asdict(self)


_ADAPTER = TypeAdapter(Fault)


class Faults:
    """The faults waiting to happen, in the order they were added."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Plan a fault."""
        self._waiting.append(fault)

    def clear(self) -> None:
        """Forget every planned fault."""
        self._waiting.clear()

    def list(self) -> tuple[Fault, ...]:
        """Return what is still planned, with the counts that are left."""
        return tuple(self._waiting)

    def take(self, name: str) -> Fault | None:
        """Return the fault that hits this call, counting it down, or None."""
        for index, fault in enumerate(self._waiting):
            if not fnmatchcase(name, fault.target):
                continue
            if fault.skip:
                self._waiting[index] = replace(fault, skip=fault.skip - 1)
                continue
            self._count_down(index, fault)
            return fault
        return None

    def _count_down(self, index: int, fault: Fault) -> None:
        if fault.times == 1:
            del self._waiting[index]
        elif fault.times is not None:
            self._waiting[index] = replace(fault, times=fault.times - 1)


def slack_error(fault: Fault) -> web.Response:
    """Answer as Slack's Web API does: 200 with `ok` false (docs.slack.dev, Using the Web API)."""
    return web.json_response({"ok": False, "error": fault.error})


def fault_middleware(
    faults: Faults,
    name_of: Callable[[web.Request], str | None],
    error_answer: Callable[[Fault], web.Response] = slack_error,
) -> Middleware:
    """Return an aiohttp middleware that lets the planned faults happen.

    `name_of` names the call (None: never hit, e.g. the control routes); `error_answer` builds
    the answer of the kind `error` in the service's own form.
    """

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        name = name_of(request)
        fault = faults.take(name) if name is not None else None
        if fault is None:
            return await handler(request)
        return await _misbehave(fault, request, handler, error_answer)

    return middleware


async def _misbehave(
    fault: Fault, request: web.Request, handler: Handler, error_answer: Callable[[Fault], web.Response]
) -> web.StreamResponse:
    match fault.kind:
        case "error":
            return error_answer(fault)
        case "status" | "html":
            return _instead(fault)
        case "reset":
            return _cut(request)
        case "delay":
            await asyncio.sleep(fault.delay_ms / 1000)
    response = await handler(request)
    if fault.kind == "delay_after":
        await asyncio.sleep(fault.delay_ms / 1000)
    match fault.kind:
        case "reset_after":
            return _cut(request)
        case "truncate" | "without" | "huge" if isinstance(response, web.Response):
            return _spoilt(response, fault)
        case _:
            return response


def _instead(fault: Fault) -> web.Response:
    if fault.kind == "html":
        return web.Response(text=HTML_PAGE, content_type="text/html")
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    if fault.location is not None:
        headers["Location"] = fault.location
    return web.json_response({}, status=fault.status, headers=headers)


def _cut(request: web.Request) -> web.Response:
    """Drop the connection with a TCP reset; the answer returned for aiohttp's sake goes nowhere."""
    if request.transport is not None:
        connection = request.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        request.transport.abort()
    return web.Response()


def _spoilt(response: web.Response, fault: Fault) -> web.Response:
    body = response.body if isinstance(response.body, bytes) else b""
    if fault.kind == "truncate":
        body = body[: len(body) // 2]
    elif fault.kind == "huge":
        body += b" " * HUGE
    else:
        kept = {name: value for name, value in json.loads(body).items() if name not in fault.fields}
        body = json.dumps(kept).encode()
    return web.Response(body=body, status=response.status, content_type=response.content_type)
