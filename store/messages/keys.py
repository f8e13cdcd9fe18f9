"""Deterministic keys of ledger messages: the bank's id of the payment is in each that is about one."""

import hashlib

from store.models import Message
from store.types import MessagePurpose

# A key fits a column of 255 characters; the bank's ids have 36, and may have 255.
LONGEST_ID = 200


def card_key(payment_id: str) -> str:
    """Name the one card of a payment in the ledger. ``payment_id`` is the bank's."""
    return f"{MessagePurpose.PAYMENT_CARD}:{_short(payment_id)}"


def group_key(payment_id: str) -> str:
    """Name the message that lists many new payments, by the first of them."""
    return f"{MessagePurpose.CARD_GROUP}:{_short(payment_id)}"


def talent_key(purpose: MessagePurpose, payment_id: str, decision_id: int, talent_id: int) -> str:
    """Name the one message that tells one talent about one decision on a payment."""
    return f"{purpose}:{_short(payment_id)}:{decision_id}:{talent_id}"


def paid_key(correction_key: str) -> str:
    """Name the message that a correction corrects."""
    return correction_key.replace(MessagePurpose.TALENT_CORRECTION, MessagePurpose.TALENT_PAID, 1)


def posted_keys(row: Message) -> set[str]:
    """Name what a message may carry in Slack: its key, and the one it had before keys named the bank's id.

    Those were built from our numbers (0105); a message whose posting had no answer may stand under one.
    """
    former = f"{row.purpose}:{row.object_id}"
    return {row.key, former if row.talent_id is None else f"{former}:{row.talent_id}"}


def log_names(row: Message) -> dict[str, str]:
    """Name a row in the log: its key, and the payment it is about (the bank's id)."""
    names = {"ledger_key": row.key}
    if row.purpose == MessagePurpose.PAYMENT_CARD:
        names["payment_id"] = row.key.partition(":")[2]
    elif row.purpose in {MessagePurpose.TALENT_PAID, MessagePurpose.TALENT_CORRECTION}:
        names["payment_id"] = row.key.partition(":")[2].rsplit(":", 2)[0]
    return names


def _short(payment_id: str) -> str:
    if len(payment_id) <= LONGEST_ID:
        return payment_id
    return hashlib.sha256(payment_id.encode()).hexdigest()
