"""The file, line after line, in bounded memory."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from bot.invoices.importing.layout import Layout

LONGEST_LINE = 1 << 20
MOST_HEADING_LINES = 10


class BrokenCsvError(ValueError):
    """The file stops being CSV at ``line``; what follows cannot be trusted. The message is French."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


def open_text(path: Path, codec: str) -> TextIO:
    """Open the file for csv, which wants line breaks as they are."""
    return path.open(encoding=codec, newline="")


def read_heading(text: TextIO) -> tuple[str, str | None, int]:
    """Read past blank lines up to the headings: their text, a ``sep=`` line's separator, lines read.

    Excel writes and obeys a first line ``sep=;``. Headings may hold line breaks inside quotes.
    """
    separator: str | None = None
    heading = ""
    number = 0
    for number, line in enumerate(_physical_lines(text), start=1):
        bare = line.lstrip("\ufeff").strip()
        if (
            not heading
            and separator is None
            and bare.lower().startswith("sep=")
            and len(bare) == len("sep=;")
        ):
            separator = bare[-1]
        elif heading or bare.strip(";,\t "):
            heading += line
            if heading.count('"') % 2 == 0 or number > MOST_HEADING_LINES:
                break
    return heading.lstrip("\ufeff"), separator, number


def data_lines(text: TextIO, layout: Layout, lines_read: int) -> Iterator[tuple[int, Sequence[str]]]:
    """Give each data line with its number in the file; blank lines are passed over.

    Raises BrokenCsvError for a quote that never closes, and for lines longer than a person writes.
    """
    reader = csv.reader(_physical_lines(text, lines_read), delimiter=layout.separator, strict=True)
    while True:
        line = lines_read + reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error:
            raise BrokenCsvError(
                line, "guillemets mal fermés ou valeur démesurée : la suite ne peut pas être lue"
            ) from None
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield line, cells


def _physical_lines(text: TextIO, lines_read: int = 0) -> Iterator[str]:
    while line := text.readline(LONGEST_LINE):
        lines_read += 1
        if len(line) == LONGEST_LINE:
            raise BrokenCsvError(lines_read, "ligne démesurée : ce fichier n’est pas un CSV de factures")
        yield line
