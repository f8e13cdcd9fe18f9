import asyncio
from pathlib import Path

from store.db.engine import open_database
from tests.bot.cli.support import Shell
from tests.support.store_rows import add_payment


def test_an_export_is_written_whole_or_not_at_all(shell: Shell, sqlite_url: str, tmp_path: Path) -> None:
    asyncio.run(_add(sqlite_url))
    file = tmp_path / "export.xlsx"
    ran = shell("export", "--from", "2026-01-01", "--to", "2026-01-31", str(file))
    assert ran.code == 0
    assert "1 paiements exportés, 1 lignes" in ran.out.replace("\u00a0", " ")
    assert file.read_bytes().startswith(b"PK")
    assert list(tmp_path.glob("*partial*")) == []


async def _add(url: str) -> None:
    database = open_database(url)
    async with database.write() as session:
        await add_payment(session)
    await database.close()


def test_a_wrong_file_or_period_is_one_sentence(shell: Shell, tmp_path: Path) -> None:
    assert ".csv ou .xlsx" in shell.refused("export", str(tmp_path / "e.ods"))
    assert "n’existe pas" in shell.refused("export", str(tmp_path / "absent" / "e.csv"))
    dates = ["--from", "2026-02-01", "--to", "2026-01-01"]
    assert "avant --from" in shell.refused("export", *dates, str(tmp_path / "e.csv"))
    assert "valeur refusée" in shell.refused("export", "--from", "hier", str(tmp_path / "e.csv"))
