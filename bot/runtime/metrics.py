"""Figures for Prometheus: how much, how late, how it ended. No name, no amount, no identifier in them."""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from bot.context import Context
from store.errors import StoreError
from store.inbox.handling import counts_by_state, oldest_pending_at
from store.messages import alerts, ledger

LATENCIES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.7, 1.0, 2.5)
STALLS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """One registry per service, so that several can live in one process (tests)."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.webhooks = self._counter("webhooks", "Webhook requests by status answered", "status")
        self.webhook_seconds = self._histogram("webhook_seconds", "Time to answer one webhook")
        self.refused = self._counter("webhooks_refused", "Signatures refused by reason", "reason")
        self.requests = self._counter("requests", "Requests by route and status", "route", "status")
        self.slack_calls = self._counter(
            "slack_calls", "Slack calls by method and outcome", "method", "outcome"
        )
        self.slack_seconds = self._histogram("slack_answer_seconds", "Time to answer one request of Slack")
        self.bank_calls = self._counter("bank_calls", "Calls of the bank by outcome", "outcome")
        self.stalls = self._histogram("loop_stall_seconds", "Moments when the event loop stood still", STALLS)
        self.events = self._gauge("events", "Webhook deliveries by state", "state")
        self.oldest_event = self._gauge("oldest_event_seconds", "Age of the oldest delivery still to handle")
        self.messages = self._gauge("messages", "Slack messages by state", "state")
        self.lagging = self._gauge("messages_lagging", "Slack messages that show less than they should")
        self.alerts = self._gauge("alerts", "Troubles that last, by kind", "kind")
        self.database_up = self._gauge("database_up", "1 when the database answers")
        self.active = self._gauge("active_worker", "1 in the process that does the background work")

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"qonto_bot_{name}", meaning, labels, registry=self.registry)

    def _gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(f"qonto_bot_{name}", meaning, labels, registry=self.registry)

    def _histogram(self, name: str, meaning: str, buckets: Sequence[float] = LATENCIES) -> Histogram:
        return Histogram(f"qonto_bot_{name}", meaning, buckets=buckets, registry=self.registry)

    async def read(self, ctx: Context, *, active: bool) -> bytes:
        """Write everything in Prometheus's text format, with the tables as they are now."""
        self.active.set(active)
        try:
            await self._read_tables(ctx)
        except StoreError:
            self.database_up.set(0)
        else:
            self.database_up.set(1)
        return generate_latest(self.registry)

    async def _read_tables(self, ctx: Context) -> None:
        async with ctx.database.read() as session:
            for event_state, count in (await counts_by_state(session)).items():
                self.events.labels(event_state).set(count)
            for message_state, count in (await ledger.counts(session)).items():
                self.messages.labels(message_state).set(count)
            oldest = await oldest_pending_at(session)
            self.lagging.set(await ledger.lagging_count(session))
            kinds = [alert.kind for alert in await alerts.raised(session)]
        age = (ctx.clock() - oldest).total_seconds() if oldest else 0.0
        self.oldest_event.set(max(0.0, age))
        self.alerts.clear()
        for kind in set(kinds):
            self.alerts.labels(kind).set(kinds.count(kind))
