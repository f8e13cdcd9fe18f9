"""``qonto-bot memory``: what an admin reads and deletes in a terminal."""

import asyncio

from store.db.engine import open_database
from tests.bot.cli.support import Shell
from tests.support.store_rows import add_invoice, add_payment, associate, undo


def test_the_memory_is_read_and_deleted(shell: Shell, sqlite_url: str) -> None:
    assert shell("memory", "list").out == "Rien n’a encore été appris.\n"
    asyncio.run(_decide(sqlite_url))
    listed = shell("memory", "list", "--client", "Nike").out
    assert "IBAN FR••0189 (NIKE FRANCE SAS)\n" in listed
    assert "Nom NIKE FRANCE\n" in listed
    assert "  → NIKE : 1\u00a0confirmation, la dernière le 27\u00a0janvier 2026\n" in listed
    assert "  → Adès : 0\u00a0confirmation, 1\u00a0annulation" in listed
    assert "jamais associé seul" in listed
    assert "FR7630006000011234567890189" not in listed

    forgotten = shell("memory", "forget", "FR••0189")
    assert forgotten.out == "Oublié : IBAN FR••0189. Les associations faites restent.\n"
    assert "IBAN" not in shell("memory", "list").out
    assert "Rien n’a été appris" in shell.refused("memory", "forget", "FR••0189")
    assert "il manque PAYEUR" in shell.refused("memory", "forget")


async def _decide(url: str) -> None:
    database = open_database(url)
    async with database.write() as session:
        nike = await add_invoice(session)
        ades = await add_invoice(session, "F-2", client="Adès", client_email=None)
        first, second = await add_payment(session), await add_payment(session, "t-2")
        await associate(session, first.id, (nike.id, 150_000))
        wrong = await associate(session, second.id, (ades.id, 150_000))
        await undo(session, wrong.id)
    await database.close()
