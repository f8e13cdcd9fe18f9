import asyncio
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DBAPIError

from store.db import migrating, schema, sqlite
from store.db.engine import Database, open_database
from store.db.schema import SchemaMismatch
from store.errors import DatabaseCorrupt, DatabaseMissing
from store.messages import keys
from store.models import Base, Message
from store.types import MessagePurpose


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, Base.metadata))


async def test_migrations_from_nothing_give_exactly_the_models(empty_url: str) -> None:
    await schema.upgrade(empty_url)
    await schema.check(empty_url)
    database = open_database(empty_url)
    async with database.writer.connect() as connection:
        assert await connection.run_sync(differences) == []
    await database.close()


def test_the_newest_revision_is_the_end_of_the_migrations() -> None:
    assert max(migrating.known_revisions()) == schema.HEAD


async def test_every_step_goes_down_and_up_again(empty_url: str) -> None:
    await schema.upgrade(empty_url)
    for revision in ("0006", "0005", "0004", "0003", "0002", "0001", "base"):
        await schema.downgrade(empty_url, revision)
    await schema.upgrade(empty_url)
    await schema.check(empty_url)


async def test_an_upgrade_keeps_the_rows_that_exist(empty_url: str) -> None:
    await schema.upgrade(empty_url, "0002")
    database = open_database(empty_url)
    async with database.write() as session:
        await session.execute(
            text(
                "INSERT INTO clients (name, name_key, created_at)"
                " VALUES ('Atelier', 'atelier', '2026-01-01 00:00:00')"
            )
        )
    await database.close()
    await schema.upgrade(empty_url)
    database = open_database(empty_url)
    async with database.read() as session:
        assert await session.scalar(text("SELECT name FROM clients")) == "Atelier"
        assert await session.scalar(text("SELECT seq FROM audit_head")) == 0
    await database.close()


OLD_MESSAGES = (
    ("payment_card:1", "payment_card", 1, "NULL", "sent"),
    ("payment_card:2", "payment_card", 2, "NULL", "unknown"),
    ("talent_paid:7:3", "talent_paid", 7, "3", "sent"),
    ("talent_correction:7:3", "talent_correction", 7, "3", "wanted"),
    ("card_group:1", "card_group", 1, "NULL", "sent"),
    ("alert:1", "alert", 1, "NULL", "sent"),
)


async def test_keys_of_messages_are_renamed_after_the_banks_id(empty_url: str) -> None:
    await schema.upgrade(empty_url, "0102")
    database = open_database(empty_url)
    day, long_id = "'2026-01-01 00:00:00'", "x" * 255
    movement = (
        "INSERT INTO transactions (id, qonto_id, side, status, amount_cents, currency, bank_updated_at,"
        " ordered_at, search_text, payload, allocated_cents, version, needs_matching, needs_reread, created_at,"
        " updated_at) VALUES ({}, '{}', 'credit', 'completed', 1, 'EUR', {day}, {day}, '', '{{}}', 0, 1, false,"
        " false, {day}, {day})"
    )
    decision = (
        "INSERT INTO decisions (id, transaction_id, kind, actor_kind, actor, decided_at)"
        " VALUES (7, 1, 'associate', 'slack', 'U1', {day})"
    )
    message = (
        "INSERT INTO messages (key, purpose, object_id, talent_id, state, wanted_version, shown_version,"
        " attempts, next_attempt_at, created_at) VALUES ('{}', '{}', {}, {}, '{}', 1, 0, 0, {day}, {day})"
    )
    talent = "INSERT INTO talents (id, name, name_key, created_at) VALUES (3, 'A', 'a', {day})"
    statements = [
        talent.format(day=day),
        movement.format(1, "0190-a", day=day),
        movement.format(2, long_id, day=day),
        decision.format(day=day),
        *(message.format(*row, day=day) for row in OLD_MESSAGES),
    ]
    async with database.write() as session:
        connection = await session.connection()
        for statement in statements:
            await connection.exec_driver_sql(statement)
    await schema.upgrade(empty_url)
    async with database.read() as session:
        rows = (await session.scalars(select(Message).order_by(Message.id))).all()
    await database.close()
    assert [row.key for row in rows] == [
        keys.card_key("0190-a"),
        keys.card_key(long_id),
        keys.talent_key(MessagePurpose.TALENT_PAID, "0190-a", 7, 3),
        keys.talent_key(MessagePurpose.TALENT_CORRECTION, "0190-a", 7, 3),
        "card_group:1",
        "alert:1",
    ]
    assert rows[0].key == "payment_card:0190-a"
    assert keys.paid_key(rows[3].key) == rows[2].key
    for row, (former, *_) in zip(rows, OLD_MESSAGES, strict=True):
        assert former in keys.posted_keys(row), "it may stand in Slack under that"
    await schema.downgrade(empty_url, "0102")
    database = open_database(empty_url)
    async with database.read() as session:
        assert list(await session.scalars(select(Message.key).order_by(Message.id))) == [
            former for former, *_ in OLD_MESSAGES
        ]
    await database.close()


async def test_upgrading_twice_and_at_once_is_harmless(empty_url: str) -> None:
    await asyncio.gather(*(schema.upgrade(empty_url) for _ in range(3)))
    await schema.check(empty_url)


async def test_tables_of_another_program_version_are_refused(database_url: str) -> None:
    database = open_database(database_url)
    async with database.write() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await database.close()
    with pytest.raises(SchemaMismatch, match="9999"):
        await schema.check(database_url)
    with pytest.raises(SchemaMismatch, match="9999"):
        await schema.upgrade(database_url)


async def test_an_empty_database_is_not_up_to_date(empty_url: str) -> None:
    with pytest.raises(SchemaMismatch, match="none"):
        await schema.check(empty_url)


async def test_a_migration_that_fails_leaves_nothing_behind(empty_url: str) -> None:
    """D17: the second step meets a table that is in its way."""
    database = open_database(empty_url)
    async with database.write() as session:
        await session.execute(text("CREATE TABLE talents (id INTEGER)"))
    with pytest.raises(DBAPIError):
        await schema.upgrade(empty_url)
    async with database.write() as session:
        await session.execute(text("DROP TABLE talents"))
    await database.close()
    await schema.upgrade(empty_url)
    await schema.check(empty_url)


@pytest.mark.parametrize("table", ["allocations", "decisions", "audit"])
async def test_history_cannot_be_updated_or_deleted(database: Database, table: str) -> None:
    await seed_history(database)
    for statement in (f"UPDATE {table} SET actor = 'x'", f"DELETE FROM {table}"):  # our own names
        asked = statement.replace("actor = 'x'", "amount_cents = 2") if table == "allocations" else statement
        with pytest.raises(DBAPIError, match=f"{table} is append-only"):
            async with database.write() as session:
                await session.execute(text(asked))


async def test_history_cannot_be_truncated_on_postgresql(postgres_url: str) -> None:
    database = open_database(postgres_url)
    with pytest.raises(DBAPIError, match="append-only"):
        async with database.write() as session:
            await session.execute(text("TRUNCATE audit"))
    await database.close()


async def seed_history(database: Database) -> None:
    day = "'2026-01-01 00:00:00'"
    statements = [
        "INSERT INTO clients (id, name, name_key, created_at) VALUES (1, 'A', 'a', {day})",
        (
            "INSERT INTO invoices (id, number, number_key, client_id, kind, status, currency, total_cents,"
            " settled_cents, open_cents, due_date, language, search_text, version, created_at, updated_at)"
            " VALUES (1, 'F1', 'f1', 1, 'invoice', 'open', 'EUR', 1, 0, 1, '2026-01-01', 'fr', '', 1, {day}, {day})"
        ),
        (
            "INSERT INTO transactions (id, qonto_id, side, status, amount_cents, currency, bank_updated_at,"
            " ordered_at, search_text, payload, allocated_cents, version, needs_matching, needs_reread, created_at,"
            " updated_at) VALUES (1, 't', 'credit', 'completed', 1, 'EUR', {day}, {day}, '', '{{}}', 0, 1, false,"
            " false, {day}, {day})"
        ),
        (
            "INSERT INTO decisions (id, transaction_id, kind, actor_kind, actor, decided_at)"
            " VALUES (1, 1, 'associate', 'slack', 'U1', {day})"
        ),
        (
            "INSERT INTO allocations (id, decision_id, transaction_id, invoice_id, amount_cents, write_off_cents,"
            " created_at) VALUES (1, 1, 1, 1, 1, 0, {day})"
        ),
        (
            "INSERT INTO audit (seq, at, actor_kind, actor, action, object_type, object_id, details, previous_hash,"
            " hash) VALUES (1, {day}, 'slack', 'U1', 'x', 'y', '1', '{{}}', '0', '1')"
        ),
    ]
    async with database.write() as session:
        connection = await session.connection()
        for statement in statements:
            await connection.exec_driver_sql(statement.format(day=day))


async def test_a_damaged_file_is_refused_and_left_alone(sqlite_url: str) -> None:
    """D8: never a new database in its place."""
    file = Path(sqlite_url.removeprefix("sqlite+aiosqlite:///"))
    content = bytearray(file.read_bytes())
    content[4096 * 3 : 4096 * 6] = b"\xff" * 4096 * 3
    file.write_bytes(content)
    for attempt in (schema.upgrade, schema.check):
        with pytest.raises(DatabaseCorrupt, match="restore a backup"):
            await attempt(sqlite_url)
    assert file.read_bytes() == bytes(content)


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "bot.db"
    file.write_bytes(b"Rien d'une base de donnees, mais assez long pour un en-tete." * 20)
    with pytest.raises(DatabaseCorrupt):
        await schema.upgrade(f"sqlite+aiosqlite:///{file}")


async def test_a_database_that_vanished_is_not_replaced_in_silence(tmp_path: Path) -> None:
    """D9"""
    file = tmp_path / "data" / "bot.db"
    url = f"sqlite+aiosqlite:///{file}"
    await schema.upgrade(url)
    file.unlink()
    with pytest.raises(DatabaseMissing, match="restore it from a backup"):
        open_database(url)
    sqlite.marker_of(file).unlink()
    await schema.upgrade(url)
