"""The measures that take minutes, on a handful of rows: they run, and say what they are about."""

from pathlib import Path

from benchmarks import busy, imports, sync
from benchmarks.report import table


async def test_webhooks_are_measured_alone_during_a_sync_and_during_an_import(tmp_path: Path) -> None:
    rows = await busy.measure(tmp_path, movements=300, invoices=40, rates=(20,), seconds=0.5)
    text = table(rows)
    for words in ("à 20/s seul", "pendant une synchronisation de 300", "pendant un import de 40", "Mo"):
        assert words in text
    assert "refusés" not in text


async def test_an_import_is_measured_beside_saving_one_by_one(tmp_path: Path) -> None:
    text = table(await imports.measure(tmp_path, count=60))
    assert "Import de 60 factures" in text
    assert "60 inchangées" in text


async def test_a_sync_is_measured_on_both_databases(tmp_path: Path) -> None:
    text = table(await sync.measure(tmp_path, movements=250))
    assert "SQLite : synchronisation de 250" in text
    assert "250 inchangées" in text
