import asyncio
import sys

import pytest
from sqlalchemy import select, text

from store.books import audit, checks
from store.db.engine import Database, open_database
from store.models import AuditEntry
from tests.support.store_rows import NOW, later


async def append(database: Database, action: str = "associate", details: object = None) -> AuditEntry:
    async with database.write() as session:
        return await audit.append(
            session,
            at=NOW,
            actor_kind="slack",
            actor="U1",
            action=action,
            object_type="transaction",
            object_id="12",
            details=details or {"n": 1},  # type: ignore[arg-type]  # as each test says
        )


async def problems(database: Database) -> list[tuple[str, int]]:
    async with database.read() as session:
        return [(one.code, one.object_id) for one in await audit.check_chain(session)]


async def test_lines_follow_each_other_without_a_hole(database: Database) -> None:
    odd = {"text": "é\x00\ud800", "nested": [1, {"b": None, "a": 1.5}], 3: "key"}
    lines = [await append(database, f"a-{n}\x00", odd) for n in range(3)]
    assert [line.seq for line in lines] == [1, 2, 3]
    assert [line.previous_hash for line in lines[1:]] == [line.hash for line in lines[:2]]
    assert await problems(database) == []


async def test_a_rolled_back_decision_leaves_no_hole(database: Database) -> None:
    await append(database)

    async def rolled_back() -> None:
        async with database.write() as session:
            await audit.append(
                session,
                at=NOW,
                actor_kind="api",
                actor="s",
                action="x",
                object_type="y",
                object_id="1",
                details={},
            )
            raise LookupError("undone")

    with pytest.raises(LookupError, match="undone"):
        await rolled_back()
    assert (await append(database)).seq == 2
    assert await problems(database) == []


async def test_writers_from_several_processes_share_one_chain(database_url: str) -> None:
    script = """
import asyncio, sys
from datetime import UTC, datetime
from store.books import audit
from store.db.engine import open_database
async def main():
    database = open_database(sys.argv[1])
    for n in range(25):
        async with database.write() as session:
            await audit.append(session, at=datetime.now(UTC), actor_kind="slack", actor="U", action="x",
                               object_type="t", object_id=str(n), details={})
    await database.close()
asyncio.run(main())
"""
    processes = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", script, database_url) for _ in range(3)
    ]
    assert [await process.wait() for process in processes] == [0, 0, 0]
    database = open_database(database_url)
    async with database.read() as session:
        assert list(await session.scalars(select(AuditEntry.seq).order_by(AuditEntry.seq))) == [*range(1, 76)]
    assert await problems(database) == []
    await database.close()


async def tamper(database: Database, statement: str) -> None:
    """As an operator with the rights to lift the triggers would (X6)."""
    async with database.write() as session:
        if database.is_sqlite:
            for verb in ("update", "delete"):
                await session.execute(text(f"DROP TRIGGER IF EXISTS audit_no_{verb}"))
        else:
            await session.execute(text("ALTER TABLE audit DISABLE TRIGGER audit_append_only"))
        await session.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE audit SET actor = 'U2' WHERE seq = 2", {("audit_changed", 2)}),
        ("DELETE FROM audit WHERE seq = 2", {("audit_hole", 2), ("audit_break", 3)}),
        ("DELETE FROM audit WHERE seq = 3", {("audit_end", 2)}),
        ("UPDATE audit_head SET seq = 2", {("audit_end", 3)}),
        ("DELETE FROM audit_head", {("audit_end", 3)}),
        ("UPDATE audit SET previous_hash = 'x' WHERE seq = 3", {("audit_break", 3), ("audit_changed", 3)}),
    ],
)
async def test_a_line_edited_by_hand_is_found(
    database: Database, statement: str, found: set[tuple[str, int]]
) -> None:
    """A6, X6"""
    for _ in range(3):
        await append(database)
    await tamper(database, statement)
    assert set(await problems(database)) == found
    async with database.read() as session:
        assert {one.code for one in await checks.check_all(session)} == {code for code, _ in found}


async def test_a_long_chain_is_checked_in_pieces(database: Database) -> None:
    async with database.write() as session:
        for n in range(1_005):
            await audit.append(
                session,
                at=later(n),
                actor_kind="rule",
                actor="r",
                action="x",
                object_type="t",
                object_id=str(n),
                details={},
            )
    assert await problems(database) == []
    await tamper(database, "UPDATE audit SET action = 'y' WHERE seq = 1003")
    assert await problems(database) == [("audit_changed", 1003)]


async def test_details_that_are_no_json_are_refused(database: Database) -> None:
    with pytest.raises(ValueError, match="JSON"):
        await append(database, details={"n": float("inf")})
    with pytest.raises(TypeError):
        await append(database, details={"n": object()})
