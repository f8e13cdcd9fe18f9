"""Rows as the database gives them: the checks read no model of ours."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

Row = dict[str, Any]


async def rows(session: AsyncSession, query: str) -> list[Row]:
    """Ask in SQL."""
    return [dict(row._mapping) for row in await session.execute(text(query))]
