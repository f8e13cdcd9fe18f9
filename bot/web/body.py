"""Reading a request body: bounded in size and time. Compressed ones were refused before (middleware)."""

import asyncio

from aiohttp import web

LARGEST_BODY = 64 * 1024
READ_SECONDS = 5.0  # a body that trickles is cut; the bank sends at once and waits one second in all


async def read_body(request: web.Request, limit: int = LARGEST_BODY) -> bytes:
    """Read the raw bytes. Raises HTTPRequestTimeout, HTTPRequestEntityTooLarge."""
    too_large = web.HTTPRequestEntityTooLarge(max_size=limit)
    if request.content_length is not None and request.content_length > limit:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(READ_SECONDS):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > limit:
                    raise too_large
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    return bytes(body)
