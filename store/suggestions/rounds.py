"""What the matcher suggested for a payment, round after round, and what people refused.

What it weighed and what people decided is the log that a refit learns from.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from matching import Allocation as Applied
from matching import InvoiceId, Weighing, weighing_from_json, weighing_to_json
from store.db.dialects import insert
from store.models import (
    Allocation,
    Decision,
    Invoice,
    MatchingRound,
    Rejection,
    Suggestion,
    SuggestionInvoice,
    Transaction,
    WeighedRound,
)
from store.models.selects import standing
from store.types import WAITING, DecisionKind


@dataclass(frozen=True, slots=True)
class Round:
    """The latest run of the matcher on a payment; suggestions best first."""

    number: int
    outcome: str
    flags: Sequence[Any]
    created_at: datetime
    suggestions: Sequence[Suggestion]


async def save_round(
    session: AsyncSession,
    transaction_id: int,
    outcome: str,
    flags: Sequence[Mapping[str, Any]],
    suggestions: Sequence[Mapping[str, Any]],
    now: datetime,
) -> Round:
    """Write one run of the matcher; it becomes the current one. The payment must be locked by the caller.

    A suggestion is ``{"allocations": [{"invoice_id", "amount_cents"}], "residual_cents", "residual_reason",
    "probability", "confidence", "reasons": [{"code", "params"}], "model_version"}``, best first.
    """
    latest = select(func.max(MatchingRound.round)).where(MatchingRound.transaction_id == transaction_id)
    number = (await session.scalar(latest) or 0) + 1
    session.add(
        MatchingRound(
            transaction_id=transaction_id, round=number, outcome=outcome, flags=list(flags), created_at=now
        )
    )
    rows = [
        Suggestion(transaction_id=transaction_id, round=number, rank=rank, created_at=now, **suggestion)
        for rank, suggestion in enumerate(suggestions, start=1)
    ]
    session.add_all(rows)
    await session.flush()
    session.add_all(
        SuggestionInvoice(proposal_id=row.id, invoice_id=invoice_id)
        for row in rows
        for invoice_id in {part["invoice_id"] for part in row.allocations}
    )
    await session.flush()
    return Round(number, outcome, list(flags), now, rows)


async def current_round(session: AsyncSession, transaction_id: int) -> Round | None:
    """Read the latest run of the matcher; None when it never ran on this payment."""
    latest = (
        select(MatchingRound)
        .where(MatchingRound.transaction_id == transaction_id)
        .order_by(MatchingRound.round.desc())
        .limit(1)
    )
    run = await session.scalar(latest)
    if run is None:
        return None
    query = (
        select(Suggestion)
        .where(Suggestion.transaction_id == transaction_id, Suggestion.round == run.round)
        .order_by(Suggestion.rank)
    )
    suggestions = (await session.scalars(query)).all()
    return Round(run.round, run.outcome, run.flags, run.created_at, suggestions)


async def get_suggestion(session: AsyncSession, suggestion_id: int) -> Suggestion | None:
    """Read one suggestion, current or old."""
    return await session.get(Suggestion, suggestion_id)


async def suggestions_naming(session: AsyncSession, invoice_ids: Sequence[int]) -> Sequence[Transaction]:
    """List the payments still waiting whose current suggestions name one of these invoices."""
    later = aliased(MatchingRound)
    superseded = (
        select(later.id)
        .where(later.transaction_id == Suggestion.transaction_id, later.round > Suggestion.round)
        .exists()
    )
    named = (
        select(Suggestion.transaction_id)
        .join(SuggestionInvoice, SuggestionInvoice.proposal_id == Suggestion.id)
        .where(SuggestionInvoice.invoice_id.in_(invoice_ids), ~superseded)
    )
    query = (
        select(Transaction)
        .where(Transaction.id.in_(named), Transaction.state.in_(WAITING))
        .order_by(Transaction.id)
    )
    return (await session.scalars(query)).all()


async def open_cents(session: AsyncSession, invoice_ids: Sequence[int]) -> dict[InvoiceId, int]:
    """What is still due of each of these invoices, in cents."""
    query = select(Invoice.id, Invoice.open_cents).where(Invoice.id.in_(invoice_ids))
    return {InvoiceId(row.id): row.open_cents for row in await session.execute(query)}


async def invoices_shown(session: AsyncSession, transaction_id: int, round_number: int) -> dict[int, str]:
    """The invoices that one round of suggestions named, id to number."""
    query = (
        select(Invoice.id, Invoice.number)
        .join(SuggestionInvoice, SuggestionInvoice.invoice_id == Invoice.id)
        .join(Suggestion, Suggestion.id == SuggestionInvoice.proposal_id)
        .where(Suggestion.transaction_id == transaction_id, Suggestion.round == round_number)
    )
    return {row.id: row.number for row in await session.execute(query)}


async def add_rejections(
    session: AsyncSession, transaction_id: int, invoice_ids: Iterable[int], actor: str, now: datetime
) -> None:
    """Remember that a person refused these invoices for this payment; refusing twice changes nothing."""
    for invoice_id in sorted(set(invoice_ids)):
        statement = insert(session, Rejection).values(
            transaction_id=transaction_id, invoice_id=invoice_id, actor=actor, created_at=now
        )
        await session.execute(
            statement.on_conflict_do_nothing(index_elements=["transaction_id", "invoice_id"])
        )


async def rejected_invoices(session: AsyncSession, transaction_id: int) -> frozenset[int]:
    """The invoices a person refused for this payment."""
    rows = await session.scalars(
        select(Rejection.invoice_id).where(Rejection.transaction_id == transaction_id)
    )
    return frozenset(rows)


async def has_rejected(session: AsyncSession, transaction_id: int, actor: str, at: datetime) -> bool:
    """Tell whether this person's refusal of that very instant was stored."""
    query = select(Rejection.id).where(
        Rejection.transaction_id == transaction_id, Rejection.actor == actor, Rejection.created_at == at
    )
    return await session.scalar(query.limit(1)) is not None


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
