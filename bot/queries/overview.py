"""Use case: what waits and how the connections are, in figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.context import Context
from store.messages import alerts, ledger
from store.models import Alert
from store.payments.waiting import waiting_summary
from store.queries.home import sync_state
from store.types import MessageState


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts and sums (cents by currency) of what waits; the last synchronisation (UTC) and its error."""

    waiting: int
    waiting_cents: Mapping[str, int]
    synced_at: datetime | None
    bank_error: str | None
    lagging_messages: int
    blocked_messages: int
    alerts: Sequence[Alert] = ()


async def read_overview(ctx: Context) -> Overview:
    """Read the figures in one go."""
    async with ctx.database.read() as session:
        waiting, cents = await waiting_summary(session)
        sync = await sync_state(session)
        counts = await ledger.counts(session)
        return Overview(
            waiting=waiting,
            waiting_cents=cents,
            synced_at=sync.synced_at,
            bank_error=sync.error,
            lagging_messages=sum(
                counts.get(state, 0)
                for state in (MessageState.WANTED, MessageState.SENDING, MessageState.UNKNOWN)
            ),
            blocked_messages=counts.get(MessageState.BLOCKED, 0),
            alerts=await alerts.raised(session),
        )
