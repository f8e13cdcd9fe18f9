"""What people asked the matcher to forget, or told it. What it learnt is read from the decisions alone."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from store.models.base import Base, LongText, RowId, ShortText
from store.types import UtcDateTime


class ForgottenPayer(Base):
    """Decisions up to ``forgotten_at`` teach nothing about this payer any more; they stay in the history.

    ``key_kind`` is a ``store.types.PayerKeyKind``, ``key`` the IBAN or the normalised name.
    """

    __tablename__ = "forgotten_payers"

    key_kind: Mapped[str] = mapped_column(ShortText, primary_key=True)
    key: Mapped[str] = mapped_column(ShortText, primary_key=True)
    forgotten_at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(ShortText)


class DeclaredPayer(Base):
    """What an admin says a payer is; it wins over what its name and its payments suggest.

    ``payer_class`` is a ``matching.PayerClass``.
    """

    __tablename__ = "payer_classes"

    key_kind: Mapped[str] = mapped_column(ShortText, primary_key=True)
    key: Mapped[str] = mapped_column(ShortText, primary_key=True)
    payer_class: Mapped[str] = mapped_column(ShortText)
    declared_at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(ShortText)


class WeighedRound(Base):
    """What the matcher weighed in one run on one payment, for the refit of its weights; never shown.

    Rounds that nobody decided on are replaced by the next.
    """

    __tablename__ = "weighed_rounds"

    transaction_id: Mapped[int] = mapped_column(ForeignKey("transactions.id"), primary_key=True)
    round: Mapped[int] = mapped_column(RowId, primary_key=True)
    weighing: Mapped[str] = mapped_column(LongText)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
