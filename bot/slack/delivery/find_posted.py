"""Find in a channel's history the message that carries one of our keys (docs.slack.dev, message-metadata)."""

from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

MARGIN = timedelta(minutes=2)  # our clock and Slack's need not agree
PAGE = 200
MOST_PAGES = 20


async def find_posted(
    client: AsyncWebClient, channel: str, keys: AbstractSet[str], attempted_at: datetime
) -> str | None:
    """Return the ts of a message with one of these keys posted since ``attempted_at`` (UTC), or None.

    Raises slack_sdk's errors: without an answer nothing may be concluded.
    """
    cursor: str | None = None
    oldest = f"{(attempted_at - MARGIN).timestamp():.6f}"
    for _ in range(MOST_PAGES):
        answer = await client.conversations_history(
            channel=channel, oldest=oldest, include_all_metadata=True, limit=PAGE, cursor=cursor
        )
        found: list[dict[str, Any]] = answer.get("messages") or []
        for message in found:
            if any(key in keys for key in _keys(message)):
                return str(message["ts"])
        cursor = (answer.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return None
    return None


def _keys(message: dict[str, Any]) -> list[str]:
    """The key of the ledger row that was posted, and of those whose news it carries."""
    payload = (message.get("metadata") or {}).get("event_payload")
    if not isinstance(payload, dict):
        return []
    carried = payload.get("carried")
    keys = [payload.get("key"), *(carried if isinstance(carried, list) else [])]
    return [key for key in keys if isinstance(key, str)]
