"""INSERT that leaves an existing row alone, in the words of each database."""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from store.models import Base

# Both dialects' inserts know the same ON CONFLICT; their common ancestor does not.
Insert = postgresql.Insert | sqlite.Insert


def insert(session: AsyncSession, model: type[Base]) -> Any:
    """The INSERT of this session's database, which knows ``on_conflict_do_nothing`` and ``..._do_update``."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(model)
    return postgresql.insert(model)
