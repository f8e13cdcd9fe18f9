"""Where a payment stands: every change of its state has a name here, and nowhere else.

The payment must be locked by the caller. A change that may free the payments it contested, or that makes its
own suggestions stale, asks for matching (``needs_matching``); ``store.suggestions.rematching`` asks for many.
"""

from dataclasses import dataclass

from store.models import Transaction
from store.types import BankProblem, PaymentState

TAKEN_BACK = "refusé par Qonto"


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a movement is for us when it arrives; no payment at all by default."""

    state: PaymentState | None = None
    ignored_reason: str | None = None
    needs_matching: bool = False


NO_PAYMENT = Beginning()
TO_EXPLAIN = Beginning(PaymentState.UNMATCHED, needs_matching=True)


def begins_aside(reason: str) -> Beginning:
    """Begin as no client payment, for a reason that people read."""
    return Beginning(PaymentState.IGNORED, reason)


def arrived(transaction: Transaction, beginning: Beginning) -> None:
    """A movement known already has become a payment."""
    transaction.state, transaction.ignored_reason = beginning.state, beginning.ignored_reason
    transaction.needs_matching = beginning.needs_matching


def suggested(transaction: Transaction, *, anything: bool) -> None:
    """The matcher has answered; a payment that has given a part already stays what its sums say."""
    if transaction.state != PaymentState.PARTLY_ALLOCATED:
        transaction.state = PaymentState.PROPOSED if anything else PaymentState.UNMATCHED


def allocated(transaction: Transaction) -> None:
    """Money was allocated, taken back, closed or opened again: the state is what the sums say."""
    if transaction.allocated_cents == 0:
        transaction.state = PaymentState.UNMATCHED
    elif transaction.unallocated_cents == 0:
        transaction.state = PaymentState.ALLOCATED
    else:
        transaction.state = PaymentState.PARTLY_ALLOCATED
    match_again(transaction)


def set_aside(transaction: Transaction, reason: str) -> None:
    """It is no client payment, for a reason that people read."""
    transaction.state, transaction.ignored_reason = PaymentState.IGNORED, reason
    match_again(transaction)


def restored(transaction: Transaction) -> None:
    """A payment set aside waits again."""
    transaction.state, transaction.ignored_reason = PaymentState.UNMATCHED, None
    match_again(transaction)


def withdrawn_by_bank(transaction: Transaction) -> None:
    """The bank took back a payment that nothing rests upon."""
    transaction.bank_problem = BankProblem.WITHDRAWN
    set_aside(transaction, TAKEN_BACK)


def match_again(transaction: Transaction) -> None:
    """Ask for fresh suggestions; of a payment that no longer waits, for those of its rivals."""
    transaction.needs_matching = True
