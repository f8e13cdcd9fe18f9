"""Reconciliations as files for the accountant: CSV and XLSX, one line per payment and invoice."""

from bot.exporting.files import Export, write_export
from bot.exporting.rows import HEADINGS, Names

__all__ = ["HEADINGS", "Export", "Names", "write_export"]
