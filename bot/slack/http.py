"""The HTTP session of every call to Slack: it goes nowhere else, and reads no answer without end."""

import aiohttp
from aiohttp.client_middlewares import ClientHandlerType

LARGEST_ANSWER = 16 * 1024 * 1024  # bytes, unpacked
REDIRECTS = range(300, 400)


class RedirectedError(aiohttp.ClientError):
    """The answer sends us elsewhere, where no call of ours goes: nothing was done."""


class AnswerTooLargeError(aiohttp.ClientPayloadError):
    """The answer is larger than LARGEST_ANSWER; what the call did is not known."""


class _BoundedResponse(aiohttp.ClientResponse):
    async def read(self) -> bytes:
        if self._body is None:
            try:
                self._body = await _whole(self.content)
            except BaseException:
                self.close()
                raise
        return await super().read()


async def _whole(content: aiohttp.StreamReader) -> bytes:
    body = bytearray()
    async for chunk in content.iter_any():
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise AnswerTooLargeError
    return bytes(body)


async def _follow_no_redirect(
    request: aiohttp.ClientRequest, handler: ClientHandlerType
) -> aiohttp.ClientResponse:
    answer = await handler(request)
    if answer.status in REDIRECTS:
        answer.close()
        raise RedirectedError
    return answer


def open_session() -> aiohttp.ClientSession:
    """Open a session whose calls raise RedirectedError or AnswerTooLargeError, both children of ClientError.

    It holds for Bolt's own copies of our client too: they share the session.
    """
    return aiohttp.ClientSession(response_class=_BoundedResponse, middlewares=(_follow_no_redirect,))
