"""What happened, read back: a searchable list of payments, and everything that touched one of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, or_, select
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
    Proposal,
    Talent,
    Transaction,
)
from store.money import cents_typed
from store.text import fold

MOST_WORDS = 6
LONGEST_SEARCH = 100
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
    chosen: list[ColumnElement[bool]] = [Transaction.state.is_not(None)]
    if wanted.since is not None:
        chosen.append(Transaction.ordered_at >= wanted.since)
    if wanted.until is not None:
        chosen.append(Transaction.ordered_at < wanted.until)
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
    words = list(dict.fromkeys(fold(typed[:LONGEST_SEARCH]).split()))[:MOST_WORDS]
    if not words:
        return []
    own = [contains(Transaction.search_text, word) for word in words]
    invoiced = [contains(Invoice.search_text, word) for word in words]
    found = [_all(own), _allocated(_all(invoiced))]
    cents = cents_typed(typed[:LONGEST_SEARCH])
    if cents is not None and 0 < cents < 2**63:
        found.append(Transaction.amount_cents == cents)
    return [or_(*found)]


def _all(conditions: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    whole = conditions[0]
    for condition in conditions[1:]:
        whole &= condition
    return whole


async def find_clients(session: AsyncSession, typed: str, limit: int) -> Sequence[Client]:
    """Find clients by part of their name, accents and case aside."""
    query = _named(select(Client), Client.name_key, typed).order_by(Client.name_key, Client.id)
    return (await session.scalars(query.limit(limit))).all()


async def find_talents(session: AsyncSession, typed: str, limit: int) -> Sequence[Talent]:
    """Find talents by part of their name, accents and case aside."""
    query = _named(select(Talent), Talent.name_key, typed).order_by(Talent.name_key, Talent.id)
    return (await session.scalars(query.limit(limit))).all()


def _named(query: Select[Any], column: Any, typed: str) -> Select[Any]:
    words = fold(typed[:LONGEST_SEARCH]).split()[:MOST_WORDS]
    return query.where(*[contains(column, word) for word in words])


class Record(NamedTuple):
    """Everything that touched one payment, each list oldest first."""

    rounds: Sequence[MatchingRound]
    proposals: Sequence[Proposal]
    decisions: Sequence[Decision]
    allocations: Sequence[Allocation]
    audit: Sequence[AuditEntry]


async def read_record(session: AsyncSession, transaction_id: int) -> Record:
    """Read what happened to a payment; the newest lines when there are very many."""
    newest, one = _newest, transaction_id
    invoice = joinedload(Allocation.invoice)
    return Record(
        rounds=await newest(
            session, select(MatchingRound).where(MatchingRound.transaction_id == one), MatchingRound.id
        ),
        proposals=await newest(session, select(Proposal).where(Proposal.transaction_id == one), Proposal.id),
        decisions=await newest(session, select(Decision).where(Decision.transaction_id == one), Decision.id),
        allocations=await newest(
            session,
            select(Allocation)
            .where(Allocation.transaction_id == one)
            .options(invoice.joinedload(Invoice.client), invoice.joinedload(Invoice.collaboration)),
            Allocation.id,
        ),
        audit=await newest(
            session,
            select(AuditEntry).where(
                AuditEntry.object_type == "transaction", AuditEntry.object_id == str(one)
            ),
            AuditEntry.seq,
        ),
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
