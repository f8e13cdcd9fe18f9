"""Invoices read but not saved yet, kept on disk: a million lines must not weigh on memory."""

import sqlite3
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from pydantic import TypeAdapter

from store.invoices.save import NewInvoice
from store.text import number_key

_INVOICE: TypeAdapter[NewInvoice] = TypeAdapter(NewInvoice)
_TABLE = "CREATE TABLE lines (line INTEGER PRIMARY KEY, number_key TEXT UNIQUE, invoice BLOB)"


class Staging:
    """A private temporary SQLite file, which SQLite itself deletes; unrelated to our database."""

    def __init__(self) -> None:
        # The reading runs in a worker thread, one at a time.
        self._lines = sqlite3.connect("", check_same_thread=False)
        self._lines.execute(_TABLE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lines.close()

    def add(self, line: int, invoice: NewInvoice) -> tuple[int, bool] | None:
        """Keep one invoice; when its number was read already, give that line and whether both agree."""
        content = _INVOICE.dump_json(invoice)
        key = number_key(invoice.number)
        added = self._lines.execute("INSERT OR IGNORE INTO lines VALUES (?, ?, ?)", (line, key, content))
        if added.rowcount:
            return None
        found = self._lines.execute("SELECT line, invoice FROM lines WHERE number_key = ?", (key,))
        first_line, first_content = found.fetchone()
        return first_line, first_content == content

    def drop(self, line: int) -> None:
        """Leave out one line after all."""
        self._lines.execute("DELETE FROM lines WHERE line = ?", (line,))

    def replace(self, line: int, invoice: NewInvoice) -> None:
        """Keep another content for one line."""
        content = _INVOICE.dump_json(invoice)
        self._lines.execute("UPDATE lines SET invoice = ? WHERE line = ?", (content, line))

    def batches(self, size: int) -> Iterator[list[tuple[int, NewInvoice]]]:
        """Give the lines in file order, ``size`` at a time."""
        last = 0
        while True:
            rows = self._lines.execute(
                "SELECT line, invoice FROM lines WHERE line > ? ORDER BY line LIMIT ?", (last, size)
            ).fetchall()
            if not rows:
                return
            last = rows[-1][0]
            yield [(line, _INVOICE.validate_json(content)) for line, content in rows]
