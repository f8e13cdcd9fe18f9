"""Group commit (design D2): one task writes all waiting deliveries in one transaction, then answers each.

A commit costs an fsync whatever it holds. One per request caps a SQLite file at a few hundred a second and
makes bursts miss the bank's one second; one per group does not. There is one row per event id, and a second
one when the same id says something else.
"""

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from store.db.dialects import insert
from store.db.engine import Database
from store.errors import DatabaseUnavailable, StoreError
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


MOST_PER_COMMIT = 500
logger = logging.getLogger(__name__)


class InboxUnavailable(StoreError):
    """The delivery is not stored, or nobody can tell in time: answer 503, the bank sends it again."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    event: NewEvent
    answer: asyncio.Future[Added]


class InboxWriter:
    """The web server's side of the inbox. ``start`` it, ``add`` from any request, ``stop`` to drain.

    At most ``max_waiting`` requests wait; none waits longer than ``deadline`` seconds (the bank gives up
    after one second, network included: docs.qonto.com, webhooks/setup).
    """

    def __init__(self, database: Database, *, max_waiting: int = 2000, deadline: float = 0.7) -> None:
        self._database = database
        self._queue: asyncio.Queue[_Waiting | None] = asyncio.Queue()
        self._max_waiting = max_waiting
        self._deadline = deadline
        self._task: asyncio.Task[None] | None = None
        self._open = False
        self._failing = False

    @property
    def waiting(self) -> int:
        """How many deliveries wait for the next commit."""
        return self._queue.qsize()

    @property
    def running(self) -> bool:
        """False before ``start``, after ``stop``, and if the writing task ever died."""
        return self._open and self._task is not None and not self._task.done()

    def start(self) -> None:
        """Start the one writing task in the running loop."""
        self._open = True
        self._task = asyncio.create_task(self._run(), name="inbox-writer")

    async def stop(self) -> None:
        """Refuse what comes from now on, write what waits, then end."""
        if self._task is None:
            return
        self._open = False
        self._queue.put_nowait(None)
        await self._task
        self._task = None

    async def add(self, event: NewEvent) -> Added:
        """Return once the delivery is durably stored, and say whether it was ``new``.

        Raises InboxUnavailable when it is not, or not in time (it may be stored all the same then).
        """
        if not self.running:
            raise InboxUnavailable("the inbox is not taking deliveries")
        if self._queue.qsize() >= self._max_waiting:
            raise InboxUnavailable(f"{self._max_waiting} deliveries wait already")
        answer: asyncio.Future[Added] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait(_Waiting(event, answer))
        try:
            async with asyncio.timeout(self._deadline):
                return await answer
        except TimeoutError:
            raise InboxUnavailable(f"not stored within {self._deadline} s") from None

    async def _run(self) -> None:
        """Write groups until asked to stop. Nothing may end this task: every delivery depends on it."""
        ending = False
        while not ending:
            group, ending = await self._next_group()
            try:
                await self._store(group)
            except Exception:
                logger.exception("inbox group failed")
                _fail(group, "the inbox met an error of its own")

    async def _next_group(self) -> tuple[list[_Waiting], bool]:
        """Take what waits, at most one group; those whose request gave up are left out."""
        first = await self._queue.get()
        taken = [first]
        with contextlib.suppress(asyncio.QueueEmpty):
            while len(taken) < MOST_PER_COMMIT and taken[-1] is not None:
                taken.append(self._queue.get_nowait())
        group = [waiting for waiting in taken if waiting is not None and not waiting.answer.done()]
        return group, taken[-1] is None

    async def _store(self, group: Sequence[_Waiting]) -> None:
        try:
            await self._commit(group)
        except DatabaseUnavailable as error:
            self._log_once(error)
            _fail(group, str(error))
        except (SQLAlchemyError, ValueError) as error:
            logger.warning("inbox group refused (%s), one by one now", type(error).__name__)
            await self._store_each(group)

    def _log_once(self, error: DatabaseUnavailable) -> None:
        """Whoever waits is answered the reason; the log gets it once until something is written again."""
        if not self._failing:
            logger.warning("inbox cannot write: %s", error)
        self._failing = True

    async def _store_each(self, group: Sequence[_Waiting]) -> None:
        """One delivery that cannot be stored must not take the others with it."""
        for waiting in group:
            try:
                await self._commit([waiting])
            except (DatabaseUnavailable, SQLAlchemyError, ValueError) as error:
                logger.error("delivery refused by the database: %s", type(error).__name__)  # noqa: TRY400  # its text may quote the body
                _fail([waiting], "the database refuses this delivery")

    async def _commit(self, group: Sequence[_Waiting]) -> None:
        if not group:
            return
        async with self._database.write(urgent=True) as session:
            results = await insert_events(session, [waiting.event for waiting in group])
        self._failing = False
        for waiting, added in zip(group, results, strict=True):
            if not waiting.answer.done():
                waiting.answer.set_result(added)


def _fail(group: Sequence[_Waiting], reason: str) -> None:
    for waiting in group:
        if not waiting.answer.done():
            waiting.answer.set_exception(InboxUnavailable(reason))
