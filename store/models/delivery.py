"""What came in from the bank and what goes out to Slack."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from store.models.base import Base, LongText, RowId, ShortText, partial_index
from store.types import MessageState, UtcDateTime

# The condition of a partial index must stand in the query word for word, not as a bound value.
IS_PENDING = "state = 'pending'"
IS_STUCK = "state IN ('dead', 'quarantined', 'conflict')"
HAS_BODY = "length(body) > 0"
LAGS = "shown_version < wanted_version AND state NOT IN ('blocked', 'cancelled')"


class InboxEvent(Base):
    """One webhook delivery, as signed.

    ``key`` is unique: the event id; ``conflict:<id>:<sha256>`` for the same id with another body;
    ``body:<sha256>`` when no id could be read. ``body`` is emptied some time after it was handled; its hash
    and its key stay, so that a repeat is recognised for ever.
    """

    __tablename__ = "inbox"
    __table_args__ = (
        partial_index("ix_inbox_pending", "next_attempt_at", "id", where=IS_PENDING),
        partial_index("ix_inbox_stuck", "id", where=IS_STUCK),
        partial_index("ix_inbox_bodies", "received_at", where=HAS_BODY),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    key: Mapped[str] = mapped_column(LongText, unique=True)
    event_id: Mapped[str | None] = mapped_column(ShortText)
    event_type: Mapped[str | None] = mapped_column(ShortText)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    body_sha256: Mapped[str] = mapped_column(ShortText)
    state: Mapped[str] = mapped_column(ShortText)
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(ShortText)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    next_attempt_at: Mapped[datetime] = mapped_column(UtcDateTime)
    handled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Message(Base):
    """The ledger: which Slack message shows which object, and how far it lags behind.

    ``key`` is deterministic (``payment_card:<bank id>``, see ``store.messages.keys``) and travels in the
    message's metadata, so that a message whose posting ended without an answer can be found again.
    ``target`` is a channel or a user id; ``channel`` and ``ts`` say where Slack put it.
    ``talent_id`` is the person a direct message is for (``target`` stays empty until they are linked).
    """

    __tablename__ = "messages"
    __table_args__ = (
        CheckConstraint("(ts IS NULL) = (channel IS NULL)", name="ts_with_channel"),
        UniqueConstraint("channel", "ts"),
        partial_index("ix_messages_lagging", "next_attempt_at", "id", where=LAGS),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    key: Mapped[str] = mapped_column(ShortText, unique=True)
    purpose: Mapped[str] = mapped_column(ShortText)
    object_id: Mapped[int] = mapped_column(RowId)
    talent_id: Mapped[int | None] = mapped_column(ForeignKey("talents.id"))
    target: Mapped[str | None] = mapped_column(ShortText)
    channel: Mapped[str | None] = mapped_column(ShortText)
    ts: Mapped[str | None] = mapped_column(ShortText)
    state: Mapped[str] = mapped_column(ShortText)
    wanted_version: Mapped[int]
    shown_version: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    attempted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_attempt_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str | None] = mapped_column(ShortText)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def may_have_landed(self) -> bool:
        """True when the last post ended without an answer.

        Whatever fails on the way to looking it up, it stays so: called wanted again it would be posted twice.
        """
        return self.ts is None and self.state in {MessageState.SENDING, MessageState.UNKNOWN}


class ServiceState(Base):
    """Small facts the service must remember: since when cards are posted, the last heart-beat."""

    __tablename__ = "service_state"

    name: Mapped[str] = mapped_column(ShortText, primary_key=True)
    value: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
