"""What the matcher suggested for a payment, round after round, and what people refused."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from matching import InvoiceId
from store.db.dialects import insert
from store.models import Invoice, MatchingRound, Proposal, ProposalInvoice, Rejection, Transaction
from store.types import WAITING


@dataclass(frozen=True, slots=True)
class Round:
    """The latest run of the matcher on a payment; proposals best first."""

    number: int
    outcome: str
    flags: Sequence[Any]
    created_at: datetime
    proposals: Sequence[Proposal]


async def save_round(
    session: AsyncSession,
    transaction_id: int,
    outcome: str,
    flags: Sequence[Mapping[str, Any]],
    proposals: Sequence[Mapping[str, Any]],
    now: datetime,
) -> Round:
    """Write one run of the matcher; it becomes the current one. The payment must be locked by the caller.

    A proposal is ``{"allocations": [{"invoice_id", "amount_cents"}], "residual_cents", "residual_reason",
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
        Proposal(transaction_id=transaction_id, round=number, rank=rank, created_at=now, **proposal)
        for rank, proposal in enumerate(proposals, start=1)
    ]
    session.add_all(rows)
    await session.flush()
    session.add_all(
        ProposalInvoice(proposal_id=row.id, invoice_id=invoice_id)
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
        select(Proposal)
        .where(Proposal.transaction_id == transaction_id, Proposal.round == run.round)
        .order_by(Proposal.rank)
    )
    proposals = (await session.scalars(query)).all()
    return Round(run.round, run.outcome, run.flags, run.created_at, proposals)


async def get_proposal(session: AsyncSession, proposal_id: int) -> Proposal | None:
    """Read one suggestion, current or old."""
    return await session.get(Proposal, proposal_id)


async def proposals_naming(session: AsyncSession, invoice_ids: Sequence[int]) -> Sequence[Transaction]:
    """List the payments still waiting whose current suggestions name one of these invoices."""
    later = aliased(MatchingRound)
    superseded = (
        select(later.id)
        .where(later.transaction_id == Proposal.transaction_id, later.round > Proposal.round)
        .exists()
    )
    named = (
        select(Proposal.transaction_id)
        .join(ProposalInvoice, ProposalInvoice.proposal_id == Proposal.id)
        .where(ProposalInvoice.invoice_id.in_(invoice_ids), ~superseded)
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
        .join(ProposalInvoice, ProposalInvoice.invoice_id == Invoice.id)
        .join(Proposal, Proposal.id == ProposalInvoice.proposal_id)
        .where(Proposal.transaction_id == transaction_id, Proposal.round == round_number)
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
