"""What a listener does around its one use case: find the person, run, acknowledge, say what went wrong.

Bolt drops an acknowledgement when the listener raises right after it, and answers 500 when it raises before
(slack-platform.md 0.4), so every listener goes through here and never lets an exception out.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond

from bot.errors import NotAllowedError, RefusedError
from bot.slack.call_errors import CALL_ERRORS
from bot.slack.dispatch.language import readers_words
from bot.slack.dispatch.rights import Rights

TELLING_SECONDS = 1.0  # of the three that Slack waits for an acknowledgement
logger = logging.getLogger(__name__)


async def refusal(error: Exception, rights: Rights) -> str:
    """Put a refusal or a failure in the words of the person who clicked; log what a person must see."""
    reference = ""
    if not isinstance(error, RefusedError):
        reference = secrets.token_hex(4)
        logger.error("listener failed", exc_info=error, extra={"reference": reference})
    words = await readers_words()
    if isinstance(error, NotAllowedError):
        return words.admins_only.format(words.either.join(await rights.named_admins()))
    if isinstance(error, RefusedError):
        return words.refused(error.message, error.english)
    return words.failed.format(reference)


async def answered(
    work: Callable[[], Awaitable[Any]], ack: AsyncAck, respond: AsyncRespond, rights: Rights
) -> None:
    """Run one decision, then acknowledge: what was clicked is committed before Slack is told."""
    try:
        await work()
    except Exception as error:  # noqa: BLE001  # the top of a listener: the person must be told, Slack must be answered
        await _told_then_acknowledged(error, ack, respond, rights)
        return
    await ack()


async def _told_then_acknowledged(
    error: Exception, ack: AsyncAck, respond: AsyncRespond, rights: Rights
) -> None:
    """Say why, then acknowledge: nobody may take a refused click for a decision, even if we die between.

    What cannot be said at all is not acknowledged: Slack then shows its own sign of failure by the button.
    """
    telling = asyncio.create_task(_tell(error, respond, rights))
    await asyncio.wait({telling}, timeout=TELLING_SECONDS)
    if not telling.done() or telling.result():
        await ack()
    await telling


async def _tell(error: Exception, respond: AsyncRespond, rights: Rights) -> bool:
    return await say(respond, await refusal(error, rights))


async def say(respond: AsyncRespond, text: str) -> bool:
    """Tell only the person who clicked; False when Slack does not take it. The decision stands all the same.

    A payload without an address to answer to is told nothing; in a view the answer is a modal (no address).
    """
    if getattr(respond, "response_url", "") is None:
        logger.info("no address to answer to")
        return True
    try:
        taken: object = await respond(text=text, response_type="ephemeral", replace_original=False)
    except CALL_ERRORS as error:
        logger.warning("answer not delivered", extra={"reason": type(error).__name__})
        return False
    return taken is not False
