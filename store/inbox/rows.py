"""Turn deliveries into inbox rows: one per event id, a second one when the same id says something else."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from store.db.dialects import insert
from store.models import InboxEvent
from store.text import clean, cut
from store.types import InboxState

Row = dict[str, Any]
Added = Literal["new", "duplicate", "conflict"]

# A longer id would not fit PostgreSQL's index (2 704 bytes) nor the column; it is told by its hash.
LONGEST_ID = 200
ERROR_LENGTH = 255
CONFLICTING = "same id, another body"
_OURS = ("conflict:", "body:", "id:")


@dataclass(frozen=True, slots=True)
class NewEvent:
    """One delivery, its signature checked. ``event_id`` is None when unreadable; ``reason`` tells why."""

    event_id: str | None
    event_type: str | None
    body: bytes
    received_at: datetime
    state: InboxState = InboxState.PENDING
    reason: str | None = None


async def insert_events(session: AsyncSession, events: Sequence[NewEvent]) -> list[Added]:
    """Insert what is new, in the caller's transaction, and say for each what it was.

    The same id with the same body is a duplicate; with another body, the first is kept and the second is
    stored beside it as a conflict, once.
    """
    rows = [_row(event) for event in events]
    results: dict[int, Added] = {}
    left = set(range(len(rows)))
    while left:
        known = await _known(session, [rows[index] for index in left])
        fresh: dict[str, Row] = {}
        placed = {index: _place(rows[index], known, fresh) for index in sorted(left)}
        results |= {index: added for index, (_, added) in placed.items()}
        # What another process inserted since we looked is visible now: look again at those only.
        taken = await _insert(session, fresh)
        left = {index for index, (key, _) in placed.items() if key in taken}
    return [results[index] for index in range(len(rows))]


def _row(event: NewEvent) -> Row:
    digest = hashlib.sha256(event.body).hexdigest()
    event_id = clean(event.event_id) if event.event_id else None
    return {
        "key": _key(event_id, digest),
        "event_id": cut(event_id, LONGEST_ID) if event_id else None,
        "event_type": cut(clean(event.event_type), LONGEST_ID) if event.event_type else None,
        "body": event.body,
        "body_sha256": digest,
        "state": event.state,
        "attempts": 0,
        "last_error": cut(clean(event.reason), ERROR_LENGTH) if event.reason else None,
        "received_at": event.received_at,
        "next_attempt_at": event.received_at,
        "handled_at": None if event.state == InboxState.PENDING else event.received_at,
    }


def _key(event_id: str | None, digest: str) -> str:
    if event_id is None:
        return f"body:{digest}"
    if len(event_id) > LONGEST_ID or event_id.startswith(_OURS):
        return f"id:{hashlib.sha256(event_id.encode()).hexdigest()}"
    return event_id


def _conflict_key(row: Row) -> str:
    return f"conflict:{row['key']}:{row['body_sha256']}"


async def _known(session: AsyncSession, rows: Sequence[Row]) -> dict[str, str]:
    """The body hash of each key stored already, those of known conflicts included."""
    known = await _stored(session, {row["key"] for row in rows})
    differing = {_conflict_key(row) for row in rows if known.get(row["key"]) != row["body_sha256"]}
    return known | await _stored(session, differing) if known else known


async def _stored(session: AsyncSession, keys: set[str]) -> dict[str, str]:
    if not keys:
        return {}
    query = select(InboxEvent.key, InboxEvent.body_sha256).where(InboxEvent.key.in_(sorted(keys)))
    return {row.key: row.body_sha256 for row in await session.execute(query)}


def _place(row: Row, known: dict[str, str], fresh: dict[str, Row]) -> tuple[str, Added]:
    """Say under which key the row belongs and what it is; what must be inserted goes to ``fresh``."""
    key, digest = row["key"], row["body_sha256"]
    first = known.get(key)
    if first == digest:
        return key, "duplicate"
    if first is None:
        known[key] = digest
        fresh[key] = row
        return key, "new"
    conflict = _conflict_key(row)
    if conflict in known:
        return conflict, "duplicate"
    known[conflict] = digest
    fresh[conflict] = {**row, "key": conflict, "state": InboxState.CONFLICT, "last_error": CONFLICTING}
    return conflict, "conflict"


async def _insert(session: AsyncSession, fresh: dict[str, Row]) -> set[str]:
    """Insert by key order; returns the keys that somebody else holds already."""
    if not fresh:
        return set()
    statement = insert(session, InboxEvent).on_conflict_do_nothing(index_elements=["key"])
    values = [fresh[key] for key in sorted(fresh)]
    inserted = await session.scalars(statement.returning(InboxEvent.key), values)
    return set(fresh) - set(inserted)
