"""Slack's client, with each call counted by how it ended."""

from typing import Any

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.metrics import Metrics
from bot.slack.outcome import CALL_ERRORS, classify


class CountingClient(AsyncWebClient):
    """Counts; nothing else differs."""

    def __init__(self, metrics: Metrics, **options: Any) -> None:
        super().__init__(**options)
        self._metrics = metrics

    async def api_call(self, api_method: str, **options: Any) -> AsyncSlackResponse:
        """Call one method of the Web API."""
        try:
            answer = await super().api_call(api_method, **options)
        except CALL_ERRORS as error:
            self._metrics.slack_calls.labels(api_method, classify(error).fate).inc()
            raise
        self._metrics.slack_calls.labels(api_method, "ok").inc()
        return answer
