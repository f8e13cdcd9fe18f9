"""What the agency knows: clients, talents, collaborations, invoices."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from store.models.base import Base, Cents, Currency, LongText, RowId, ShortText, partial_index
from store.types import UtcDateTime

STATUS_MATCHES_SETTLED = (
    "status = 'cancelled' AND settled_cents = 0"
    " OR status = 'open' AND settled_cents = 0"
    " OR status = 'partly_paid' AND settled_cents > 0 AND settled_cents < total_cents"
    " OR status = 'paid' AND settled_cents = total_cents"
)


# The condition of a partial index must stand in the query word for word, not as a bound value.
IS_OPEN = "open_cents > 0"


class Client(Base):
    """Who is invoiced. ``name_key`` is the folded name, so that one client has one row."""

    __tablename__ = "clients"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    name: Mapped[str] = mapped_column(ShortText)
    name_key: Mapped[str] = mapped_column(ShortText, unique=True)
    email: Mapped[str | None] = mapped_column(ShortText, index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ClientToken(Base):
    """One word of a client's name, as ``matching.name_tokens`` computes it: the look-up by payer name."""

    __tablename__ = "client_tokens"

    token: Mapped[str] = mapped_column(ShortText, primary_key=True)
    client_id: Mapped[int] = mapped_column(
        ForeignKey("clients.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Talent(Base):
    """The person the agency represents; gets direct messages once ``slack_user_id`` is known."""

    __tablename__ = "talents"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    name: Mapped[str] = mapped_column(ShortText)
    name_key: Mapped[str] = mapped_column(ShortText, index=True)
    email: Mapped[str | None] = mapped_column(ShortText, unique=True)
    slack_user_id: Mapped[str | None] = mapped_column(ShortText, unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Collaboration(Base):
    """The deal between a client and a talent. ``net_cents`` is what the talent earns, when known."""

    __tablename__ = "collaborations"
    __table_args__ = (UniqueConstraint("client_id", "talent_id", "title_key"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"))
    talent_id: Mapped[int | None] = mapped_column(ForeignKey("talents.id"), index=True)
    title: Mapped[str] = mapped_column(ShortText)
    title_key: Mapped[str] = mapped_column(ShortText)
    net_cents: Mapped[int | None] = mapped_column(Cents)
    currency: Mapped[str] = mapped_column(Currency)
    status: Mapped[str] = mapped_column(ShortText)
    paid_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    client: Mapped[Client] = relationship(lazy="raise")
    talent: Mapped[Talent | None] = relationship(lazy="raise")


class Invoice(Base):
    """One claim. ``settled_cents`` is what payments (and accepted gaps) cover of ``total_cents``.

    Both are positive for a credit note too; ``kind`` carries the sense. ``number_key`` is the folded
    number, so that ``fact-2026-42`` typed twice is one invoice only when it is written the same way.
    ``search_text`` is number, client, talent and collaboration folded for the search field.
    """

    __tablename__ = "invoices"
    __table_args__ = (
        CheckConstraint("total_cents > 0", name="total_positive"),
        CheckConstraint("settled_cents >= 0 AND settled_cents <= total_cents", name="not_over_settled"),
        CheckConstraint(STATUS_MATCHES_SETTLED, name="status_matches_settled"),
        CheckConstraint(
            "open_cents = CASE WHEN status = 'cancelled' THEN 0 ELSE total_cents - settled_cents END",
            name="open_is_what_is_left",
        ),
        Index("ix_invoices_open_amount", "currency", "kind", "open_cents", "due_date", "id"),
        # Cents first: with the client first, it would look good for listing a client's open ones by due date.
        Index("ix_invoices_cents_client", "open_cents", "client_id", "currency", "due_date"),
        partial_index("ix_invoices_client_due", "client_id", "currency", "due_date", "id", where=IS_OPEN),
        partial_index("ix_invoices_search", "due_date", "id", "currency", "search_text", where=IS_OPEN),
        partial_index("ix_invoices_open_cents", "open_cents", "due_date", where=IS_OPEN),
        Index("ix_invoices_total_cents", "total_cents", "due_date"),
        Index("ix_invoices_status_due", "status", "due_date", "id"),
        Index("ix_invoices_due", "due_date", "id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    number: Mapped[str] = mapped_column(ShortText)
    number_key: Mapped[str] = mapped_column(ShortText, unique=True)
    qonto_id: Mapped[str | None] = mapped_column(ShortText, unique=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"))
    collaboration_id: Mapped[int | None] = mapped_column(ForeignKey("collaborations.id"), index=True)
    kind: Mapped[str] = mapped_column(ShortText)
    status: Mapped[str] = mapped_column(ShortText)
    currency: Mapped[str] = mapped_column(Currency)
    total_cents: Mapped[int] = mapped_column(Cents)
    net_total_cents: Mapped[int | None] = mapped_column(Cents)
    settled_cents: Mapped[int] = mapped_column(Cents, default=0)
    # What is still due and may still be paid; 0 when paid or cancelled. Stored for the amount index.
    open_cents: Mapped[int] = mapped_column(Cents)
    issue_date: Mapped[date | None]
    due_date: Mapped[date]
    paid_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    language: Mapped[str] = mapped_column(ShortText, default="fr")
    search_text: Mapped[str] = mapped_column(LongText)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

    client: Mapped[Client] = relationship(lazy="raise")
    collaboration: Mapped[Collaboration | None] = relationship(lazy="raise")
    references: Mapped[list["InvoiceReference"]] = relationship(
        lazy="raise", cascade="all, delete-orphan", back_populates="invoice"
    )


class InvoiceReference(Base):
    """One normalised look-up key of an invoice, as ``matching.reference_keys`` computes it."""

    __tablename__ = "invoice_references"
    __table_args__ = (Index("ix_invoice_references_key", "key", "invoice_id"),)

    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(ShortText, primary_key=True)
    kind: Mapped[str] = mapped_column(ShortText, primary_key=True)

    invoice: Mapped[Invoice] = relationship(lazy="raise", back_populates="references")
