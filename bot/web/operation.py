"""One address of the REST API: how it is served, and how the OpenAPI document describes it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web
from pydantic import BaseModel

from bot.context import Context

Handle = Callable[[Context, web.Request], Awaitable[web.Response]]


@dataclass(frozen=True, slots=True)
class Operation:
    """``created`` tells that 201 is possible; ``errors`` are its own refusals, beside the common ones."""

    method: str
    path: str
    summary: str
    handle: Handle
    answer: type[BaseModel] | None
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    created: bool = False
    errors: tuple[int, ...] = ()
