"""POST /slack/events: the raw bytes are proved to be Slack's before Bolt parses them."""

import logging

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

from bot.web.middleware import read_body

LARGEST_BODY = 1024 * 1024  # a view submission carries its whole view, 250 kB at most
logger = logging.getLogger(__name__)


class SlackRoute:
    """Slack's door, for a request over HTTP; Socket Mode has none."""

    def __init__(self, app: AsyncApp, signing_secret: str) -> None:
        self._app = app
        self._verifier = SignatureVerifier(signing_secret)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer events, commands, clicks and option loads; 4xx for what is not Slack's."""
        try:
            body = await read_body(request, LARGEST_BODY)
        except web.HTTPClientError as error:
            return web.Response(status=error.status)
        if not self._genuine(request, body):
            logger.warning("slack request refused", extra={"bytes": len(body)})
            return web.Response(status=401)
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            return web.Response(status=400)
        try:
            bolt_request = AsyncBoltRequest(
                body=text,
                query=request.query_string,
                headers={key: [value] for key, value in request.headers.items()},
            )
        except (ValueError, TypeError, AttributeError, KeyError):
            # Bolt takes the shape of a payload for granted while it reads who sends it.
            return web.Response(status=400)
        if not isinstance(bolt_request.body, dict) or not bolt_request.body:
            return web.Response(status=400)
        return await to_aiohttp_response(await self._app.async_dispatch(bolt_request))

    def _genuine(self, request: web.Request, body: bytes) -> bool:
        """Check docs.slack.dev, verifying-requests-from-slack; one header each, a plain number as time."""
        stamps = request.headers.getall("X-Slack-Request-Timestamp", [])
        signatures = request.headers.getall("X-Slack-Signature", [])
        if len(stamps) != 1 or len(signatures) != 1 or not signatures[0].isascii():
            return False
        if not (stamps[0].isascii() and stamps[0].isdigit() and len(stamps[0]) <= 12):  # noqa: PLR2004
            return False
        return self._verifier.is_valid(body, stamps[0], signatures[0])
