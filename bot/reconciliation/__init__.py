"""Decisions about payments: associate, undo, set aside, take back. Each is one database transaction."""

from bot.reconciliation.associate import associate, associate_proposal
from bot.reconciliation.dismiss import dismiss_proposals
from bot.reconciliation.model import Choice, Decided, Rest
from bot.reconciliation.set_aside import ignore, restore
from bot.reconciliation.undo import reopen_remainder, undo, undo_decision, undo_invoices

__all__ = [
    "Choice",
    "Decided",
    "Rest",
    "associate",
    "associate_proposal",
    "dismiss_proposals",
    "ignore",
    "reopen_remainder",
    "restore",
    "undo",
    "undo_decision",
    "undo_invoices",
]
