"""One line of the file becomes one invoice, or the list of what is wrong with it."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from bot.invoices.importing.dates import read_day
from bot.invoices.importing.layout import Layout
from bot.invoices.importing.model import Problems, UnreadableCellError
from bot.locale.amounts import UnreadableAmountError, read_cents
from store.invoices.save import NewInvoice
from store.types import InvoiceKind

LONGEST = 255
_EMAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;.]+")
_CURRENCY = re.compile(r"[A-Z]{3}")
_KINDS = {
    "": InvoiceKind.INVOICE,
    "invoice": InvoiceKind.INVOICE,
    "facture": InvoiceKind.INVOICE,
    "credit_note": InvoiceKind.CREDIT_NOTE,
    "credit note": InvoiceKind.CREDIT_NOTE,
    "avoir": InvoiceKind.CREDIT_NOTE,
}
_LANGUAGES = {
    "": "fr",
    "fr": "fr",
    "en": "en",
    "français": "fr",
    "anglais": "en",
    "french": "fr",
    "english": "en",
}

T = TypeVar("T")


def read_invoice(layout: Layout, cells: Sequence[str], line: int, problems: Problems) -> NewInvoice | None:
    """Read one line; None when something is wrong, with each reason added to ``problems``."""
    if any(cell.strip() for cell in cells[len(layout.headings) :]):
        problems.add(
            line,
            None,
            f"{len(cells)} valeurs pour {len(layout.headings)} colonnes : "
            "mettre entre guillemets les valeurs qui contiennent le séparateur",
        )
        return None
    row = _Row(layout, cells, line, problems)
    kind = row.read("kind", _kind) or InvoiceKind.INVOICE
    readers = {**_READERS, "total": lambda text: _total(text, kind)}
    values: dict[str, Any] = {column: row.read(column, reader) for column, reader in readers.items()}
    if row.failed:
        return None
    return NewInvoice(kind=kind, total_cents=values.pop("total"), **values)


class _Row:
    """The cells of one line by column, and whether one of them could not be read."""

    def __init__(self, layout: Layout, cells: Sequence[str], line: int, problems: Problems) -> None:
        self._layout = layout
        self._cells = cells
        self._line = line
        self._problems = problems
        self.failed = False

    def read(self, column: str, reader: Callable[[str], T]) -> T | None:
        """Read one cell; an absent column or a missing cell at the end of a line reads as empty."""
        try:
            return reader(_tidy(self._text(column)))
        except (UnreadableCellError, UnreadableAmountError) as error:
            self.failed = True
            heading = self._layout.heading(column) if column in self._layout.positions else column
            self._problems.add(self._line, heading, str(error))
            return None

    def _text(self, column: str) -> str:
        position = self._layout.positions.get(column)
        return "" if position is None or position >= len(self._cells) else self._cells[position]


def _tidy(text: str) -> str:
    """Trim; a line break inside a quoted cell becomes a space. Formulas stay as they are written."""
    text = re.sub(r"[\r\n\t]+", " ", text).strip()
    if any(unicodedata.category(char) == "Cc" for char in text):
        raise UnreadableCellError("caractère de contrôle dans la valeur")
    if len(text) > LONGEST:
        raise UnreadableCellError(f"valeur trop longue ({len(text)} caractères, {LONGEST} au plus)")
    return text


def _required(text: str) -> str:
    if not text:
        raise UnreadableCellError("valeur manquante")
    return text


def _optional(text: str) -> str | None:
    return text or None


def _total(text: str, kind: InvoiceKind) -> int:
    """Give positive cents. Only a line that says it is a credit note may be negative."""
    cents = read_cents(_required(text))
    if cents == 0:
        raise UnreadableCellError("montant nul")
    if cents < 0 and kind is not InvoiceKind.CREDIT_NOTE:
        raise UnreadableCellError("montant négatif : pour un avoir, l’écrire dans une colonne « type »")
    return abs(cents)


def _email(text: str) -> str | None:
    if text and not _EMAIL.fullmatch(text):
        raise UnreadableCellError("adresse e-mail invalide")
    return text or None


def _currency(text: str) -> str:
    code = {"": "EUR", "€": "EUR"}.get(text, text.upper())
    if not _CURRENCY.fullmatch(code):
        raise UnreadableCellError("devise inconnue : écrire un code à trois lettres, comme EUR")
    return code


def _kind(text: str) -> InvoiceKind:
    kind = _KINDS.get(text.lower())
    if kind is None:
        raise UnreadableCellError("type inconnu : écrire facture ou avoir")
    return kind


def _language(text: str) -> str:
    language = _LANGUAGES.get(text.lower())
    if language is None:
        raise UnreadableCellError("langue inconnue : écrire fr ou en")
    return language


# In the order in which problems of a line are told.
_READERS: Mapping[str, Callable[[str], Any]] = {
    "number": _required,
    "client": _required,
    "total": _required,
    "due_date": lambda text: read_day(_required(text)),
    "talent": _optional,
    "collaboration": _optional,
    "client_email": _email,
    "talent_email": _email,
    "issue_date": lambda text: read_day(text) if text else None,
    "currency": _currency,
    "language": _language,
}
