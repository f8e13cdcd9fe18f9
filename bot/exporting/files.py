"""Writing the lines: CSV as French spreadsheets read it, XLSX with real numbers and dates.

A cell that begins like a formula is text and stays text (OWASP ASVS 5.0, 1.2.10): an apostrophe goes before
``= + - @``, tab, carriage return and NUL. Numbers and dates are written as such and never touched.
"""

import asyncio
import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Protocol

from openpyxl import Workbook
from openpyxl.cell import Cell as SheetCell
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from bot.context import Context
from bot.exporting.rows import HEADINGS, Cell, Names, lines_of
from bot.periods import Period
from store import export

SHEET = "Rapprochements"
MONEY_FORMAT = "#,##0.00"
DAY_FORMAT = "DD/MM/YYYY"
INSTANT_FORMAT = "DD/MM/YYYY HH:MM"
LONGEST_CELL = 32_000
# Excel takes its own limit of rows in a sheet; beyond it the CSV is the file to use.
MOST_SHEET_ROWS = 1_000_000
WIDTHS = (12, 12, 8, 28, 28, 34, 18, 18, 24, 22, 28, 12, 12, 22, 22, 17, 10, 38)
_FORMULA = re.compile(r"^\s*[=+\-@\t\r\n\x00＝＋－＠]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


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
    kinds: dict[str, type[CsvWriter | XlsxWriter]] = {".csv": CsvWriter, ".xlsx": XlsxWriter}
    if path.suffix.lower() not in kinds:
        raise ValueError(f"no export to {path.suffix or 'a file without a suffix'}")
    return kinds[path.suffix.lower()](path)


def _add(writers: Sequence[_Writer], rows: Sequence[Sequence[Cell]]) -> None:
    for writer in writers:
        writer.add(rows)


def _finish(writers: Sequence[_Writer]) -> None:
    for writer in writers:
        writer.finish()


def neutral(text: str) -> str:
    """Make a text harmless in a spreadsheet: no formula, no control character, no endless cell."""
    kept = _CONTROL.sub("", text)[:LONGEST_CELL]
    # Both are looked at: taking a control character out may bring a tab or a sign to the front.
    return f"'{kept}" if _FORMULA.match(text) or _FORMULA.match(kept) else kept


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


class XlsxWriter:
    """One sheet, headings frozen and filtered, numbers and dates typed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet(SHEET)
        self._sheet.freeze_panes = "A2"
        for column, width in zip(_letters(), WIDTHS, strict=True):
            self._sheet.column_dimensions[column].width = width
        self._sheet.append([self._heading(text) for text in HEADINGS])
        self._count = 1

    def add(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Write some lines."""
        for row in rows[: MOST_SHEET_ROWS - self._count]:
            self._sheet.append([self._cell(cell) for cell in row])
        self._count += len(rows)

    def finish(self) -> None:
        """Save the file."""
        self._sheet.auto_filter.ref = f"A1:{_letters()[-1]}{self._count}"
        self._book.save(self._path)
        self._book.close()

    def _heading(self, text: str) -> SheetCell:
        cell = WriteOnlyCell(self._sheet, text)
        cell.font = Font(bold=True)
        return cell

    def _cell(self, value: Cell) -> SheetCell | None:
        if value is None:
            return None
        cell = WriteOnlyCell(self._sheet)
        if isinstance(value, str):
            cell.value = neutral(value)
            cell.data_type = "s"
            return cell
        cell.value = value
        formats = {Decimal: MONEY_FORMAT, datetime: INSTANT_FORMAT, date: DAY_FORMAT}
        cell.number_format = formats[type(value)]
        return cell


def _letters() -> list[str]:
    return [chr(ord("A") + rank) for rank in range(len(HEADINGS))]
