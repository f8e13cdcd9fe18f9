"""What a person must know about and repair."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from store.models.base import Base, RowId, ShortText, partial_index
from store.types import UtcDateTime

IS_RAISED = "cleared_at IS NULL"


class Alert(Base):
    """One trouble, from the moment it is noticed until it is gone.

    ``key`` names the trouble and its object (``talent_not_linked:7``) and is unique among those raised, so
    that a trouble met a thousand times is told once. Met again after it was cleared, it is a new row.
    """

    __tablename__ = "alerts"
    __table_args__ = (partial_index("ix_alerts_raised", "key", where=IS_RAISED, unique=True),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    key: Mapped[str] = mapped_column(ShortText)
    kind: Mapped[str] = mapped_column(ShortText)
    object_id: Mapped[int | None] = mapped_column(RowId)
    details: Mapped[dict[str, Any]]
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    cleared_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
