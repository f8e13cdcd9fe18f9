"""Each invariant is proved able to fail: one deliberate bug, and the checker must name it.

Our code is never patched: a bug is what it would leave behind, done by hand to the database (with triggers
and constraints lifted), to Slack's screens, to the log, or to what the driver saw.
"""

import copy
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sandbox import agency
from store.db.engine import Database, open_database
from tests.faults.checks import check
from tests.faults.record import Click, Record
from tests.support.templates import sqlite_url_of
from tests.support.world import CAMILLE, FINANCE, MAUD, World, button_in, eventually, inside

Tamper = Callable[[World, Record], None]

BY_HAND = {
    "A1 lost event": "DELETE FROM inbox",
    "A1 lost movement": "UPDATE transactions SET qonto_id = 'another'",
    "A2/A3/A5/A6 payment_sum": "UPDATE transactions SET allocated_cents = 1",
    "A2/A3/A5/A6 paid_without_payment": "DELETE FROM allocations",
    "A3 model: decision": "UPDATE decisions SET reverses_id = NULL WHERE kind = 'undo'",
    "A3 payment": "UPDATE transactions SET state = 'ignored'",
    "A3 invoice": "UPDATE invoices SET status = 'open', settled_cents = 0 WHERE status = 'paid'",
    "A4 decision": "UPDATE decisions SET actor = 'U0HUGO'",
    "without audit line": "DELETE FROM audit",
    "A2/A3/A5/A6 audit_hole": "DELETE FROM audit WHERE seq = 1",
    "A2/A3/A5/A6 audit_changed": "UPDATE audit SET actor = 'U0NORA'",
    "A2 event twice": "CREATE TABLE loose AS SELECT * FROM inbox UNION ALL SELECT * FROM inbox;"
    "DROP TABLE inbox; ALTER TABLE loose RENAME TO inbox",
    "A8 allocations.amount_cents holds real": "CREATE TABLE loose AS SELECT * FROM allocations;"
    "DROP TABLE allocations; ALTER TABLE loose RENAME TO allocations;"
    "UPDATE allocations SET amount_cents = amount_cents + 0.5",
    "which is settled": "UPDATE transactions SET state = 'proposed'",
    "A5 talent": "UPDATE allocations SET decision_id = decision_id + 1000",
    "A8 movement": "UPDATE transactions SET amount_cents = amount_cents + 1",
    "we say pending": "UPDATE transactions SET status = 'pending'",
    "is in Slack, not in the ledger": "DELETE FROM messages WHERE purpose = 'talent_paid'",
}


@asynccontextmanager
async def told_story(folder: Path) -> AsyncIterator[tuple[World, Record, Path]]:
    """A payment that was associated, undone and associated again; everything holds."""
    record = Record()
    async with inside(folder) as (world, service):
        await world.people.pay("numero-exact")
        for words, label in ((("À rapprocher",), "Associer"), (("✓ Associé", "talent prévenu"), "Annuler l’association"),
                             (("À rapprocher",), "Associer")):  # fmt: skip
            card = await world.card("NIKE FRANCE", *words)
            _, button = button_in(card["blocks"], label)
            await world.people.click(MAUD, card, label)
            record.clicks.append(Click(MAUD, button["action_id"], button["value"], acknowledged=True))
        await world.card("✓ Associé", "talent prévenu")

        async def all_told() -> bool:
            return len(await world.people.direct_messages(CAMILLE)) == 3

        await eventually(all_told)
        assert await look(service.ctx.database, world, record) == []
        yield world, record, Path(str(service.ctx.database.file))


async def look(database: Database, world: World, record: Record, log: str = "") -> list[str]:
    return await check(world, database, record, log)


async def test_every_deliberate_bug_is_seen(tmp_path: Path) -> None:
    async with told_story(tmp_path) as (world, record, file):
        untouched = open_database(sqlite_url_of(file))
        await every_wrong_screen_is_seen(world, record, untouched)
        await every_secret_in_the_log_is_seen(world, record, untouched)
        await untouched.close()
        for expected, statement in BY_HAND.items():
            copied = tmp_path / "tampered.db"
            with sqlite3.connect(file) as source, sqlite3.connect(copied) as target:
                source.backup(target)
            tamper(copied, statement)
            database = open_database(sqlite_url_of(copied))
            found = await look(database, world, record)
            await database.close()
            assert any(expected in one for one in found), f"{statement}: {found}"
            for path in tmp_path.glob("tampered.db*"):
                path.unlink()


def tamper(file: Path, statement: str) -> None:
    """Do what triggers and constraints forbid, as somebody with the file in hand could."""
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("PRAGMA ignore_check_constraints = ON")
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.executescript(statement)


def _messages(world: World, channel: str) -> dict[str, Any]:
    return world.sandbox.workspace.history[channel]


def _second_card(world: World, _record: Record) -> None:
    [card] = [one for one in _messages(world, FINANCE).values() if one.metadata]
    _messages(world, FINANCE)["9999999999.000001"] = copy.copy(card)


def _stale_card(world: World, _record: Record) -> None:
    for card in _messages(world, FINANCE).values():
        card.blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "À rapprocher"}}]


def _lost_card(world: World, _record: Record) -> None:
    _messages(world, FINANCE).clear()


def _told_twice(world: World, _record: Record) -> None:
    channel = world.sandbox.workspace.im_with(CAMILLE)
    assert channel is not None
    first = next(iter(_messages(world, channel.id).values()))
    _messages(world, channel.id)["9999999999.000002"] = copy.copy(first)


def _never_told(world: World, _record: Record) -> None:
    channel = world.sandbox.workspace.im_with(CAMILLE)
    assert channel is not None
    _messages(world, channel.id).clear()


def _unasked(_world: World, record: Record) -> None:
    record.clicks.clear()


def _undo_that_was_lost(_world: World, record: Record) -> None:
    record.clicks.append(Click(MAUD, "payment.undo", "v1:3", acknowledged=True))


SCREENS: dict[str, Tamper] = {
    "stands 2 times": _second_card,
    "does not show allocated": _stale_card,
    "is in the ledger, not in Slack": _lost_card,
    "told 2": _told_twice,
    "told 0": _never_told,
    "A4 1 acknowledged undos of U0MAUD": _undo_that_was_lost,
    "A4 U0MAUD associate 2 times, clicked 0": _unasked,
}
LINES = (
    f"token={agency.SLACK_BOT_TOKEN}",
    f"key {agency.QONTO_WEBHOOK_SECRET}",
    f"paid by {agency.payers()[0].iban}",
    'body={"id": "e1", "subscription_id": "s1"}',
)


async def every_wrong_screen_is_seen(world: World, record: Record, database: Database) -> None:
    workspace = world.sandbox.workspace
    for expected, tampering in SCREENS.items():
        history, clicks = copy.deepcopy(workspace.history), list(record.clicks)
        tampering(world, record)
        found = await look(database, world, record)
        workspace.history, record.clicks = history, clicks
        assert any(expected in one for one in found), f"{expected}: {found}"


async def every_secret_in_the_log_is_seen(world: World, record: Record, database: Database) -> None:
    for line in LINES:
        found = await look(database, world, record, f"2026-01-01 info {line}")
        assert [one for one in found if one.startswith("A7")], line
