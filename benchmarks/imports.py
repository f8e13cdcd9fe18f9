"""An import of invoices, against saving some of them one by one as a request does; memory of the import."""

import csv
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from benchmarks.report import Row
from bot.context import Context
from bot.invoices.importing import import_file
from store.db import schema
from store.db.engine import Database, open_database
from store.invoices.save import NewInvoice, save_invoice
from tests.support.world import settings_for, stand_ins

INVOICES = 10_000
ALONE = 300
FIRST_DUE = date(2026, 1, 1)


def write_file(path: Path, count: int, first: int = 0) -> None:
    """Write invoices of twenty per client, forty per talent, each its own collaboration."""
    with path.open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text, delimiter=";")
        writer.writerow(["number", "client", "client_email", "talent", "talent_email", "collaboration", "total",
                         "currency", "issue_date", "due_date"])  # fmt: skip
        writer.writerows(_line(index) for index in range(first, first + count))


def _line(index: int) -> Sequence[str]:
    client, talent = index // 20, index // 40
    due = FIRST_DUE + timedelta(days=index % 300)
    return (f"BENCH-{index:07d}", f"CLIENT {client:05d} SARL", f"compta@client{client}.example",
            f"Talent {talent:05d}", f"talent{talent}@agence.example", f"Campagne {index}",
            f"{1000 + index % 9000}.50", "EUR", (due - timedelta(days=30)).isoformat(), due.isoformat())  # fmt: skip


async def one_by_one(database: Database, count: int) -> float:
    """Save invoices of a client and a talent each in its own call; seconds per invoice."""
    now = datetime.now(UTC)
    started = time.perf_counter()
    async with database.write() as session:
        for index in range(count):
            new = NewInvoice(
                number=f"ALONE-{index}", client=f"SEUL {index // 20}", total_cents=1000, due_date=FIRST_DUE,
                talent=f"Seule {index // 40}", talent_email=f"seule{index // 40}@agence.example",
                collaboration=f"Campagne {index}",
            )  # fmt: skip
            await save_invoice(session, new, now)
    return (time.perf_counter() - started) / count


async def measure(folder: Path, count: int = INVOICES, url: str | None = None) -> list[Row]:
    """Import a file twice (the second time nothing changes) beside one-by-one saving."""
    async with stand_ins("http://127.0.0.1:1") as (world, sandbox_url):
        settings = settings_for(world, sandbox_url, folder, url)
        await schema.upgrade(settings.database_url)
        database = open_database(settings.database_url)
        ctx = Context(settings, database, None)  # type: ignore[arg-type]  # no bank is asked
        with tempfile.TemporaryDirectory() as own:
            file = Path(own) / "factures.csv"
            write_file(file, count)
            alone = await one_by_one(database, min(ALONE, count))
            started = time.perf_counter()
            report = await import_file(ctx, file)
            first = time.perf_counter() - started
            again = await import_file(ctx, file)
            second = time.perf_counter() - started - first
        await database.close()
    return [
        Row(f"Import de {report.created} factures", first, "", "s"),
        Row("… par facture", 1000 * first / report.created, "", "ms"),
        Row("… une à une, comme par l’API, par facture", 1000 * alone, "", "ms"),
        Row("… une à une / import", alone * report.created / first, "≥ 5", "ratio"),
        Row(f"… une seconde fois ({again.unchanged} inchangées)", second, "", "s"),
    ]
