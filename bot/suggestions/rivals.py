"""Several waiting payments want the same invoice: each card says so, and nobody guesses who comes first."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from matching import (
    CONTESTED,
    Allocation,
    InvoiceId,
    Outcome,
    OutcomeKind,
    PaymentId,
    Proposal,
    conflicts,
    contested,
)
from store.models import Transaction
from store.suggestions import rematching, rounds
from store.suggestions.rounds import current_round, suggestions_naming

MOST_RIVALS = 20


async def with_rivals(session: AsyncSession, transaction: Transaction, outcome: Outcome) -> Outcome:
    """Flag what other waiting payments contest; those whose cards say otherwise are looked at anew.

    It comes to rest: a payment asks for another only while the other's card does not name it yet, or names
    it for nothing.
    """
    own_id = PaymentId(transaction.id)
    wanted = [part.invoice_id for part in outcome.proposals[0].allocations] if outcome.proposals else []
    others = await _waiting(session, transaction, wanted)
    rivals: frozenset[PaymentId] = frozenset()
    if others:
        outcomes = {own_id: outcome, **{rival: shown for rival, (shown, _) in others.items()}}
        open_cents = await rounds.open_cents(session, wanted)
        rivals = conflicts(outcomes, open_cents).get(own_id, frozenset())
    unaware = {rival for rival in rivals if own_id not in others[rival][1]}
    await rematching.ask_for(session, unaware | (await _named_before(session, own_id) - rivals))
    return contested(outcome, rivals) if rivals else outcome


async def free_rivals(session: AsyncSession, transaction_id: int) -> None:
    """Have the payments that a settled one contested looked at anew."""
    await rematching.ask_for(session, await _named_before(session, PaymentId(transaction_id)))


async def _waiting(
    session: AsyncSession, transaction: Transaction, invoice_ids: list[InvoiceId]
) -> dict[PaymentId, tuple[Outcome, frozenset[PaymentId]]]:
    """Other payments whose first suggestion names one of these invoices, and the rivals their cards name."""
    if not invoice_ids:
        return {}
    waiting = {}
    for other in (await suggestions_naming(session, invoice_ids))[: MOST_RIVALS + 1]:
        current = await current_round(session, other.id)
        if other.id == transaction.id or current is None or not current.suggestions:
            continue
        first = current.suggestions[0]
        allocations = tuple(
            Allocation(InvoiceId(part["invoice_id"]), part["amount_cents"]) for part in first.allocations
        )
        shown = Proposal(allocations=allocations, probability=first.probability)
        outcome = Outcome(kind=OutcomeKind(current.outcome), proposals=(shown,))
        waiting[PaymentId(other.id)] = (outcome, _rivals_in(current.flags))
    return waiting


async def _named_before(session: AsyncSession, own_id: PaymentId) -> frozenset[PaymentId]:
    current = await current_round(session, own_id)
    return _rivals_in(current.flags) if current else frozenset()


def _rivals_in(flags: Iterable[Mapping[str, Any]]) -> frozenset[PaymentId]:
    named = [str(flag["params"].get("payments", "")) for flag in flags if flag["code"] == CONTESTED]
    return frozenset(PaymentId(int(name)) for text in named for name in text.split(",") if name.isdigit())
