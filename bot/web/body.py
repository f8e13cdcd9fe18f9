"""Reading a request body: bounded in size and time."""

import asyncio

from aiohttp import web

LARGEST_BODY = 64 * 1024
READ_SECONDS = 5.0  # a body that trickles is cut; the bank sends at once and waits one second in all


class BodyError(Exception):
    """The body cannot be taken; ``status`` says why, in HTTP."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


async def read_body(request: web.Request, limit: int = LARGEST_BODY) -> bytes:
    """Read the raw bytes, bounded in size and time. Raises BodyError 408, 413 or 415.

    ``Content-Encoding`` is refused: it would be inflated before the signature is checked.
    """
    if request.headers.get("Content-Encoding"):
        raise BodyError(415)
    if request.content_length is not None and request.content_length > limit:
        raise BodyError(413)
    try:
        async with asyncio.timeout(READ_SECONDS):
            return await _bounded(request, limit)
    except TimeoutError:
        raise BodyError(408) from None


async def _bounded(request: web.Request, limit: int) -> bytes:
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > limit:
            raise BodyError(413)
    return bytes(body)
