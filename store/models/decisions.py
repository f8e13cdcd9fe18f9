"""What people decided: proposals shown, decisions taken, allocations, and the audit trail."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from store.models.agency import Invoice
from store.models.base import Base, Cents, RowId, ShortText
from store.types import UtcDateTime


class Suggestion(Base):
    """One suggestion shown on a card. Kept for ever: an old button still knows what it meant.

    ``allocations`` is ``[{"invoice_id", "amount_cents"}]``, ``reasons`` is ``[{"code", "params"}]``.
    The current ones of a payment are those whose ``round`` equals the payment's latest round.
    """

    __tablename__ = "proposals"
    __table_args__ = (Index("ix_proposals_transaction", "transaction_id", "round", "rank"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    transaction_id: Mapped[int] = mapped_column(ForeignKey("transactions.id"))
    round: Mapped[int]
    rank: Mapped[int]
    allocations: Mapped[list[Any]]
    residual_cents: Mapped[int] = mapped_column(Cents)
    residual_reason: Mapped[str | None] = mapped_column(ShortText)
    probability: Mapped[float]
    confidence: Mapped[str] = mapped_column(ShortText)
    reasons: Mapped[list[Any]]
    model_version: Mapped[str] = mapped_column(ShortText)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SuggestionInvoice(Base):
    """Which invoices a proposal names, so that a change to one finds the cards that show it."""

    __tablename__ = "proposal_invoices"

    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"), primary_key=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposals.id"), primary_key=True)


class MatchingRound(Base):
    """One run of the matcher on one payment: its outcome, its doubts, and how many proposals it gave."""

    __tablename__ = "matching_rounds"
    __table_args__ = (UniqueConstraint("transaction_id", "round"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    transaction_id: Mapped[int] = mapped_column(ForeignKey("transactions.id"))
    round: Mapped[int]
    outcome: Mapped[str] = mapped_column(ShortText)
    flags: Mapped[list[Any]]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ChangedInvoice(Base):
    """An invoice whose money a decision moved: the worker asks again wherever it is suggested.

    Rows only come and go, so that no decision waits for the payments of another.
    """

    __tablename__ = "changed_invoices"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"))


class Rejection(Base):
    """A pair that a person refused: never proposed again for this payment."""

    __tablename__ = "rejections"
    __table_args__ = (UniqueConstraint("transaction_id", "invoice_id"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    transaction_id: Mapped[int] = mapped_column(ForeignKey("transactions.id"))
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"))
    actor: Mapped[str] = mapped_column(ShortText)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Decision(Base):
    """One act on one payment, by one person, at one instant. Append-only; undone by another row.

    ``remainder_cents`` is what it closed of the payment as paid too much (negative when it opens it again).
    ``reverses_id`` names the decision undone as a whole; undoing one invoice reverses its allocation only.
    """

    __tablename__ = "decisions"
    __table_args__ = (
        UniqueConstraint("reverses_id"),
        Index("ix_decisions_transaction", "transaction_id", "id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    transaction_id: Mapped[int] = mapped_column(ForeignKey("transactions.id"))
    kind: Mapped[str] = mapped_column(ShortText)
    actor_kind: Mapped[str] = mapped_column(ShortText)
    actor: Mapped[str] = mapped_column(ShortText)
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime)
    proposal_id: Mapped[int | None] = mapped_column(ForeignKey("proposals.id"))
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("decisions.id"))
    reason: Mapped[str | None] = mapped_column(ShortText)
    remainder_cents: Mapped[int] = mapped_column(Cents, default=0, server_default="0")
    remainder_reason: Mapped[str | None] = mapped_column(ShortText)


class Allocation(Base):
    """Part of one payment applied to one invoice. Append-only: an undo adds the opposite row.

    ``amount_cents`` is what the payment gives (negative when a credit note lowers the sum, or in a
    reversing row); ``write_off_cents`` is the gap accepted as paid beside it, with its reason.
    """

    __tablename__ = "allocations"
    __table_args__ = (
        UniqueConstraint("reverses_id"),
        CheckConstraint("amount_cents <> 0", name="amount_not_zero"),
        CheckConstraint("(write_off_cents = 0) = (write_off_reason IS NULL)", name="write_off_has_a_reason"),
        Index("ix_allocations_transaction", "transaction_id", "id"),
        Index("ix_allocations_invoice", "invoice_id", "id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decisions.id"), index=True)
    transaction_id: Mapped[int] = mapped_column(ForeignKey("transactions.id"))
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"))
    amount_cents: Mapped[int] = mapped_column(Cents)
    write_off_cents: Mapped[int] = mapped_column(Cents, default=0)
    write_off_reason: Mapped[str | None] = mapped_column(ShortText)
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("allocations.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    decision: Mapped[Decision] = relationship(lazy="raise")
    invoice: Mapped[Invoice] = relationship(lazy="raise")


class AuditEntry(Base):
    """One line of the audit trail. ``seq`` has no hole; ``hash`` covers the line and the one before."""

    __tablename__ = "audit"

    seq: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_kind: Mapped[str] = mapped_column(ShortText)
    actor: Mapped[str] = mapped_column(ShortText)
    action: Mapped[str] = mapped_column(ShortText)
    object_type: Mapped[str] = mapped_column(ShortText)
    object_id: Mapped[str] = mapped_column(ShortText)
    details: Mapped[dict[str, Any]]
    previous_hash: Mapped[str] = mapped_column(ShortText)
    hash: Mapped[str] = mapped_column(ShortText)

    __table_args__ = (Index("ix_audit_object", "object_type", "object_id", "seq"),)


class AuditHead(Base):
    """The last line of the audit trail; its row lock keeps two writers from taking one number."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(RowId)
    hash: Mapped[str] = mapped_column(ShortText)
