"""Invoices from a file: read it whole, say everything that is wrong, then save all of it or nothing."""

from bot.invoices.importing.model import ImportOptions, ImportRefusedError, ImportReport, Problem
from bot.invoices.importing.run import import_file

__all__ = ["ImportOptions", "ImportRefusedError", "ImportReport", "Problem", "import_file"]
