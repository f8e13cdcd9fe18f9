"""Column types and the closed lists of words that the tables use."""

from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import DateTime, Dialect, TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC instant. Refuses a naive one on write; restores UTC on read.

    SQLite hands back naive values even for a timezone column, so the zone is put back here, once.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware instant into UTC. Raises ValueError for a naive one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored: give it a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Restore the zone that SQLite drops."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class PaymentState(StrEnum):
    """Where an incoming payment stands; the word is part of the REST contract."""

    UNMATCHED = "unmatched"
    PROPOSED = "proposed"
    PARTLY_ALLOCATED = "partly_allocated"
    ALLOCATED = "allocated"
    IGNORED = "ignored"


class InvoiceKind(StrEnum):
    """An invoice is due to us; a credit note lowers what is due."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class InvoiceStatus(StrEnum):
    """Derived from what settles the invoice; kept equal to it by a constraint."""

    OPEN = "open"
    PARTLY_PAID = "partly_paid"
    PAID = "paid"
    CANCELLED = "cancelled"


class CollaborationStatus(StrEnum):
    """A collaboration is paid when each of its invoices is."""

    OPEN = "open"
    PAID = "paid"


class DecisionKind(StrEnum):
    """What a person (or an agreed rule) decided about one payment."""

    ASSOCIATE = "associate"
    UNDO = "undo"
    IGNORE = "ignore"
    RESTORE = "restore"


class ActorKind(StrEnum):
    """Through which door a decision came."""

    SLACK = "slack"
    API = "api"
    COMMAND = "command"
    RULE = "rule"


class InboxState(StrEnum):
    """What became of a webhook delivery."""

    PENDING = "pending"
    HANDLED = "handled"
    IGNORED = "ignored"
    QUARANTINED = "quarantined"
    CONFLICT = "conflict"
    DEAD = "dead"


class MessageState(StrEnum):
    """Where one Slack message stands.

    ``unknown``: a call ended without an answer, so Slack may hold the message; it is looked up
    before anything is sent again. ``blocked``: needs a person (archived channel, talent not linked).
    ``cancelled``: no longer wanted before it ever left.
    """

    WANTED = "wanted"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SENT = "sent"
    BLOCKED = "blocked"
    CANCELLED = "cancelled"


class MessagePurpose(StrEnum):
    """What a message shows."""

    PAYMENT_CARD = "payment_card"
    TALENT_PAID = "talent_paid"
    TALENT_CORRECTION = "talent_correction"
    ALERT = "alert"
    DIGEST = "digest"
