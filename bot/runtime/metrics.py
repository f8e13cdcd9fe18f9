"""Figures for Prometheus: how much, how late, how it ended. No name, no amount, no identifier in them."""

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
        self.webhooks = Counter(
            "qonto_bot_webhooks", "Webhook requests by status answered", ["status"], registry=self.registry
        )
        self.webhook_seconds = Histogram(
            "qonto_bot_webhook_seconds",
            "Time to answer one webhook",
            buckets=LATENCIES,
            registry=self.registry,
        )
        self.refused = Counter(
            "qonto_bot_webhooks_refused", "Signatures refused by reason", ["reason"], registry=self.registry
        )
        self.requests = Counter(
            "qonto_bot_requests", "Requests by route and status", ["route", "status"], registry=self.registry
        )
        self.slack_calls = Counter(
            "qonto_bot_slack_calls",
            "Slack calls by method and outcome",
            ["method", "outcome"],
            registry=self.registry,
        )
        self.slack_seconds = Histogram(
            "qonto_bot_slack_answer_seconds",
            "Time to answer one request of Slack",
            buckets=LATENCIES,
            registry=self.registry,
        )
        self.bank_calls = Counter(
            "qonto_bot_bank_calls", "Calls of the bank by outcome", ["outcome"], registry=self.registry
        )
        self.stalls = Histogram(
            "qonto_bot_loop_stall_seconds",
            "Moments when the event loop stood still",
            buckets=STALLS,
            registry=self.registry,
        )
        self.events = Gauge(
            "qonto_bot_events", "Webhook deliveries by state", ["state"], registry=self.registry
        )
        self.oldest_event = Gauge(
            "qonto_bot_oldest_event_seconds",
            "Age of the oldest delivery still to handle",
            registry=self.registry,
        )
        self.messages = Gauge(
            "qonto_bot_messages", "Slack messages by state", ["state"], registry=self.registry
        )
        self.lagging = Gauge(
            "qonto_bot_messages_lagging",
            "Slack messages that show less than they should",
            registry=self.registry,
        )
        self.alerts = Gauge(
            "qonto_bot_alerts", "Troubles that last, by kind", ["kind"], registry=self.registry
        )
        self.database_up = Gauge(
            "qonto_bot_database_up", "1 when the database answers", registry=self.registry
        )
        self.active = Gauge(
            "qonto_bot_active_worker",
            "1 in the process that does the background work",
            registry=self.registry,
        )

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
