"""Deterministic keys of ledger messages."""

from store.types import MessagePurpose


def card_key(transaction_id: int) -> str:
    """Name the one card of a payment in the ledger."""
    return f"{MessagePurpose.PAYMENT_CARD}:{transaction_id}"


def talent_key(purpose: MessagePurpose, decision_id: int, talent_id: int) -> str:
    """Name the one message that tells one talent about one decision."""
    return f"{purpose}:{decision_id}:{talent_id}"
