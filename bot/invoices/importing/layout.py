"""How the file is laid out: its separator and its columns, both read from the headings."""

import csv
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.invoices.importing.model import ImportRefusedError, Problem
from bot.locale import fr

SEPARATORS = (";", ",", "\t")
REQUIRED = ("number", "client", "total", "due_date")

# Each column of the contract under the names people and invoicing programs give it, folded.
_NAMES = {
    "number": (
        "number numero n no num facture invoice invoice_number numero_facture numero_de_facture "
        "n_facture n_de_facture no_facture"
    ),
    "client": "client customer client_name nom_client nom_du_client marque societe",
    "client_email": "client_email email_client e_mail_client mail_client courriel_client email_du_client",
    "talent": "talent talent_name nom_talent nom_du_talent",
    "talent_email": "talent_email email_talent e_mail_talent mail_talent courriel_talent email_du_talent",
    "collaboration": "collaboration collab campagne campaign projet prestation operation",
    "total": ("total amount total_amount montant montant_ttc montant_total montant_total_ttc total_ttc ttc"),
    "currency": "currency devise monnaie",
    "issue_date": (
        "issue_date date invoice_date date_emission date_d_emission emission date_facture "
        "date_de_facture date_de_facturation emise_le"
    ),
    "due_date": "due_date due echeance date_echeance date_d_echeance a_payer_avant payable_avant_le",
    "kind": "kind type nature type_de_document",
    "language": "language langue",
}
HEADINGS: Mapping[str, Sequence[str]] = {column: names.split() for column, names in _NAMES.items()}
_COLUMN_OF = {heading: column for column, headings in HEADINGS.items() for heading in headings}


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each column stands. ``headings`` are as written; ``ignored`` are those we do not use."""

    separator: str
    headings: tuple[str, ...]
    positions: Mapping[str, int]
    ignored: tuple[str, ...]

    def heading(self, column: str) -> str:
        """Give the file's own name of a column."""
        return self.headings[self.positions[column]].strip()


def read_layout(heading_line: str, separator: str | None, own: Mapping[str, str]) -> Layout:
    """Recognise the headings; ``own`` adds headings of one's own, folded alike.

    Raises ImportRefusedError saying what was expected and what was found.
    """
    names = _COLUMN_OF | {_fold(heading): column for heading, column in own.items()}
    candidates = [separator] if separator else SEPARATORS
    rows = {each: _cells(heading_line, each) for each in candidates}
    chosen = max(candidates, key=lambda each: sum(_fold(cell) in names for cell in rows[each]))
    return _layout(chosen, rows[chosen], names)


def _layout(separator: str, headings: Sequence[str], names: Mapping[str, str]) -> Layout:
    positions: dict[str, int] = {}
    ignored = []
    for index, heading in enumerate(headings):
        column = names.get(_fold(heading))
        if column is None:
            ignored.append(heading.strip())
        elif column in positions:
            first = headings[positions[column]].strip()
            raise _refusal(f"Deux colonnes disent la même chose : « {first} » et « {heading.strip()} ».")
        else:
            positions[column] = index
    missing = [column for column in REQUIRED if column not in positions]
    if missing:
        raise _refusal(_missing(missing, headings))
    return Layout(separator, tuple(headings), positions, tuple(name for name in ignored if name))


def _missing(missing: Sequence[str], headings: Sequence[str]) -> str:
    expected = fr.join([" ou ".join(HEADINGS[column][:2]) for column in missing])
    found = ", ".join(heading.strip()[:40] for heading in headings[:30])
    return f"Colonnes manquantes : {expected}. Titres lus : {found or 'aucun'}."


def _cells(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return []


def _fold(heading: str) -> str:
    """Compare headings without case, accents or punctuation: ``N° de facture`` is ``n_de_facture``."""
    decomposed = unicodedata.normalize("NFD", heading.replace("\ufeff", "").lower())
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def _refusal(reason: str) -> ImportRefusedError:
    return ImportRefusedError([Problem(None, None, reason)])
