"""What a person saw of a payment when a form opened, so that a later submit applies to nothing else."""

import hashlib

from sqlalchemy.ext.asyncio import AsyncSession

from store import decisions
from store.models import Transaction
from store.types import PaymentState

MARK_LENGTH = 12
# A new suggestion changes nothing a form decides upon.
_SAME = {PaymentState.PROPOSED: PaymentState.UNMATCHED}


async def payment_mark(session: AsyncSession, transaction: Transaction) -> str:
    """Give a short opaque mark that changes with the money, the state or a decision, not with suggestions."""
    last = await decisions.last_decision(session, transaction.id)
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
