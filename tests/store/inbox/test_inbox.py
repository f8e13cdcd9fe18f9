import asyncio
import hashlib
import sys
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, text

from store.db.engine import Database, open_database
from store.inbox.handling import (
    CHUNK,
    any_stuck,
    counts_by_state,
    due_events,
    empty_bodies,
    events_to_look_at,
    inbox_by_body,
    mark_failed,
    mark_handled,
    mark_ignored,
    mark_quarantined,
    oldest_pending_at,
    revive,
)
from store.inbox.writer import InboxUnavailable, InboxWriter, NewEvent
from store.models import InboxEvent
from store.types import InboxState
from tests.support.store_rows import NOW, later


def an_event(event_id: str | None = "e-1", body: bytes = b"{}", **changes: object) -> NewEvent:
    values = {"event_type": "v1/transactions", "received_at": NOW, "state": InboxState.PENDING} | changes
    return NewEvent(event_id, body=body, **values)  # type: ignore[arg-type]  # as each test says


async def stored(database: Database) -> list[InboxEvent]:
    async with database.read() as session:
        return list(await session.scalars(select(InboxEvent).order_by(InboxEvent.id)))


@pytest.fixture
async def writer(database: Database) -> AsyncIterator[InboxWriter]:
    opened = InboxWriter(database, deadline=5)
    opened.start()
    yield opened
    await opened.stop()


async def test_an_event_is_durable_once_add_returns(database: Database, writer: InboxWriter) -> None:
    assert await writer.add(an_event(body=b'{"a": 1}')) == "new"
    (row,) = await stored(database)
    assert (row.key, row.event_id, row.body, row.state) == ("e-1", "e-1", b'{"a": 1}', "pending")
    assert row.body_sha256 == hashlib.sha256(b'{"a": 1}').hexdigest()
    assert row.received_at == NOW


async def test_a_replay_of_a_hundred_in_parallel_is_one_row(database: Database, writer: InboxWriter) -> None:
    """W12, A2"""
    results = await asyncio.gather(*(writer.add(an_event()) for _ in range(100)))
    assert results.count("new") == 1
    assert results.count("duplicate") == 99
    assert await writer.add(an_event()) == "duplicate"
    assert len(await stored(database)) == 1


async def test_the_same_id_with_another_body_is_kept_beside_as_a_conflict(
    database: Database, writer: InboxWriter
) -> None:
    """W13: in one group, and against what is stored."""
    together = await asyncio.gather(writer.add(an_event(body=b"1")), writer.add(an_event(body=b"2")))
    assert list(together) == ["new", "conflict"]
    assert await writer.add(an_event(body=b"3")) == "conflict"
    assert await writer.add(an_event(body=b"2")) == "duplicate"
    assert await writer.add(an_event(body=b"1")) == "duplicate"
    rows = await stored(database)
    assert {row.body: row.state for row in rows} == {b"1": "pending", b"2": "conflict", b"3": "conflict"}
    assert len(rows) == 3


async def test_events_without_an_id_are_told_apart_by_their_body(
    database: Database, writer: InboxWriter
) -> None:
    quarantined = {"event_id": None, "state": InboxState.QUARANTINED}
    assert await writer.add(an_event(body=b"x", **quarantined)) == "new"
    assert await writer.add(an_event(body=b"x", **quarantined)) == "duplicate"
    assert await writer.add(an_event(body=b"y", **quarantined)) == "new"
    assert {row.state for row in await stored(database)} == {"quarantined"}


@pytest.mark.parametrize(
    "event_id", ["x" * 60_000, "body:abc", "conflict:e-1:00", "a\x00b", "\ud800", "é" * 199]
)
async def test_any_id_is_stored_and_recognised(
    database: Database, writer: InboxWriter, event_id: str
) -> None:
    assert await writer.add(an_event(event_id, event_type="t" * 1000)) == "new"
    assert await writer.add(an_event(event_id)) == "duplicate"
    assert await writer.add(an_event("other", b"other")) == "new"


async def test_one_event_that_cannot_be_stored_does_not_take_the_others_with_it(
    database: Database, writer: InboxWriter
) -> None:
    naive = an_event("poison", received_at=datetime(2026, 1, 1))  # noqa: DTZ001  # that is the poison
    events = [an_event("a"), naive, an_event("b")]
    results = await asyncio.gather(*(writer.add(event) for event in events), return_exceptions=True)
    assert [results[0], results[2]] == ["new", "new"]
    assert isinstance(results[1], InboxUnavailable)
    assert {row.key for row in await stored(database)} == {"a", "b"}


async def test_nothing_is_promised_while_the_database_is_locked(sqlite_url: str) -> None:
    """W38: 503 within the deadline, and recovery without restart."""
    database, other = open_database(sqlite_url), open_database(sqlite_url)
    writer = InboxWriter(database, deadline=0.1)
    writer.start()
    async with other.write():
        with pytest.raises(InboxUnavailable, match=r"0\.1 s"):
            await writer.add(an_event())
    # An attempt that was answered too late may have been stored: its second is then the duplicate.
    assert await eventually(writer, an_event("later")) in {"new", "duplicate"}
    assert [row.key for row in await stored(database)].count("later") == 1
    await writer.stop()
    await database.close()
    await other.close()


async def eventually(writer: InboxWriter, event: NewEvent) -> str:
    """Send again as the bank does."""
    for _ in range(100):
        try:
            return await writer.add(event)
        except InboxUnavailable:
            await asyncio.sleep(0.1)
    raise AssertionError("never stored")


async def test_a_full_disk_answers_at_once_that_nothing_is_stored(sqlite_url: str) -> None:
    database = open_database(sqlite_url)
    async with database.write() as session:
        pages = await session.scalar(text("PRAGMA page_count"))
        await session.execute(text(f"PRAGMA max_page_count={pages}"))
    writer = InboxWriter(database, deadline=5)
    writer.start()
    with pytest.raises(InboxUnavailable, match="disk full"):
        await writer.add(an_event(body=b"x" * 60_000))
    async with database.write() as session:
        await session.execute(text("PRAGMA max_page_count=1000000"))
    assert await writer.add(an_event(body=b"x" * 60_000)) == "new"
    await writer.stop()
    await database.close()


async def test_a_full_queue_refuses_at_once(sqlite_url: str) -> None:
    database, other = open_database(sqlite_url), open_database(sqlite_url)
    writer = InboxWriter(database, max_waiting=2, deadline=0.3)
    writer.start()
    async with other.write():
        first = asyncio.create_task(writer.add(an_event("taken")))
        await asyncio.sleep(0.05)
        waiting = [asyncio.create_task(writer.add(an_event(f"w{n}"))) for n in range(2)]
        await asyncio.sleep(0)
        assert writer.waiting == 2
        with pytest.raises(InboxUnavailable, match="wait already"):
            await writer.add(an_event("one too many"))
        await asyncio.gather(first, *waiting, return_exceptions=True)
    await writer.stop()
    await database.close()
    await other.close()


async def test_a_request_that_gave_up_is_not_written_for_nothing(sqlite_url: str) -> None:
    database, other = open_database(sqlite_url), open_database(sqlite_url)
    writer = InboxWriter(database, deadline=5)
    writer.start()
    async with other.write():
        first = asyncio.create_task(writer.add(an_event("first")))
        await asyncio.sleep(0.05)
        gone = asyncio.create_task(writer.add(an_event("gone")))
        await asyncio.sleep(0.01)
        gone.cancel()
    assert await first == "new"
    await writer.stop()
    assert [row.key for row in await stored(database)] == ["first"]
    await database.close()
    await other.close()


async def test_stop_writes_what_waits_and_refuses_what_comes_after(database: Database) -> None:
    """P1"""
    writer = InboxWriter(database, deadline=5)
    with pytest.raises(InboxUnavailable):
        await writer.add(an_event("too early"))
    await writer.stop()
    writer.start()
    adding = [asyncio.create_task(writer.add(an_event(f"e-{n}"))) for n in range(700)]
    await asyncio.sleep(0)
    await writer.stop()
    assert set(await asyncio.gather(*adding)) == {"new"}
    with pytest.raises(InboxUnavailable):
        await writer.add(an_event("too late"))
    assert len(await stored(database)) == 700


async def test_two_writers_on_one_database_keep_one_row_per_event(database_url: str) -> None:
    """Two web processes receive the same deliveries at the same moment."""
    databases = [open_database(database_url) for _ in range(2)]
    writers = [InboxWriter(database, deadline=20) for database in databases]
    for writer in writers:
        writer.start()
    results = await asyncio.gather(
        *(writer.add(an_event(f"e-{n}", body=b"%d" % n)) for n in range(200) for writer in writers)
    )
    assert results.count("new") == 200
    assert results.count("duplicate") == 200
    for writer, database in zip(writers, databases, strict=True):
        await writer.stop()
        await database.close()


async def test_two_processes_storing_different_bodies_agree_on_one_first(database_url: str) -> None:
    script = """
import asyncio, sys
from datetime import UTC, datetime
from store.db.engine import open_database
from store.inbox.writer import NewEvent
from store.inbox.writer import InboxWriter
async def main():
    database = open_database(sys.argv[1])
    writer = InboxWriter(database, deadline=20)
    writer.start()
    now = datetime(2026, 1, 1, tzinfo=UTC)
    async def add(n):
        return await writer.add(NewEvent(f"e-{n}", None, sys.argv[2].encode(), now))
    results = await asyncio.gather(*(add(n) for n in range(100)))
    await writer.stop()
    await database.close()
    print(results.count("new"), results.count("conflict"))
asyncio.run(main())
"""
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", script, database_url, body, stdout=asyncio.subprocess.PIPE
        )
        for body in ("one", "two")
    ]
    counts = [(await process.communicate())[0].split() for process in processes]
    assert sum(int(new) for new, _ in counts) == 100
    assert sum(int(conflict) for _, conflict in counts) == 100
    database = open_database(database_url)
    async with database.read() as session:
        assert await counts_by_state(session) == {
            InboxState.PENDING: 100,
            InboxState.HANDLED: 0,
            InboxState.IGNORED: 0,
            InboxState.QUARANTINED: 0,
            InboxState.CONFLICT: 100,
            InboxState.DEAD: 0,
        }
    await database.close()


async def test_a_burst_of_a_thousand_is_all_stored_within_the_deadline(database: Database) -> None:
    """W40, at the deadline of production."""
    writer = InboxWriter(database, max_waiting=1000, deadline=5)
    writer.start()
    results = await asyncio.gather(*(writer.add(an_event(f"e-{n}")) for n in range(1000)))
    assert set(results) == {"new"}
    await writer.stop()
    async with database.read() as session:
        assert await session.scalar(select(func.count()).select_from(InboxEvent)) == 1000


async def test_due_events_come_oldest_first_and_only_when_due(
    database: Database, writer: InboxWriter
) -> None:
    for minutes in (3, 1, 2):
        await writer.add(an_event(f"e-{minutes}", received_at=later(minutes)))
    await writer.add(an_event("q", received_at=NOW, state=InboxState.QUARANTINED))
    async with database.read() as session:
        due = await due_events(session, later(2), 10)
        assert [event.key for event in due] == ["e-1", "e-2"]
        assert await oldest_pending_at(session) == later(1)
        assert len(await due_events(session, later(9), 1)) == 1


async def test_each_end_of_an_event_is_recorded(database: Database, writer: InboxWriter) -> None:
    for name in ("handled", "ignored", "quarantined"):
        await writer.add(an_event(name))
    rows = {row.key: row.id for row in await stored(database)}
    async with database.write() as session:
        await mark_handled(session, rows["handled"], NOW)
        await mark_ignored(session, rows["ignored"], NOW, reason="other account")
        await mark_quarantined(session, rows["quarantined"], "no amount\x00" + "x" * 300, NOW)
    after = {row.key: row for row in await stored(database)}
    assert {key: row.state for key, row in after.items()} == {key: key for key in rows}
    assert after["ignored"].last_error == "other account"
    assert len(after["quarantined"].last_error or "") == 255
    async with database.read() as session:
        assert await oldest_pending_at(session) is None


async def test_failures_wait_longer_and_longer_then_the_event_is_dead(
    database: Database, writer: InboxWriter
) -> None:
    await writer.add(an_event())
    (row,) = await stored(database)
    waits: list[timedelta] = []
    states = []
    for _ in range(12):
        async with database.write() as session:
            states.append(await mark_failed(session, row.id, "boom", NOW))
        waits.append((await stored(database))[0].next_attempt_at - NOW)
    assert waits[:3] == [timedelta(seconds=5), timedelta(seconds=10), timedelta(seconds=20)]
    assert max(waits) == timedelta(hours=1)
    assert states == [InboxState.PENDING] * 11 + [InboxState.DEAD]
    async with database.write() as session:
        assert await any_stuck(session)
        assert await revive(session, NOW, event_id=row.id + 1) == []
        assert await revive(session, NOW, event_id=row.id) == [row.id]
        assert await revive(session, NOW, event_id=row.id) == []
        assert not await any_stuck(session)
    async with database.read() as session:
        assert [event.attempts for event in await due_events(session, NOW, 5)] == [0]


async def test_what_was_not_handled_is_listed_with_its_reason_and_without_its_body(
    database: Database, writer: InboxWriter
) -> None:
    await writer.add(an_event("fine"))
    await writer.add(an_event("failing"))
    await writer.add(an_event(None, b"secret", state=InboxState.QUARANTINED, reason="no usable id"))
    await writer.add(an_event("fine", b"other"))
    rows = {row.key: row.id for row in await stored(database)}
    async with database.write() as session:
        await mark_handled(session, rows["fine"], NOW)
        await mark_failed(session, rows["failing"], "IntegrityError", NOW)
    async with database.read() as session:
        listed = await events_to_look_at(session, 10)
        assert len(await events_to_look_at(session, 1)) == 1
    assert [(row.state, row.attempts, row.last_error) for row in listed] == [
        ("conflict", 0, "same id, another body"),
        ("quarantined", 0, "no usable id"),
        ("pending", 1, "IntegrityError"),
    ]
    assert "body" not in vars(listed[0])


async def test_all_that_is_stuck_is_revived_in_chunks(database: Database, writer: InboxWriter) -> None:
    await asyncio.gather(
        *(writer.add(an_event(f"e-{n}", state=InboxState.QUARANTINED)) for n in range(CHUNK + 1))
    )
    async with database.write() as session:
        first = await revive(session, NOW)
        rest = await revive(session, NOW, after=first[-1])
    assert (len(first), len(rest)) == (CHUNK, 1)
    async with database.read() as session:
        assert (await counts_by_state(session))[InboxState.PENDING] == CHUNK + 1


async def test_two_who_replay_at_once_revive_it_once(database: Database, writer: InboxWriter) -> None:
    await writer.add(an_event(state=InboxState.QUARANTINED))

    async def replay() -> int:
        async with database.write() as session:
            return len(await revive(session, NOW))

    assert sorted(await asyncio.gather(replay(), replay())) == [0, 1]


async def test_bodies_go_after_their_time_and_a_repeat_is_known_for_ever(
    database: Database, writer: InboxWriter
) -> None:
    for name in ("handled", "ignored", "dead", "waiting", "young"):
        await writer.add(an_event(name, name.encode()))
    await writer.add(an_event(None, b"unreadable", state=InboxState.QUARANTINED))
    rows = {row.key: row.id for row in await stored(database)}
    async with database.write() as session:
        await mark_handled(session, rows["handled"], later(1))
        await mark_ignored(session, rows["ignored"], later(1))
        await mark_handled(session, rows["young"], later(3))
        for _ in range(12):
            await mark_failed(session, rows["dead"], "boom", later(1))
    async with database.write() as session:
        assert await empty_bodies(session, later(2)) == 2
        assert await empty_bodies(session, later(2)) == 0
    kept = {row.body for row in await stored(database)}
    assert kept == {b"", b"dead", b"waiting", b"young", b"unreadable"}

    assert await writer.add(an_event("handled", b"handled")) == "duplicate"
    assert await writer.add(an_event("ignored", b"something else")) == "conflict"
    assert await writer.add(an_event("ignored", b"something else")) == "duplicate"
    async with database.read() as session:
        assert await inbox_by_body(session, b"handled") == rows["handled"]


async def test_bodies_are_emptied_a_chunk_at_a_time(database: Database, writer: InboxWriter) -> None:
    await asyncio.gather(
        *(writer.add(an_event(f"e-{n}", state=InboxState.IGNORED)) for n in range(CHUNK + 1))
    )
    emptied = []
    for _ in range(3):
        async with database.write() as session:
            emptied.append(await empty_bodies(session, later(1)))
    assert emptied == [CHUNK, 1, 0]


async def test_an_error_of_our_own_is_answered_and_does_not_end_the_writer(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    database = open_database(sqlite_url)
    writer = InboxWriter(database, deadline=5)
    writer.start()
    wrong = NewEvent("x", None, "not bytes", NOW)  # type: ignore[arg-type]  # a bug elsewhere
    with pytest.raises(InboxUnavailable, match="its own"):
        await writer.add(wrong)
    assert writer.running
    assert await writer.add(an_event()) == "new"
    assert "inbox group failed" in caplog.text
    await writer.stop()
    assert not writer.running
    await database.close()


async def test_a_group_tells_whoever_waits_once(database_url: str) -> None:
    told: list[str] = []
    database = open_database(database_url, on_commit=lambda: told.append("now"))
    writer = InboxWriter(database)
    writer.start()
    first = [writer.add(an_event(f"e-{number}", str(number).encode())) for number in range(50)]
    await asyncio.gather(*first)
    assert 1 <= len(told) <= 2, "one commit for what came first, one for what came meanwhile"
    told.clear()
    assert await writer.add(an_event("e-1", b"1")) == "duplicate"
    assert told == [], "nothing new is there to handle"
    await writer.stop()
    await database.close()
