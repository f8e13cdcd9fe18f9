"""Find in a channel's history the message that carries one of our keys (docs.slack.dev, message-metadata)."""

import logging
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.delivery.result import LOOK_UP_AFTER, Outcome, Result
from store.messages.keys import posted_keys
from store.models import Message
from store.types import MessagePurpose

MARGIN = timedelta(minutes=2)  # our clock and Slack's need not agree
PAGE = 200
MOST_PAGES = 20
logger = logging.getLogger(__name__)


async def look_up(client: AsyncWebClient, channel: str, message: Message, now: datetime) -> Result:
    """Look for a message whose post ended without an answer; adopt it, or allow another sending.

    Raises slack_sdk's errors: without an answer nothing may be concluded.
    """
    attempted = message.attempted_at or message.created_at
    if now < attempted + LOOK_UP_AFTER:
        return Result(Outcome.UNKNOWN, "outcome_unknown", attempted + LOOK_UP_AFTER - now)
    keys = posted_keys(message)
    posted = await _find_posted(client, channel, keys, attempted)
    if posted is None:
        logger.info("message never landed, sent again")
        return Result(Outcome.GONE)
    logger.info("message found after an unknown outcome")
    if _payload(posted)["key"] not in keys:
        return Result(Outcome.CARRIED)
    # What a talent was told stays as it was said; anything else is drawn again as things stand now.
    version = message.wanted_version if message.purpose == MessagePurpose.TALENT_PAID else 0
    return Result(Outcome.FOUND, channel=channel, ts=str(posted["ts"]), version=version)


async def _find_posted(
    client: AsyncWebClient, channel: str, keys: AbstractSet[str], attempted_at: datetime
) -> dict[str, Any] | None:
    cursor: str | None = None
    oldest = f"{(attempted_at - MARGIN).timestamp():.6f}"
    for _ in range(MOST_PAGES):
        answer = await client.conversations_history(
            channel=channel, oldest=oldest, include_all_metadata=True, limit=PAGE, cursor=cursor
        )
        page: list[dict[str, Any]] = answer.get("messages") or []
        for posted in page:
            payload = _payload(posted)
            if keys & {payload["key"], *payload["carried"]}:
                return posted
        cursor = (answer.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return None
    return None


def _payload(posted: dict[str, Any]) -> dict[str, Any]:
    """The key of the row that was posted, and those of the rows whose news it carries."""
    payload = (posted.get("metadata") or {}).get("event_payload")
    if not isinstance(payload, dict):
        return {"key": None, "carried": []}
    carried = payload.get("carried")
    return {"key": payload.get("key"), "carried": carried if isinstance(carried, list) else []}
