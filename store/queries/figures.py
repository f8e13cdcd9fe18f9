"""Figures of a period: what came in, what was reconciled, how fast, how often a suggestion was followed."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from store.models import Allocation, Decision, Suggestion, Transaction
from store.models.selects import standing
from store.types import DecisionKind, PaymentState

MOST_DELAYS = 50_000


@dataclass(frozen=True, slots=True)
class Tally:
    """How many, and how much by currency, in cents."""

    count: int = 0
    cents: Mapping[str, int] = field(default_factory=dict)


def total(tallies: Iterable[Tally]) -> Tally:
    """Add up."""
    count, cents = 0, Counter[str]()
    for tally in tallies:
        count += tally.count
        cents.update(tally.cents)
    return Tally(count, dict(cents))


class Followed(NamedTuple):
    """Of the associations that stand: how many took the first suggestion, another one, or none."""

    first: int
    other: int
    by_hand: int


def received(since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    """The payments settled from ``since`` until before ``until`` (UTC); None is without an end."""
    chosen: list[ColumnElement[bool]] = [Transaction.state.is_not(None)]
    if since is not None:
        chosen.append(Transaction.ordered_at >= since)
    if until is not None:
        chosen.append(Transaction.ordered_at < until)
    return chosen


async def sums_by_state(
    session: AsyncSession, since: datetime | None, until: datetime | None
) -> Mapping[PaymentState, Tally]:
    """Count and sum the payments settled in a period (UTC, ``until`` excluded), by state."""
    query = (
        select(Transaction.state, Transaction.currency, func.count(), func.sum(Transaction.amount_cents))
        .where(*received(since, until))
        .group_by(Transaction.state, Transaction.currency)
    )
    tallies: dict[PaymentState, list[Tally]] = defaultdict(list)
    for state, currency, count, cents in await session.execute(query):
        tallies[PaymentState(str(state))].append(Tally(count, {currency: int(cents)}))
    return {state: total(several) for state, several in tallies.items()}


async def delays_seconds(
    session: AsyncSession, since: datetime | None, until: datetime | None
) -> list[float]:
    """Give, for payments of the period, the seconds from the time we knew them to the first association."""
    query = (
        select(func.max(Transaction.created_at), func.min(Decision.decided_at))
        .join(Decision, Decision.transaction_id == Transaction.id)
        .where(*received(since, until), Decision.kind == DecisionKind.ASSOCIATE)
        .group_by(Transaction.id)
        .limit(MOST_DELAYS)
    )
    rows = await session.execute(query)
    return [max(0.0, (decided - known).total_seconds()) for known, decided in rows]


async def followed(session: AsyncSession, since: datetime | None, until: datetime | None) -> Followed:
    """Count standing associations by what the person did with the suggestions."""
    stands = select(Allocation.id).where(Allocation.decision_id == Decision.id, standing()).exists()
    query = (
        select(Suggestion.rank, func.count())
        .select_from(Decision)
        .join(Transaction, Transaction.id == Decision.transaction_id)
        .outerjoin(Suggestion, Suggestion.id == Decision.proposal_id)
        .where(*received(since, until), Decision.kind == DecisionKind.ASSOCIATE, stands)
        .group_by(Suggestion.rank)
    )
    counts: dict[int | None, int] = {row[0]: row[1] for row in await session.execute(query)}
    other = sum(count for rank, count in counts.items() if rank is not None and rank > 1)
    return Followed(counts.get(1, 0), other, counts.get(None, 0))
