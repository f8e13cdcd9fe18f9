"""The words of an import: what is asked, what is wrong, what was done."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.locale import fr

SHOWN_PROBLEMS = 50


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in the file. ``line`` counts from 1, headings included; None concerns the file."""

    line: int | None
    column: str | None
    reason: str

    def sentence(self) -> str:
        """Write « Ligne 12, colonne « total » : montant illisible »."""
        if self.line is None:
            return self.reason
        column = f", colonne « {self.column} »" if self.column else ""
        return f"Ligne {self.line}{column} : {self.reason}"


class UnreadableCellError(ValueError):
    """A cell that cannot be taken as what its column holds; the message is the French reason."""


class ImportRefusedError(Exception):
    """The file was refused and nothing was saved. ``problems`` are in file order, ``total`` counts all."""

    def __init__(self, problems: Sequence[Problem], total: int | None = None) -> None:
        self.problems = tuple(problems)
        self.total = len(self.problems) if total is None else total
        super().__init__("\n".join(self.sentences()))

    def sentences(self) -> list[str]:
        """Give what to show: the first problems, then how many more there are."""
        lines = [problem.sentence() for problem in self.problems]
        hidden = self.total - len(lines)
        if hidden > 0:
            lines.append(f"… et {fr.count(hidden, 'autre problème', 'autres problèmes')}.")
        return lines


@dataclass(slots=True)
class Problems:
    """Collects what is wrong, remembering the first ones and counting the rest: memory stays bounded."""

    kept: list[Problem] = field(default_factory=list)
    total: int = 0

    def add(self, line: int | None, column: str | None, reason: str) -> None:
        """Record one problem."""
        self.total += 1
        if len(self.kept) < SHOWN_PROBLEMS:
            self.kept.append(Problem(line, column, reason))

    def refusal(self) -> ImportRefusedError:
        """Turn what was collected into the refusal of the file."""
        return ImportRefusedError(self.kept, self.total)


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """``update`` changes known invoices without payments; ``skip_bad`` saves the good lines only.

    ``columns`` adds headings of one's own: ``{"Montant facturé": "total"}``. ``progress`` is told how
    many lines were read, then saved.
    """

    update: bool = False
    skip_bad: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)
    progress: Callable[[str, int], None] | None = None


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, in invoices. ``skipped`` lines are only there with ``skip_bad``."""

    created: int
    changed: int
    unchanged: int
    encoding: str
    ignored_columns: tuple[str, ...] = ()
    skipped: int = 0
    problems: tuple[Problem, ...] = ()

    def sentences(self) -> list[str]:
        """Tell it in French, counts first."""
        counts = (
            fr.count(self.created, "facture créée", "factures créées"),
            fr.count(self.changed, "modifiée"),
            fr.count(self.unchanged, "inchangée"),
        )
        lines = [f"{', '.join(counts)} (fichier lu en {self.encoding})."]
        if self.ignored_columns:
            lines.append(f"Colonnes non utilisées : {', '.join(self.ignored_columns)}.")
        if self.skipped:
            lines.append(f"{fr.count(self.skipped, 'ligne écartée', 'lignes écartées')} :")
            lines.extend(problem.sentence() for problem in self.problems)
        return lines
