"""What an export holds: payments of a period with what stands of their associations, in bounded chunks."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from store.models import Allocation, Decision, Invoice, Transaction
from store.models.selects import standing, whole_allocation
from store.queries.figures import received
from store.types import PaymentState

CHUNK = 500


class Explained(NamedTuple):
    """One payment, what stands of its associations, and its last decision."""

    transaction: Transaction
    allocations: Sequence[Allocation]
    last_decision: Decision | None


class Group(NamedTuple):
    """Payments and invoices tied to each other: the smallest payment id names it."""

    name: int
    is_balanced: bool


async def explained(
    session: AsyncSession, since: datetime | None, until: datetime | None
) -> AsyncIterator[list[Explained]]:
    """Walk over the payments settled from ``since`` until before ``until`` (UTC), oldest first, by chunks."""
    after: tuple[datetime, int] | None = None
    while True:
        rows = await _chunk(session, since, until, after)
        if not rows:
            return
        after = (rows[-1].ordered_at, rows[-1].id)
        yield await _with_allocations(session, rows)
        session.expunge_all()


async def _chunk(
    session: AsyncSession, since: datetime | None, until: datetime | None, after: tuple[datetime, int] | None
) -> Sequence[Transaction]:
    query = select(Transaction).where(*received(since, until))
    if after is not None:
        query = query.where(
            (Transaction.ordered_at > after[0])
            | ((Transaction.ordered_at == after[0]) & (Transaction.id > after[1]))
        )
    ordered = query.order_by(Transaction.ordered_at, Transaction.id).limit(CHUNK)
    return (await session.scalars(ordered)).all()


async def _with_allocations(session: AsyncSession, rows: Sequence[Transaction]) -> list[Explained]:
    ids = [row.id for row in rows]
    query = select(Allocation).where(Allocation.transaction_id.in_(ids), standing()).order_by(Allocation.id)
    allocations = defaultdict(list)
    for allocation in await session.scalars(query.options(*whole_allocation())):
        allocations[allocation.transaction_id].append(allocation)
    decisions = select(Decision).where(Decision.transaction_id.in_(ids)).order_by(Decision.id)
    last = {decision.transaction_id: decision for decision in await session.scalars(decisions)}
    return [Explained(row, allocations[row.id], last.get(row.id)) for row in rows]


async def groups(
    session: AsyncSession, since: datetime | None, until: datetime | None
) -> Mapping[int, Group]:
    """Tie the payments of a period to what shares an invoice with them, in or out of the period."""
    leader: dict[tuple[str, int], tuple[str, int]] = {}
    wanted = set(await session.scalars(select(Transaction.id).where(*received(since, until))))
    known: set[int] = set()
    while wanted - known:
        fresh = wanted - known
        known |= fresh
        pairs = await _pairs(session, Allocation.transaction_id, fresh)
        pairs += await _pairs(session, Allocation.invoice_id, {invoice for _, invoice in pairs})
        for payment, invoice in pairs:
            _tie(leader, ("payment", payment), ("invoice", invoice))
        wanted |= {payment for payment, _ in pairs}
    return await _named(session, leader)


async def _pairs(session: AsyncSession, column: Any, ids: Iterable[int]) -> list[tuple[int, int]]:
    """List (payment id, invoice id) of what stands, where ``column`` is one of ``ids``."""
    query = select(Allocation.transaction_id, Allocation.invoice_id).where(standing())
    return [
        (row[0], row[1])
        for some in _chunks(ids)
        for row in await session.execute(query.where(column.in_(some)))
    ]


def _chunks(ids: Iterable[int]) -> Iterable[list[int]]:
    ordered = sorted(ids)
    return (ordered[at : at + CHUNK] for at in range(0, len(ordered), CHUNK))


def _tie(
    leader: dict[tuple[str, int], tuple[str, int]], one: tuple[str, int], other: tuple[str, int]
) -> None:
    first, second = _lead(leader, one), _lead(leader, other)
    if first != second:
        leader[max(first, second)] = min(first, second)


def _lead(leader: dict[tuple[str, int], tuple[str, int]], one: tuple[str, int]) -> tuple[str, int]:
    """Find who leads, and shorten the way there."""
    leader.setdefault(one, one)
    while leader[one] != one:
        leader[one] = leader[leader[one]]
        one = leader[one]
    return one


async def _named(
    session: AsyncSession, leader: dict[tuple[str, int], tuple[str, int]]
) -> Mapping[int, Group]:
    members = defaultdict(list)
    for one in list(leader):
        members[_lead(leader, one)].append(one)
    unfinished = await _unfinished(session, leader)
    named: dict[int, Group] = {}
    for whole in members.values():
        payments = [row_id for kind, row_id in whole if kind == "payment"]
        group = Group(min(payments), not any(one in unfinished for one in whole))
        named |= dict.fromkeys(payments, group)
    return named


async def _unfinished(session: AsyncSession, members: Iterable[tuple[str, int]]) -> set[tuple[str, int]]:
    """The payments not wholly explained and the invoices still due."""
    invoices = select(Invoice.id).where(Invoice.open_cents > 0)
    payments = select(Transaction.id).where(Transaction.state != PaymentState.ALLOCATED)
    found = set()
    for kind, query, column in (
        ("invoice", invoices, Invoice.id),
        ("payment", payments, Transaction.id),
    ):
        for some in _chunks(row_id for one, row_id in members if one == kind):
            found |= {(kind, row_id) for row_id in await session.scalars(query.where(column.in_(some)))}
    return found
