"""The lines as an XLSX sheet, with real numbers and dates."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell import Cell as SheetCell
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from bot.exporting.neutral import neutral
from bot.exporting.rows import HEADINGS, Cell

SHEET = "Rapprochements"
MONEY_FORMAT = "#,##0.00"
DAY_FORMAT = "DD/MM/YYYY"
INSTANT_FORMAT = "DD/MM/YYYY HH:MM"
# Excel takes its own limit of rows in a sheet; beyond it the CSV is the file to use.
MOST_SHEET_ROWS = 1_000_000
WIDTHS = (12, 12, 8, 28, 28, 34, 18, 18, 24, 22, 28, 12, 12, 22, 22, 17, 10, 38)


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
