"""Decisions about payments: associate, undo, set aside, take back. Each is one database transaction."""

from bot.reconciliation.associate import associate, associate_suggestion
from bot.reconciliation.dismiss import dismiss_suggestions
from bot.reconciliation.model import Choice, Decided, Rest
from bot.reconciliation.set_aside import ignore, restore
from bot.reconciliation.undo import reopen_remainder, undo, undo_decision, undo_invoices

__all__ = [
    "Choice",
    "Decided",
    "Rest",
    "associate",
    "associate_suggestion",
    "dismiss_suggestions",
    "ignore",
    "reopen_remainder",
    "restore",
    "undo",
    "undo_decision",
    "undo_invoices",
]
