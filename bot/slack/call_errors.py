"""What the end of a Slack call means for the ledger: refused for good, later, or unknown.

slack-platform.md 2.3 and reliability.md S15-S24: a timeout, a cut connection, a 5xx or
``internal_error`` may hide a message that landed; it is looked up before anything is sent again.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from store.text import clean, cut

RATE_LIMITED = 429
RATED = "ratelimited"
SERVER_ERROR = 500
DEFAULT_RETRY_SECONDS = 30.0
CODE_LENGTH = 100

# The channel, the person or the app must be repaired by somebody before it makes sense to try again.
NEEDS_A_PERSON = frozenset({
    "channel_not_found", "not_in_channel", "is_archived",
    "is_inactive", "restricted_action", "user_not_found",
    "cannot_dm_bot", "user_disabled", "messages_tab_disabled", "cant_update_message", "edit_window_closed",
    "restricted_action_read_only_channel", "ekm_access_denied", "users_not_found", "missing_scope",
    "user_not_visible",
})  # fmt: skip
TOKEN_TROUBLE = frozenset({
    "invalid_auth", "token_revoked", "token_expired", "account_inactive", "not_authed", "no_permission",
})  # fmt: skip
BAD_CONTENT = frozenset({
    "invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long", "no_text",
    "metadata_too_large", "invalid_metadata_format", "block_mismatch",
})  # fmt: skip
MAYBE_DONE = frozenset({"internal_error", "fatal_error", "request_timeout", "service_unavailable"})
_POINTER = re.compile(r"/blocks/([0-9]{1,3})(?![0-9])")


class Fate(StrEnum):
    """What to do with the row."""

    GONE = "gone"
    BLOCKED = "blocked"
    TOKEN = "token"  # noqa: S105  # a name, not a secret
    CONTENT = "content"
    LATER = "later"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed call: its fate, Slack's word for it, and how many seconds Slack asked to wait.

    ``blocks`` are the positions of the blocks that Slack refuses, where it names some.
    """

    fate: Fate
    error: str
    retry_after: float | None = None
    blocks: frozenset[int] = frozenset()


CALL_ERRORS = (SlackClientError, aiohttp.ClientError, TimeoutError, OSError)


def classify(error: Exception) -> Failure:
    """Say what a failed Slack call means. ``error`` is one of CALL_ERRORS."""
    if isinstance(error, aiohttp.ClientConnectorError):
        return Failure(Fate.LATER, "unreachable")
    if isinstance(error, RedirectedError):
        return Failure(Fate.LATER, "redirected")
    if not isinstance(error, SlackApiError):
        return Failure(Fate.UNKNOWN, type(error).__name__)
    # For a body that is not whole JSON the SDK hands over aiohttp's own response instead of its own.
    status = int(getattr(error.response, "status_code", 0) or getattr(error.response, "status", 0))
    failure = understood(status, _code(error))
    if failure.fate is Fate.CONTENT:
        return replace(failure, blocks=_blocks_pointed_at(error))
    return replace(failure, retry_after=_retry_after(error)) if failure.error == RATED else failure


def understood(status: int, code: str) -> Failure:
    """Say what an answer of Slack's that is no success means, by its HTTP status and Slack's word."""
    if status == RATE_LIMITED or code in {RATED, "rate_limited"}:
        return Failure(Fate.LATER, RATED)
    if status >= SERVER_ERROR or code in MAYBE_DONE:
        return Failure(Fate.UNKNOWN, code)
    return Failure(_fate(code), code)


def _code(error: SlackApiError) -> str:
    data = getattr(error.response, "data", None)
    code = data.get("error") if isinstance(data, dict) else None
    return cut(clean(str(code)), CODE_LENGTH) if code else "unreadable_answer"


def _blocks_pointed_at(error: SlackApiError) -> frozenset[int]:
    """Read the JSON pointers (``/blocks/3/text``) in ``errors`` and ``response_metadata.messages``."""
    data = error.response.data
    details = [data.get("errors"), (data.get("response_metadata") or {}).get("messages")]
    return frozenset(int(index) for text in _texts(details) for index in _POINTER.findall(text))


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


def _fate(code: str) -> Fate:
    if code == "message_not_found":
        return Fate.GONE
    if code in TOKEN_TROUBLE:
        return Fate.TOKEN
    if code in NEEDS_A_PERSON:
        return Fate.BLOCKED
    if code in BAD_CONTENT:
        return Fate.CONTENT
    # An answer we cannot read may come from a proxy after Slack did the work.
    return Fate.UNKNOWN if code == "unreadable_answer" else Fate.LATER


def _retry_after(error: SlackApiError) -> float:
    try:
        return max(1.0, float(error.response.headers.get("Retry-After", DEFAULT_RETRY_SECONDS)))
    except ValueError:
        return DEFAULT_RETRY_SECONDS


class RedirectedError(aiohttp.ClientError):
    """The answer sends us elsewhere, where no call of ours goes: nothing was done."""


class AnswerTooLargeError(aiohttp.ClientPayloadError):
    """The answer is larger than LARGEST_ANSWER; what the call did is not known."""
