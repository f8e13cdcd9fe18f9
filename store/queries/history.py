"""What happened, read back: a searchable list of payments, and everything that touched one of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from store.db.dialects import contains
from store.models import (
    Allocation,
    AuditEntry,
    Client,
    Collaboration,
    Decision,
    Invoice,
    MatchingRound,
    Message,
    Suggestion,
    Talent,
    Transaction,
)
from store.queries.figures import received
from store.text import cents_typed, words_typed

MOST_ROWS = 300


@dataclass(frozen=True, slots=True)
class Filter:
    """Which payments: settled from ``since`` until before ``until`` (UTC); None asks for nothing."""

    since: datetime | None = None
    until: datetime | None = None
    client_id: int | None = None
    talent_id: int | None = None
    states: tuple[str, ...] = ()
    text: str = ""


class Found(NamedTuple):
    """One page of payments, newest first, and how many there are in all with their sums by currency."""

    ids: Sequence[int]
    total: int
    cents: dict[str, int]


async def find_payments(session: AsyncSession, wanted: Filter, *, offset: int, limit: int) -> Found:
    """Search payments. Text is literal: payer, label, reference, invoice, client, talent, or an amount."""
    chosen = _chosen(wanted)
    sums = select(Transaction.currency, func.count(), func.sum(Transaction.amount_cents)).where(*chosen)
    totals = (await session.execute(sums.group_by(Transaction.currency))).all()
    query = (
        select(Transaction.id)
        .where(*chosen)
        .order_by(Transaction.ordered_at.desc(), Transaction.id.desc())
        .offset(offset)
        .limit(limit)
    )
    ids = (await session.scalars(query)).all()
    return Found(ids, sum(row[1] for row in totals), {row[0]: int(row[2]) for row in totals})


def _chosen(wanted: Filter) -> list[ColumnElement[bool]]:
    chosen = received(wanted.since, wanted.until)
    if wanted.states:
        chosen.append(Transaction.state.in_(wanted.states))
    if wanted.client_id is not None:
        chosen.append(_allocated(Invoice.client_id == wanted.client_id))
    if wanted.talent_id is not None:
        chosen.append(_allocated(Collaboration.talent_id == wanted.talent_id))
    return chosen + _says(wanted.text)


def _allocated(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The payment gives, or gave before an undo, to an invoice like this."""
    query = (
        select(Allocation.id)
        .join(Invoice, Invoice.id == Allocation.invoice_id)
        .outerjoin(Collaboration, Collaboration.id == Invoice.collaboration_id)
        .where(Allocation.transaction_id == Transaction.id, condition)
    )
    return query.exists()


def _says(typed: str) -> list[ColumnElement[bool]]:
    words = words_typed(typed)
    if not words:
        return []
    own = and_(*(contains(Transaction.search_text, word) for word in words))
    invoiced = _allocated(and_(*(contains(Invoice.search_text, word) for word in words)))
    cents = cents_typed(typed)
    return [or_(own, invoiced, *([] if cents is None else [Transaction.amount_cents == cents]))]


async def find_clients(session: AsyncSession, typed: str, limit: int) -> Sequence[Client]:
    """Find clients by part of their name, accents and case aside."""
    query = _named(select(Client), Client.name_key, typed).order_by(Client.name_key, Client.id)
    return (await session.scalars(query.limit(limit))).all()


async def find_talents(session: AsyncSession, typed: str, limit: int) -> Sequence[Talent]:
    """Find talents by part of their name, accents and case aside."""
    query = _named(select(Talent), Talent.name_key, typed).order_by(Talent.name_key, Talent.id)
    return (await session.scalars(query.limit(limit))).all()


def _named(query: Select[Any], column: Any, typed: str) -> Select[Any]:
    return query.where(*[contains(column, word) for word in words_typed(typed)])


class Record(NamedTuple):
    """Everything that touched one payment, each list oldest first."""

    rounds: Sequence[MatchingRound]
    suggestions: Sequence[Suggestion]
    decisions: Sequence[Decision]
    allocations: Sequence[Allocation]
    audit: Sequence[AuditEntry]


async def read_record(session: AsyncSession, transaction_id: int) -> Record:
    """Read what happened to a payment; the newest lines when there are very many."""
    models: tuple[Any, ...] = (MatchingRound, Suggestion, Decision)
    rounds, suggestions, decisions = [
        await _newest(session, select(model).where(model.transaction_id == transaction_id), model.id)
        for model in models
    ]
    invoice = joinedload(Allocation.invoice)
    allocations = (
        select(Allocation)
        .where(Allocation.transaction_id == transaction_id)
        .options(invoice.joinedload(Invoice.client), invoice.joinedload(Invoice.collaboration))
    )
    audit = select(AuditEntry).where(
        AuditEntry.object_type == "transaction", AuditEntry.object_id == str(transaction_id)
    )
    return Record(
        rounds,
        suggestions,
        decisions,
        await _newest(session, allocations, Allocation.id),
        await _newest(session, audit, AuditEntry.seq),
    )


async def _newest(session: AsyncSession, query: Select[Any], column: Any) -> Sequence[Any]:
    rows = (await session.scalars(query.order_by(column.desc()).limit(MOST_ROWS))).all()
    return rows[::-1]


async def read_messages(session: AsyncSession, keys: Iterable[str]) -> Sequence[Message]:
    """Read ledger rows by their keys, oldest first."""
    query = select(Message).where(Message.key.in_(list(keys)[:MOST_ROWS])).order_by(Message.id)
    return (await session.scalars(query)).all()


async def talent_names(session: AsyncSession, ids: Iterable[int]) -> dict[int, str]:
    """Name talents by their ids."""
    rows = await session.execute(select(Talent.id, Talent.name).where(Talent.id.in_(list(ids))))
    return {row[0]: row[1] for row in rows}
