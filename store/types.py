"""Column types and the closed lists of words that the tables use."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, String, Text, TypeDecorator
from sqlalchemy.types import TypeEngine

from matching.values import InvoiceKind as InvoiceKind  # noqa: PLC0414  # handed on
from matching.values import InvoiceStatus as InvoiceStatus  # noqa: PLC0414  # handed on
from store.errors import ValueRefused
from store.text import clean

# What the matcher calls a kind and a status is what the tables hold: one list for both.

INT64_MAX = 2**63 - 1


class CleanText(TypeDecorator[str]):
    """Text that both databases hold alike: NUL and lone surrogates become U+FFFD.

    Too long is refused on both (SQLite alone would accept it) with ValueRefused.
    """

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Clean what goes in. Raises ValueRefused for what is not text, or too long."""
        if value is None:
            return None
        if not isinstance(value, str):
            raise ValueRefused(f"expected text, got {type(value).__name__}")
        length = getattr(self.impl_instance, "length", None)
        if length is not None and len(value) > length:
            raise ValueRefused(f"text of {len(value)} characters where at most {length} fit")
        return clean(value)


class CleanLongText(CleanText):
    """The same without a length: TEXT."""

    impl = Text
    cache_ok = True


class Int64(TypeDecorator[int]):
    """A signed 64-bit integer, refused alike on both databases when it is anything else.

    SQLite would keep ``'12,50'`` in an integer column and gives a row id of its own only to a column
    declared exactly INTEGER.
    """

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """INTEGER on SQLite, BIGINT elsewhere."""
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else BigInteger())

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:
        """Raises ValueRefused for what is not an integer, or does not fit in 64 bits."""
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValueRefused(f"expected an integer, got {type(value).__name__}")
        if not -INT64_MAX - 1 <= value <= INT64_MAX:
            raise ValueRefused("an integer beyond 64 bits cannot be stored")
        return value


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC instant. Refuses a naive one on write; restores UTC on read.

    SQLite hands back naive values even for a timezone column, so the zone is put back here, once.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware instant into UTC. Raises ValueRefused for a naive one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueRefused("a naive datetime cannot be stored: give it a time zone")
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


WAITING = frozenset({PaymentState.UNMATCHED, PaymentState.PROPOSED, PaymentState.PARTLY_ALLOCATED})


class BankProblem(StrEnum):
    """What the bank changed under a payment that people had already dealt with."""

    AMOUNT_CHANGED = "amount_changed"
    CURRENCY_CHANGED = "currency_changed"
    SIDE_CHANGED = "side_changed"
    WITHDRAWN = "withdrawn"
    DISAPPEARED = "disappeared"


class CollaborationStatus(StrEnum):
    """A collaboration is paid when each of its invoices is."""

    OPEN = "open"
    PAID = "paid"


class DecisionKind(StrEnum):
    """What a person (or an agreed rule) decided about one payment."""

    ASSOCIATE = "associate"
    CLOSE_REMAINDER = "close_remainder"
    UNDO = "undo"
    IGNORE = "ignore"
    RESTORE = "restore"


class PayerKeyKind(StrEnum):
    """By what a payer is recognised: the account, or the normalised name."""

    IBAN = "iban"
    ALIAS = "alias"


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
    CARD_GROUP = "card_group"
    TALENT_LINK = "talent_link"


class AlertKind(StrEnum):
    """What a person must repair; each trouble is told once to the admins."""

    CHANNEL_BLOCKED = "channel_blocked"
    TOKEN_REFUSED = "token_refused"  # noqa: S105  # a name, not a secret
    TALENT_NOT_LINKED = "talent_not_linked"
    TALENT_UNREACHABLE = "talent_unreachable"
    MESSAGE_STUCK = "message_stuck"
    WEBHOOK_UNREADABLE = "webhook_unreadable"
    WEBHOOKS_SILENT = "webhooks_silent"
    FOREIGN_EVENT = "foreign_event"
    BANK_REFUSED = "bank_refused"
    ACCOUNT_LOST = "account_lost"
    ACCOUNT_UNREADABLE = "account_unreadable"
    BALANCE_DOUBTFUL = "balance_doubtful"
    MOVEMENT_UNREADABLE = "movement_unreadable"
    BANK_CHANGED = "bank_changed"
    BOOKS_WRONG = "books_wrong"


PARIS = ZoneInfo("Europe/Paris")


def paris_day(instant: datetime) -> date:
    """Give the day of an instant in Paris: 23:30 UTC in summer is already tomorrow."""
    return instant.astimezone(PARIS).date()
