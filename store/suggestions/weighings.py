"""What the matcher weighed when it suggested, and what people decided: the log a refit learns from."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from matching import Allocation as Applied
from matching import InvoiceId, Weighing, weighing_from_json, weighing_to_json
from store.models import Allocation, Decision, WeighedRound
from store.models.standing import standing
from store.types import DecisionKind

DECISIONS_READ = 20_000


async def save_weighing(
    session: AsyncSession, transaction_id: int, round_number: int, weighing: Weighing, now: datetime
) -> None:
    """Keep what was weighed; what nobody decided on meanwhile is replaced."""
    decided = (
        select(Decision.id)
        .where(Decision.transaction_id == transaction_id, Decision.decided_at >= WeighedRound.created_at)
        .exists()
    )
    undecided = delete(WeighedRound).where(WeighedRound.transaction_id == transaction_id, ~decided)
    await session.execute(undecided.execution_options(synchronize_session=False))
    session.add(
        WeighedRound(
            transaction_id=transaction_id,
            round=round_number,
            weighing=weighing_to_json(weighing),
            created_at=now,
        )
    )
    await session.flush()


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision that stands, with what was weighed before it; without allocations, no client payment."""

    decided_at: datetime
    weighing: Weighing
    right: tuple[Applied, ...]


async def decided_weighings(session: AsyncSession) -> list[Decided]:
    """The latest decisions that still stand and whose evidence was kept, oldest first.

    An association counts with what it allocated, gaps included; « Pas un paiement client » counts as *none*.
    """
    rows = (await session.execute(_standing())).all()
    given = await _given(session, {row.id for row in rows})
    rounds = await _rounds(session)
    found: list[Decided] = []
    for row in reversed(rows):
        before = [text for moment, text in rounds.get(row.transaction_id, ()) if moment <= row.decided_at]
        if before:
            found.append(Decided(row.decided_at, weighing_from_json(before[-1]), given.get(row.id, ())))
    return found


def _standing() -> Select[int, int, datetime]:
    """Associations of which nothing was undone, and payments set aside that were not taken back."""
    later = aliased(Decision)
    undone = select(Allocation.id).where(Allocation.decision_id == Decision.id, ~standing())
    taken_back = select(later.id).where(
        later.transaction_id == Decision.transaction_id,
        later.kind == DecisionKind.RESTORE,
        later.decided_at >= Decision.decided_at,
    )
    return (
        select(Decision.id, Decision.transaction_id, Decision.decided_at)
        .where(
            (Decision.kind == DecisionKind.ASSOCIATE) & ~undone.exists()
            | (Decision.kind == DecisionKind.IGNORE) & ~taken_back.exists()
        )
        .order_by(Decision.decided_at.desc(), Decision.id.desc())
        .limit(DECISIONS_READ)
    )


async def _given(session: AsyncSession, decision_ids: set[int]) -> dict[int, tuple[Applied, ...]]:
    """What each decision allocated, the gap accepted beside included, as a hypothesis says it."""
    one = Allocation
    query = select(one.decision_id, one.invoice_id, one.amount_cents + one.write_off_cents).where(standing())
    given: dict[int, tuple[Applied, ...]] = defaultdict(tuple)
    for decision_id, invoice_id, cents in await session.execute(query.order_by(one.id)):
        if decision_id in decision_ids:
            given[decision_id] += (Applied(InvoiceId(invoice_id), cents),)
    return given


async def _rounds(session: AsyncSession) -> dict[int, list[tuple[datetime, str]]]:
    one = WeighedRound
    query = select(one.transaction_id, one.created_at, one.weighing).order_by(one.transaction_id, one.round)
    rounds: dict[int, list[tuple[datetime, str]]] = defaultdict(list)
    for transaction_id, moment, weighing in await session.execute(query):
        rounds[transaction_id].append((moment, weighing))
    return rounds
