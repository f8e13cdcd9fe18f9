"""A file of invoices, written and imported, and what is stored of it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.context import Context
from bot.invoices.importing import ImportOptions, ImportRefusedError, ImportReport, import_file
from store.db.engine import Database
from store.models import Invoice, selects

NOW = datetime(2026, 1, 27, 9, 0, tzinfo=UTC)
HEADINGS = "number,client,client_email,talent,talent_email,collaboration,total,currency,issue_date,due_date\n"

NIKE = (
    "FACT-2026-042,NIKE,compta@nike.example,Camille D.,camille@agence.example,Campagne printemps,"
    "1500.00,EUR,2026-01-02,2026-01-30\n"
)


def write(file: Path, content: str | bytes) -> None:
    file.write_bytes(content if isinstance(content, bytes) else content.encode())


async def write_and_import(ctx: Context, file: Path, content: str | bytes, **options: object) -> ImportReport:
    write(file, content)
    return await import_file(ctx, file, options=ImportOptions(**options))  # type: ignore[arg-type]  # by name


async def refusal(ctx: Context, file: Path, content: str | bytes, **options: object) -> list[str]:
    with pytest.raises(ImportRefusedError) as refused:
        await write_and_import(ctx, file, content, **options)
    return refused.value.sentences()


async def stored(database: Database) -> Sequence[Invoice]:
    async with database.read() as session:
        query = select(Invoice).options(*selects.whole_invoice()).order_by(Invoice.number)
        return (await session.scalars(query)).all()


def counts(report: ImportReport) -> tuple[int, int, int]:
    return report.created, report.changed, report.unchanged
