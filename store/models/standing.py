"""Which allocations still stand: no undo (which is the opposite row), and not undone.

Only this module reads ``allocations.reverses_id``; its unique index answers each question in one step.
"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from sqlalchemy import ColumnElement, literal_column, select
from sqlalchemy.orm import aliased

from store.models.decisions import Allocation


def applied(allocation: Any = Allocation) -> ColumnElement[bool]:
    """True for what was applied to an invoice, whether it still stands or was taken back since.

    Not ``IS NULL``: SQLite takes that for a search that the unique index answers with one row, and reads
    every allocation there is. PostgreSQL reads both alike.
    """
    reverses: ColumnElement[int] = allocation.reverses_id
    return reverses.is_not(None).is_(False)


def standing(allocation: Any = Allocation) -> ColumnElement[bool]:
    """True for what was applied and still stands. ``allocation`` is the table or an alias of it."""
    undo = aliased(Allocation)
    return applied(allocation) & ~select(undo.id).where(undo.reverses_id == allocation.id).exists()


def as_text(condition: Callable[[Any], ColumnElement[bool]], alias: str) -> str:
    """Write one of the two for a statement of ours that calls the table ``alias``."""
    columns: dict[str, Any] = {name: literal_column(f"{alias}.{name}") for name in ("id", "reverses_id")}
    return str(condition(SimpleNamespace(**columns)))
