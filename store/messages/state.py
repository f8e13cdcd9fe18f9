"""Small facts the service must remember between two starts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from store.db.dialects import insert
from store.models import ServiceState


async def get(session: AsyncSession, name: str) -> dict[str, Any] | None:
    """Read one fact; None when it was never written."""
    return await session.scalar(select(ServiceState.value).where(ServiceState.name == name))


async def put(session: AsyncSession, name: str, value: Mapping[str, Any], now: datetime) -> None:
    """Write one fact (JSON), whatever it was before."""
    changes = {"value": dict(value), "updated_at": now}
    statement = insert(session, ServiceState).values(name=name, **changes)
    await session.execute(statement.on_conflict_do_update(index_elements=["name"], set_=changes))


async def put_once(session: AsyncSession, name: str, value: Mapping[str, Any], now: datetime) -> bool:
    """Write one fact unless it is there; False when somebody did before. Two processes agree on one."""
    statement = insert(session, ServiceState).values(name=name, value=dict(value), updated_at=now)
    inserted = statement.on_conflict_do_nothing(index_elements=["name"]).returning(ServiceState.name)
    return (await session.execute(inserted)).first() is not None


async def forget(session: AsyncSession, name: str) -> None:
    """Remove one fact; nothing happens when it is not there."""
    row = await session.get(ServiceState, name)
    if row is not None:
        await session.delete(row)
        await session.flush()
