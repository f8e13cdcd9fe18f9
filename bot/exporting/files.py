"""Writing the lines into files: CSV as French spreadsheets read it, and XLSX (``bot.exporting.sheet``)."""

import asyncio
import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Protocol

from bot.context import Context
from bot.exporting.neutral import neutral
from bot.exporting.rows import HEADINGS, Cell, Names, lines_of
from bot.queries.periods import Period
from store.queries import export


@dataclass(frozen=True, slots=True)
class Export:
    """What was written: how many lines and payments."""

    lines: int
    payments: int


async def write_export(ctx: Context, period: Period, files: Sequence[Path], names: Names) -> Export:
    """Write the same lines into each file, by its suffix (.csv or .xlsx); memory stays bounded.

    Raises ValueError for another suffix. A file that could not be finished is removed.
    """
    writers = [_writer(path) for path in files]
    lines = payments = 0
    try:
        async with ctx.database.read() as session:
            groups = await export.groups(session, period.since(), period.until())
            async for chunk in export.explained(session, period.since(), period.until()):
                rows = [row for one in chunk for row in lines_of(one, groups, names)]
                await asyncio.to_thread(_add, writers, rows)
                lines, payments = lines + len(rows), payments + len(chunk)
        await asyncio.to_thread(_finish, writers)
    except BaseException:
        for path in files:
            path.unlink(missing_ok=True)
        raise
    return Export(lines, payments)


class _Writer(Protocol):
    def add(self, rows: Sequence[Sequence[Cell]]) -> None: ...
    def finish(self) -> None: ...


def _writer(path: Path) -> _Writer:
    match path.suffix.lower():
        case ".csv":
            return CsvWriter(path)
        case ".xlsx":
            # Its library takes longer to load than the whole command line: only for who asks for a sheet.
            from bot.exporting.sheet import XlsxWriter  # noqa: PLC0415

            return XlsxWriter(path)
    raise ValueError(f"no export to {path.suffix or 'a file without a suffix'}")


def _add(writers: Sequence[_Writer], rows: Sequence[Sequence[Cell]]) -> None:
    for writer in writers:
        writer.add(rows)


def _finish(writers: Sequence[_Writer]) -> None:
    for writer in writers:
        writer.finish()


class CsvWriter:
    """Semicolons, decimal commas, a byte order mark: what a French spreadsheet opens without asking."""

    def __init__(self, path: Path) -> None:
        self._stream = path.open("w", encoding="utf-8-sig", newline="")
        self._rows = csv.writer(self._stream, delimiter=";", lineterminator="\r\n")
        self._rows.writerow(HEADINGS)

    def add(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Write some lines."""
        self._rows.writerows([_csv_text(cell) for cell in row] for row in rows)

    def finish(self) -> None:
        """Close the file."""
        self._stream.close()


def _csv_text(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case Decimal():
            return str(cell).replace(".", ",")
        case datetime():
            return f"{cell:%d/%m/%Y %H:%M}"
        case date():
            return f"{cell:%d/%m/%Y}"
    return neutral(cell)
