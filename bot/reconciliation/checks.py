"""What a person saw of a payment when a form opened, so that a later submit applies to nothing else."""

import hashlib
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import ChangedError
from bot.locale import fr
from store.books.decisions import last_decision, live_allocations
from store.models import Decision, Transaction
from store.types import PaymentState

MARK_LENGTH = 12
# A new suggestion changes nothing a form decides upon.
_SAME = {PaymentState.PROPOSED: PaymentState.UNMATCHED}


async def payment_mark(session: AsyncSession, transaction: Transaction) -> str:
    """Give a short opaque mark that changes with the money, the state or a decision, not with suggestions."""
    last = await last_decision(session, transaction.id)
    state = PaymentState(transaction.state) if transaction.state else None
    facts = (
        transaction.id,
        transaction.amount_cents,
        transaction.currency,
        transaction.allocated_cents,
        transaction.remainder_cents,
        _SAME.get(state, state) if state else None,
        transaction.bank_problem,
        last.id if last else 0,
    )
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:MARK_LENGTH]


async def who_decided(session: AsyncSession, transaction: Transaction, now: datetime) -> str:
    """Say in French which invoices the payment went to, by whom and how long ago."""
    live = await live_allocations(session, transaction.id)
    numbers = fr.join([row.invoice.number for row in live])
    last = max((row.decision for row in live), key=lambda decision: decision.id)
    return f"Déjà associé à {numbers} par {actor_name(last)} {fr.ago(last.decided_at, now)}."


def actor_name(decision: Decision) -> str:
    """Name who decided: a Slack mention, or the service used."""
    return f"<@{decision.actor}>" if decision.actor_kind == "slack" else decision.actor


async def require_seen(
    session: AsyncSession, transaction: Transaction, seen: str | None, now: datetime
) -> None:
    """Raise ChangedError unless the payment is still what the person had before their eyes."""
    if seen is None or seen == await payment_mark(session, transaction):
        return
    who = f" {await who_decided(session, transaction, now)}" if transaction.allocated_cents else ""
    raise ChangedError(f"Ce paiement a changé depuis l’ouverture de cette fenêtre.{who}")
