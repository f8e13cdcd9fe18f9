from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.call_errors import Fate, classify


def api_error(error: str, status: int = 200, headers: dict[str, str] | None = None) -> SlackApiError:
    response = AsyncSlackResponse(
        client=AsyncWebClient(),
        http_verb="POST",
        api_url="http://127.0.0.1/api/chat.postMessage",
        req_args={},
        data={"ok": False, "error": error},
        headers=headers or {},
        status_code=status,
    )
    return SlackApiError("refused", response)  # type: ignore[no-untyped-call]  # the SDK leaves it so


@pytest.mark.parametrize(
    ("error", "fate"),
    [
        (api_error("is_archived"), Fate.BLOCKED),
        (api_error("not_in_channel"), Fate.BLOCKED),
        (api_error("user_disabled"), Fate.BLOCKED),
        (api_error("token_revoked"), Fate.TOKEN),
        (api_error("invalid_blocks"), Fate.CONTENT),
        (api_error("message_not_found"), Fate.GONE),
        (api_error("internal_error"), Fate.UNKNOWN),
        (api_error("anything", status=503), Fate.UNKNOWN),
        (api_error("a_code_of_tomorrow"), Fate.LATER),
        (TimeoutError(), Fate.UNKNOWN),
        (aiohttp.ServerDisconnectedError(), Fate.UNKNOWN),
        (SlackRequestError("no json"), Fate.UNKNOWN),
    ],
)
async def test_each_end_of_a_call_has_its_fate(error: Exception, fate: Fate) -> None:
    assert classify(error).fate is fate


async def test_a_limit_says_how_long_to_wait() -> None:
    failure = classify(api_error("ratelimited", status=429, headers={"Retry-After": "30"}))
    assert (failure.fate, failure.retry_after) == (Fate.LATER, 30.0)


async def test_an_unreadable_wait_becomes_the_usual_one() -> None:
    assert classify(api_error("ratelimited", status=429, headers={"Retry-After": "soon"})).retry_after == 30.0


@pytest.mark.parametrize(
    ("details", "blocks"),
    [
        ({"errors": ["no more than 10 [json-pointer:/blocks/3/text]"]}, {3}),
        ({"errors": [{"pointer": "/blocks/12/elements/0", "code": "failed_constraint"}]}, {12}),
        (
            {"response_metadata": {"messages": ["[ERROR] a [json-pointer:/blocks/0]", "b /blocks/2/x"]}},
            {0, 2},
        ),
        ({"errors": ["must be a list [json-pointer:/blocks]"]}, set()),
        ({"errors": 5, "response_metadata": None}, set()),
        ({}, set()),
    ],
)
async def test_the_blocks_that_slack_points_at_are_read(details: dict[str, Any], blocks: set[int]) -> None:
    error = api_error("invalid_blocks")
    error.response.data.update(details)
    failure = classify(error)
    assert failure.fate is Fate.CONTENT
    assert set(failure.blocks) == blocks


async def test_a_word_of_slack_fits_the_ledger() -> None:
    failure = classify(api_error("http_503\x00" * 100))
    assert len(failure.error) == 100
    assert "\x00" not in failure.error
