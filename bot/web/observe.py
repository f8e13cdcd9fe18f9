"""GET /metrics, and the counting of what goes in and out over HTTP."""

import time

import httpx
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.bank.subscriptions import WEBHOOK_PATH
from bot.runtime.metrics import Metrics

SLACK_PATH = "/slack/events"


def counting(metrics: Metrics) -> Middleware:
    """Count every answer by route (never by path: it may hold a number) and time those that must be quick."""

    @web.middleware
    async def count(request: web.Request, handler: Handler) -> web.StreamResponse:
        started = time.perf_counter()
        response = await handler(request)
        seconds = time.perf_counter() - started
        resource = request.match_info.route.resource
        route = resource.canonical if resource else "unknown"
        metrics.requests.labels(route, response.status).inc()
        if route == WEBHOOK_PATH:
            metrics.webhooks.labels(response.status).inc()
            metrics.webhook_seconds.observe(seconds)
        elif route == SLACK_PATH:
            metrics.slack_seconds.observe(seconds)
        return response

    return count


class CountingTransport(httpx.AsyncHTTPTransport):
    """The bank's connection, with each call counted by how it ended."""

    def __init__(self, metrics: Metrics) -> None:
        super().__init__()
        self._metrics = metrics

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass one call on."""
        try:
            response = await super().handle_async_request(request)
        except httpx.HTTPError:
            self._metrics.bank_calls.labels("unreachable").inc()
            raise
        self._metrics.bank_calls.labels(str(response.status_code)).inc()
        return response
