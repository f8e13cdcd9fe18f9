"""Use case: what waits and how the connections are, in figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from bot.context import Context
from store.messages import alerts, ledger
from store.models import Alert, SyncCursor
from store.payments.waiting import waiting_summary
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
        synced_at = await session.scalar(select(func.max(SyncCursor.synced_at)))
        failed = select(SyncCursor.last_error).where(SyncCursor.last_error.is_not(None)).limit(1)
        counts = await ledger.counts(session)
        return Overview(
            waiting=waiting,
            waiting_cents=cents,
            synced_at=synced_at,
            bank_error=await session.scalar(failed),
            lagging_messages=sum(
                counts.get(state, 0)
                for state in (MessageState.WANTED, MessageState.SENDING, MessageState.UNKNOWN)
            ),
            blocked_messages=counts.get(MessageState.BLOCKED, 0),
            alerts=await alerts.raised(session),
        )
