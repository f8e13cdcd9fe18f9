"""The audit trail: append-only, numbered without a hole, each line bound to the one before by its hash."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from store.models import AuditEntry, AuditHead
from store.text import clean

HEAD_ID = 1
FIRST_HASH = "0" * 64
LINES_PER_READ = 1_000
HASHED = ("seq", "actor_kind", "actor", "action", "object_type", "object_id", "details", "previous_hash")


@dataclass(frozen=True, slots=True)
class Problem:
    """One difference between what is stored and what it should be equal to. No name, no IBAN in it."""

    code: str
    object_type: str
    object_id: int
    detail: str


async def append(
    session: AsyncSession,
    *,
    at: datetime,
    actor_kind: str,
    actor: str,
    action: str,
    object_type: str,
    object_id: str,
    details: Mapping[str, Any],
) -> AuditEntry:
    """Add one line in the caller's transaction; others that write wait until it ends.

    ``details`` must be JSON. Raises ValueError or TypeError when it is not.
    """
    head = await _lock_head(session)
    entry = AuditEntry(
        seq=head.seq + 1,
        at=at.astimezone(UTC),
        actor_kind=clean(actor_kind),
        actor=clean(actor),
        action=clean(action),
        object_type=clean(object_type),
        object_id=clean(object_id),
        details=json.loads(json.dumps(dict(details), allow_nan=False)),
        previous_hash=head.hash,
    )
    entry.hash = _hash(entry)
    session.add(entry)
    head.seq, head.hash = entry.seq, entry.hash
    await session.flush()
    return entry


async def _lock_head(session: AsyncSession) -> AuditHead:
    query = select(AuditHead).where(AuditHead.id == HEAD_ID).with_for_update()
    return (await session.scalars(query.execution_options(populate_existing=True))).one()


def _hash(entry: AuditEntry) -> str:
    line = {name: getattr(entry, name) for name in HASHED} | {"at": entry.at.isoformat()}
    return hashlib.sha256(_canonical(line).encode()).hexdigest()


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


async def check_chain(session: AsyncSession) -> list[Problem]:
    """Recompute the whole chain; one problem per line that does not follow from the one before."""
    problems: list[Problem] = []
    seq, previous = 0, FIRST_HASH
    while True:
        query = select(AuditEntry).where(AuditEntry.seq > seq).order_by(AuditEntry.seq).limit(LINES_PER_READ)
        entries = (await session.scalars(query)).all()
        for entry in entries:
            problems += _line_problems(entry, seq + 1, previous)
            seq, previous = entry.seq, entry.hash
        session.expunge_all()
        if len(entries) < LINES_PER_READ:
            break
    head = await session.get(AuditHead, HEAD_ID, populate_existing=True)
    if head is None or (head.seq, head.hash) != (seq, previous):
        problems.append(Problem("audit_end", "audit", seq, "the last line is not the one the head names"))
    return problems


def _line_problems(entry: AuditEntry, expected_seq: int, previous: str) -> list[Problem]:
    problems = []
    if entry.seq != expected_seq:
        problems.append(Problem("audit_hole", "audit", expected_seq, f"next line is {entry.seq}"))
    if entry.previous_hash != previous:
        problems.append(Problem("audit_break", "audit", entry.seq, "does not follow from the line before"))
    if entry.hash != _hash(entry):
        problems.append(Problem("audit_changed", "audit", entry.seq, "the line is not what was written"))
    return problems
