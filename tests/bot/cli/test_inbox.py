"""``qonto-bot inbox``: what could not be handled, read and replayed in a terminal."""

import asyncio

from sqlalchemy import select

from bot.messages.alerts import raise_alert
from store.db.engine import open_database
from store.inbox.handling import mark_failed, mark_handled
from store.inbox.writer import NewEvent, insert_events
from store.messages import alerts
from store.models import AuditEntry
from store.types import AlertKind, InboxState
from tests.bot.cli.support import Shell
from tests.support.store_rows import NOW


def test_what_failed_is_listed_and_replayed(shell: Shell, sqlite_url: str) -> None:
    assert shell("inbox", "list").out == "Toutes les notifications reçues sont traitées.\n"
    asyncio.run(_fill(sqlite_url))
    listed = shell("inbox", "list").out.splitlines()
    assert [line.split()[0] for line in listed] == ["3", "2", "1"]
    assert "type inconnu  illisible  0\u00a0essai" in listed[0]
    assert listed[0].endswith("no usable id")
    assert "v1/transactions  en échec, sera réessayée  1\u00a0essai" in listed[1]
    assert "v1/transactions  abandonnée  12\u00a0essais  reçue le 27\u00a0janv. à\u00a014:05" in listed[2]
    assert "MARTIN" not in "".join(listed)

    assert "Déjà" not in shell("inbox", "replay", "1").out
    assert "déjà rejoué" in shell.refused("inbox", "replay", "1")
    assert asyncio.run(_raised(sqlite_url)) == ["webhook_unreadable"]
    assert shell("inbox", "replay", "--all").out == "1\u00a0notification remise à traiter.\n"
    assert asyncio.run(_raised(sqlite_url)) == []
    assert "Déjà rejoué" in shell.refused("inbox", "replay", "--all")
    assert asyncio.run(_traced(sqlite_url)) == ["webhooks_replayed", "webhooks_replayed"]


def test_a_mistyped_replay_is_refused_in_french(shell: Shell) -> None:
    assert "ou bien --all" in shell.refused("inbox", "replay")
    assert "ou bien --all" in shell.refused("inbox", "replay", "3", "--all")
    assert "inconnu" in shell.refused("inbox", "replay", "99")
    assert shell("inbox", "replay", "zero").code == 2
    assert "Utilisation" in shell("inbox", "--help").out


async def _fill(url: str) -> None:
    database = open_database(url)
    async with database.write() as session:
        bodies = {name: f'{{"payer": "MARTIN", "n": "{name}"}}'.encode() for name in ("dead", "late", "fine")}
        events = [NewEvent(name, "v1/transactions", bodies[name], NOW) for name in ("dead", "late")]
        unread = NewEvent(None, None, b"MARTIN", NOW, InboxState.QUARANTINED, "no usable id")
        fine = NewEvent("fine", "v1/transactions", bodies["fine"], NOW)
        for event in (*events, unread, fine):
            await insert_events(session, [event])
        for _ in range(12):
            await mark_failed(session, 1, "IntegrityError", NOW)
        await mark_failed(session, 2, "IntegrityError", NOW)
        await mark_handled(session, 4, NOW)
        await raise_alert(session, AlertKind.WEBHOOK_UNREADABLE, NOW, subject="2026-01-27")
    await database.close()


async def _raised(url: str) -> list[str]:
    database = open_database(url)
    async with database.read() as session:
        kinds = [alert.kind for alert in await alerts.raised(session)]
    await database.close()
    return kinds


async def _traced(url: str) -> list[str]:
    database = open_database(url)
    async with database.read() as session:
        actions = list(await session.scalars(select(AuditEntry.action)))
    await database.close()
    return actions
