"""What the bank says: accounts, and every movement on them."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from store.models.base import Base, Cents, Currency, LongText, RowId, ShortText, partial_index
from store.types import Int64, UtcDateTime

# An IGNORED payment and one still to explain hold no allocation; the other two say how much.
# What was paid too much may be closed beside the allocations, with its reason.
STATE_MATCHES_ALLOCATIONS = (
    "(remainder_cents = 0) = (remainder_reason IS NULL) AND ("
    "state IS NULL AND allocated_cents = 0 AND remainder_cents = 0"
    " OR state IN ('unmatched', 'proposed', 'ignored') AND allocated_cents = 0 AND remainder_cents = 0"
    " OR state = 'partly_allocated' AND allocated_cents > 0 AND allocated_cents < amount_cents"
    " AND remainder_cents = 0"
    " OR state = 'allocated' AND allocated_cents > 0 AND remainder_cents >= 0"
    " AND allocated_cents + remainder_cents = amount_cents)"
)

# The condition of a partial index must stand in the query word for word, not as a bound value.
NEEDS_MATCHING = "needs_matching"
IS_CLAIMED = "matching_claim IS NOT NULL"
NEEDS_REREAD = "needs_reread"


class BankAccount(Base):
    """One account of the organisation at the bank."""

    __tablename__ = "bank_accounts"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    qonto_id: Mapped[str] = mapped_column(ShortText, unique=True)
    name: Mapped[str] = mapped_column(ShortText)
    iban: Mapped[str | None] = mapped_column(ShortText)
    currency: Mapped[str] = mapped_column(Currency)
    status: Mapped[str] = mapped_column(ShortText)
    is_main: Mapped[bool]
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Transaction(Base):
    """One movement as the bank reports it; with a ``state`` when it is a payment to explain.

    ``amount_cents`` is positive, ``side`` gives the direction. ``allocated_cents`` is the sum of the
    payment's allocations; ``remainder_cents`` is what was paid too much and closed with a reason, the sum
    of what its decisions say of it. ``version`` grows with every change a person can see: the card that
    shows an older version is redrawn. ``needs_matching`` asks the worker for new proposals; while it works
    them out, ``matching_claim`` says for which round, so that asking again meanwhile is not lost.
    ``needs_reread`` asks for a fresh read at the bank (the webhook was used while it could not be reached).
    ``ordered_at`` is when the payment counts for ordering: settled, else emitted, else last changed;
    ``payer_key`` is the payer's normalised name; ``search_text`` is label, reference and payer, folded.
    """

    __tablename__ = "transactions"
    __table_args__ = (
        UniqueConstraint("qonto_id"),
        CheckConstraint("amount_cents >= 0", name="amount_not_negative"),
        CheckConstraint(
            "allocated_cents >= 0 AND allocated_cents <= amount_cents", name="not_over_allocated"
        ),
        CheckConstraint(STATE_MATCHES_ALLOCATIONS, name="state_matches_allocations"),
        CheckConstraint("state IS NULL OR side = 'credit'", name="only_credits_are_payments"),
        Index("ix_transactions_state_ordered", "state", "ordered_at", "id"),
        partial_index("ix_transactions_payments_ordered", "ordered_at", "id", where="state IS NOT NULL"),
        partial_index("ix_transactions_needs_matching", "id", where=NEEDS_MATCHING),
        partial_index("ix_transactions_matching_claim", "id", where=IS_CLAIMED),
        partial_index("ix_transactions_needs_reread", "id", where=NEEDS_REREAD),
        Index("ix_transactions_payer_iban", "counterparty_iban", "ordered_at"),
        Index("ix_transactions_payer_amount", "counterparty_iban", "amount_cents", "ordered_at"),
        Index("ix_transactions_payer_key", "payer_key", "ordered_at"),
        Index("ix_transactions_bank_account_updated", "bank_account_qonto_id", "bank_updated_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    qonto_id: Mapped[str] = mapped_column(ShortText)
    slug: Mapped[str | None] = mapped_column(ShortText)
    bank_account_qonto_id: Mapped[str | None] = mapped_column(ShortText)
    side: Mapped[str] = mapped_column(ShortText)
    status: Mapped[str] = mapped_column(ShortText)
    operation_type: Mapped[str | None] = mapped_column(ShortText)
    amount_cents: Mapped[int] = mapped_column(Cents)
    currency: Mapped[str] = mapped_column(Currency)
    local_amount_cents: Mapped[int | None] = mapped_column(Cents)
    local_currency: Mapped[str | None] = mapped_column(Currency)
    label: Mapped[str | None] = mapped_column(LongText)
    reference: Mapped[str | None] = mapped_column(LongText)
    note: Mapped[str | None] = mapped_column(LongText)
    counterparty_name: Mapped[str | None] = mapped_column(LongText)
    counterparty_iban: Mapped[str | None] = mapped_column(ShortText)
    payer_key: Mapped[str | None] = mapped_column(ShortText)
    emitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    bank_updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ordered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    search_text: Mapped[str] = mapped_column(LongText)
    payload: Mapped[dict[str, Any]]
    state: Mapped[str | None] = mapped_column(ShortText)
    allocated_cents: Mapped[int] = mapped_column(Cents, default=0)
    remainder_cents: Mapped[int] = mapped_column(Cents, default=0, server_default="0")
    remainder_reason: Mapped[str | None] = mapped_column(ShortText)
    ignored_reason: Mapped[str | None] = mapped_column(ShortText)
    bank_problem: Mapped[str | None] = mapped_column(ShortText)
    version: Mapped[int] = mapped_column(default=1)
    needs_matching: Mapped[bool] = mapped_column(default=False)
    matching_claim: Mapped[int | None] = mapped_column(Int64)
    needs_reread: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def unallocated_cents(self) -> int:
        """What neither an invoice nor an agreed remainder explains yet, in cents."""
        return self.amount_cents - self.allocated_cents - self.remainder_cents


class SyncCursor(Base):
    """How far one account has been read at the bank, by the bank's own ``updated_at``."""

    __tablename__ = "sync_cursors"
    __table_args__ = (UniqueConstraint("bank_account_qonto_id", "status"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    bank_account_qonto_id: Mapped[str] = mapped_column(ForeignKey("bank_accounts.qonto_id"))
    status: Mapped[str] = mapped_column(ShortText)
    watermark_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    synced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str | None] = mapped_column(ShortText)


class OAuthToken(Base):
    """The bank's consent: one row; the refresh token is single use, so the newest is stored first."""

    __tablename__ = "oauth_tokens"

    provider: Mapped[str] = mapped_column(ShortText, primary_key=True)
    access_token: Mapped[str] = mapped_column(LongText)
    refresh_token: Mapped[str | None] = mapped_column(LongText)
    scope: Mapped[str] = mapped_column(LongText)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class WebhookSubscription(Base):
    """A subscription we created; its secret is ours, stored before the bank is asked."""

    __tablename__ = "webhook_subscriptions"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    qonto_id: Mapped[str | None] = mapped_column(ShortText, unique=True)
    event_type: Mapped[str] = mapped_column(ShortText)
    callback_url: Mapped[str] = mapped_column(LongText)
    secret: Mapped[str] = mapped_column(ShortText)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
