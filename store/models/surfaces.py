"""What people see and chose: their Home tab, their preferences, accounts and groups."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from store.models.base import Base, RowId, ShortText
from store.types import UtcDateTime


class HomeView(Base):
    """One person's Home tab: what it shows, so that it is redrawn only when something changed.

    ``mark`` is the state of the tables that was shown, ``digest`` the view itself, ``hash`` Slack's name
    for it (the next publication gives it back, so that a newer view is never overwritten).
    """

    __tablename__ = "home_views"
    __table_args__ = (Index("ix_home_views_opened", "opened_at"),)

    user_id: Mapped[str] = mapped_column(ShortText, primary_key=True)
    team_id: Mapped[str | None] = mapped_column(ShortText)
    period: Mapped[str] = mapped_column(ShortText)
    page: Mapped[int]
    mark: Mapped[str | None] = mapped_column(ShortText)
    digest: Mapped[str | None] = mapped_column(ShortText)
    hash: Mapped[str | None] = mapped_column(ShortText)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Preference(Base):
    """What one person chose to receive. ``digest_hour`` is an hour in Paris, 0 to 23."""

    __tablename__ = "preferences"
    __table_args__ = (CheckConstraint("digest_hour BETWEEN 0 AND 23", name="digest_hour_of_a_day"),)

    user_id: Mapped[str] = mapped_column(ShortText, primary_key=True)
    notices: Mapped[str | None] = mapped_column(ShortText)
    digest_hour: Mapped[int]
    language: Mapped[str] = mapped_column(ShortText)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class GroupMembers(Base):
    """The members of a Slack user group, the same for every process.

    ``read_at`` is None once Slack said that they changed; ``version`` counts those changes, so that an answer
    asked for before one is never kept after it.
    """

    __tablename__ = "group_members"

    group_id: Mapped[str] = mapped_column(ShortText, primary_key=True)
    members: Mapped[list[Any]]
    version: Mapped[int]
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class TalentLink(Base):
    """An admin's guess of a talent's account, and what the person answered: asked, confirmed, refused."""

    __tablename__ = "talent_links"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    talent_id: Mapped[int] = mapped_column(ForeignKey("talents.id"), index=True)
    user_id: Mapped[str] = mapped_column(ShortText)
    state: Mapped[str] = mapped_column(ShortText)
    asked_by: Mapped[str] = mapped_column(ShortText)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ListedPayment(Base):
    """A payment shown as one line of a message (a digest, a grouped posting), redrawn when it changes."""

    __tablename__ = "listed_payments"
    __table_args__ = (Index("ix_listed_payments_message", "message_key", "transaction_id"),)

    transaction_id: Mapped[int] = mapped_column(ForeignKey("transactions.id"), primary_key=True)
    message_key: Mapped[str] = mapped_column(ShortText, primary_key=True)
