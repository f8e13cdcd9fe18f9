"""Use case: work out which invoices a waiting payment settles, and ask for its card."""

import logging
import secrets
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Context
from bot.locale import fr
from bot.messages.card_policy import deserves_card, group_flood
from bot.messages.effects import show_change, want_card
from bot.suggestions.rivals import free_rivals, with_rivals
from matching import (
    Flag,
    Found,
    Model,
    Outcome,
    OutcomeKind,
    Payment,
    PaymentId,
    Proposal,
    Reason,
    Side,
    Weighing,
    more,
    outcome_of,
    wanted,
    weigh_all,
    weighing_of,
)
from matching.reading.keys import compact
from store.books.decisions import live_allocations
from store.candidates.fetch import fetch
from store.errors import DatabaseUnavailable
from store.models import Transaction
from store.payments import states
from store.payments.waiting import get_transaction, lock_transaction
from store.suggestions import rematching, rounds
from store.suggestions.rounds import save_round
from store.types import WAITING

BATCH = 20
STEPS_AT_ONCE = 20
CLAIM_BITS = 62  # a number no other round has, within a signed column
VERY_LIKELY = 0.85
LIKELY = 0.5
logger = logging.getLogger(__name__)

Matched = tuple[Outcome, Weighing | None]
Match = Callable[[AsyncSession, Transaction, Model], Awaitable[Matched]]


async def propose_due(ctx: Context) -> int:
    """Renew the suggestions of payments that ask for it; returns how many were handled.

    Each is read and weighed in a snapshot, while others may write; the result is kept only if nobody asked
    for that payment again meanwhile. Whatever changes what the matcher reads asks, in the same transaction.
    """
    await _spread_asks(ctx)
    async with ctx.database.read() as session:
        due = await rematching.due(session, BATCH)
        asked = await rematching.is_asked(session)
    if not due:
        return int(asked)
    # After the reading: whatever arrives between the two is grouped first, and worked out in the next round.
    await group_flood(ctx)
    claim = secrets.randbits(CLAIM_BITS)
    await ctx.database.run(lambda session: rematching.claim(session, due, claim))
    for transaction_id, payment_id in due.items():
        with structlog.contextvars.bound_contextvars(payment_id=payment_id):
            await _propose_safely(ctx, transaction_id, claim)
    return len(due)


async def _spread_asks(ctx: Context) -> None:
    """Mark whom somebody asked for together, a short transaction at a time.

    An import asks again and again: the next call goes on, so that payments are matched meanwhile.
    """
    async with ctx.database.read() as session:
        asked = await rematching.is_asked(session)
    for _ in range(STEPS_AT_ONCE):
        if not asked:
            return
        asked = await ctx.database.run(lambda session: rematching.spread(session, ctx.clock()))


async def _propose_safely(ctx: Context, transaction_id: int, claim: int) -> None:
    """Propose for one payment; when that fails its card shows without a suggestion, and others go on."""
    try:
        await _propose_one(ctx, transaction_id, claim, _match)
    except DatabaseUnavailable:
        raise
    except Exception:
        logger.exception("matching failed")
        await _propose_one(ctx, transaction_id, claim, _match_nothing)


async def _propose_one(ctx: Context, transaction_id: int, claim: int, match: Match) -> None:
    async with ctx.database.read() as session:
        transaction = await get_transaction(session, transaction_id)
        if transaction is None or transaction.needs_matching:
            return
        matched = await match(session, transaction, ctx.model()) if transaction.state in WAITING else None
    await ctx.database.run(lambda session: _keep(ctx, session, transaction_id, claim, matched))


async def _keep(
    ctx: Context, session: AsyncSession, transaction_id: int, claim: int, matched: Matched | None
) -> None:
    """Write what was found down, unless somebody asked for it again or another round took over."""
    transaction = await lock_transaction(session, transaction_id)
    if transaction is None or transaction.needs_matching or transaction.matching_claim != claim:
        return
    transaction.matching_claim = None
    if transaction.state not in WAITING:
        await free_rivals(session, transaction_id)
        return
    if matched is None or await _is_stale(session, matched):  # since it was read it waits, or money moved
        states.match_again(transaction)
        return
    now = ctx.clock()
    weighed, weighing = matched
    outcome = await with_rivals(session, transaction, weighed)
    current = await save_round(
        session,
        transaction_id=transaction_id,
        outcome=outcome.kind,
        flags=[{"code": flag.code, "params": dict(flag.params)} for flag in outcome.flags],
        suggestions=[_row(proposal, outcome.model_version) for proposal in outcome.proposals],
        now=now,
    )
    if weighing is not None:
        await rounds.save_weighing(session, transaction_id, current.number, weighing, now)
    states.suggested(transaction, anything=bool(outcome.proposals))
    await show_change(session, transaction, now)
    if await deserves_card(session, transaction):
        await want_card(session, transaction, ctx.settings.slack_channel, now)
        logger.info("card wanted", extra={"outcome": outcome.kind, "suggestions": len(outcome.proposals)})


async def _is_stale(session: AsyncSession, matched: Matched) -> bool:
    named = {part.invoice_id for proposal in matched[0].proposals for part in proposal.allocations}
    return await rematching.moved_meanwhile(session, named)


async def _match(session: AsyncSession, transaction: Transaction, model: Model) -> Matched:
    payment = payment_of(transaction)
    found: Found = await fetch(session, wanted(payment))
    found |= await fetch(session, more(payment, found))
    weighed = weigh_all(payment, found, model)
    outcome = await without_own_part(session, transaction, outcome_of(weighed, model))
    return outcome, weighing_of(weighed)


async def _match_nothing(_session: AsyncSession, _transaction: Transaction, _model: Model) -> Matched:
    return Outcome(kind=OutcomeKind.NONE), None


def payment_of(transaction: Transaction) -> Payment:
    """Give the matcher what is left to explain, in its own words."""
    settled_at = transaction.settled_at or transaction.bank_updated_at
    return Payment(
        id=PaymentId(transaction.id),
        currency=transaction.currency,
        amount_cents=transaction.unallocated_cents,
        settled_on=fr.paris_day(settled_at),
        payer_name=transaction.counterparty_name or "",
        payer_iban=transaction.counterparty_iban,
        text="\n".join(part for part in (transaction.label, transaction.reference) if part),
        side=Side(transaction.side),
        operation_type=transaction.operation_type,
    )


def confidence(probability: float) -> str:
    """Put a probability in words; numbers wait for a reliability table (matching.md 9.6)."""
    if probability >= VERY_LIKELY:
        return "very_likely"
    return "likely" if probability >= LIKELY else "possible"


def _row(proposal: Proposal, model_version: str) -> dict[str, Any]:
    return {
        "allocations": [
            {"invoice_id": part.invoice_id, "amount_cents": part.amount_cents}
            for part in proposal.allocations
        ],
        "residual_cents": proposal.residual_cents,
        "residual_reason": proposal.residual_reason,
        "probability": proposal.probability,
        "confidence": confidence(proposal.probability),
        "reasons": [{"code": reason.code, "params": dict(reason.params)} for reason in proposal.reasons],
        "model_version": model_version,
    }


ABOUT_PAID = frozenset({"reference_settled", "duplicate_suspect"})
ABOUT_TYPING = frozenset({"reference_near"})
ABOUT_PAYER = frozenset({"iban_once", "iban_known", "alias_known"})


async def without_own_part(session: AsyncSession, transaction: Transaction, outcome: Outcome) -> Outcome:
    """Drop the doubts and reasons that stand only because of what this payment paid already.

    An invoice it quotes is paid by it; its payer « déjà associé 1 fois » was so by this very payment.
    """
    if not transaction.allocated_cents:
        return outcome
    live = await live_allocations(session, transaction.id)
    own = {compact(row.invoice.number) for row in live}
    clients = {row.invoice.client.name for row in live}
    proposals = [
        replace(
            proposal,
            reasons=tuple(
                reason
                for reason in proposal.reasons
                if not _is_own(reason, own) and not _is_this_payment(reason, clients)
            ),
        )
        for proposal in outcome.proposals
    ]
    flags = tuple(flag for flag in outcome.flags if not _is_own(flag, own))
    return replace(outcome, proposals=tuple(proposals), flags=flags)


def _is_this_payment(reason: Reason, clients: Collection[str]) -> bool:
    params = reason.params
    return reason.code in ABOUT_PAYER and params.get("count") == 1 and params.get("client") in clients


def _is_own(remark: Flag | Reason, own: Collection[str]) -> bool:
    if remark.code in ABOUT_PAID:
        return compact(str(remark.params.get("number", ""))) in own
    quoted = compact(str(remark.params.get("quoted", "")))
    return remark.code in ABOUT_TYPING and any(quoted and number.endswith(quoted) for number in own)
