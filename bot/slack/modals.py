"""The modal « Associer un paiement »: pure, state in, view out. Titles have 24 characters at most."""

from datetime import date
from typing import Any

from bot import fr
from bot.payment_view import InvoiceLine, PaymentView
from bot.slack import ids
from bot.slack.blocks import Block, option, plain_text, rich, section
from bot.slack.cards import headline
from bot.slack.text import plain

PICK_BLOCK = "invoice"
AMOUNT_BLOCK = "amount"
View = dict[str, Any]


def associate_modal(view: PaymentView) -> View:
    """Ask which invoice the payment settles, and how much of it goes there."""
    return {
        "type": "modal",
        "callback_id": ids.ASSOCIATE_VIEW,
        "private_metadata": ids.value(view.id),
        "title": plain_text("Associer un paiement"),
        "submit": plain_text("Associer"),
        "close": plain_text("Annuler"),
        "blocks": [_recap(view), _pick(), _amount(view)],
    }


def _recap(view: PaymentView) -> Block:
    facts = [fr.day(fr.paris_day(view.settled_at))] if view.settled_at else []
    facts += [plain(text, 200) for text in (view.reference,) if text]
    facts.append(f"reste à associer\u00a0: {fr.amount(view.unallocated_cents, view.currency)}")
    return rich([(headline(view), True)], [(" · ".join(facts), False)])


def _pick() -> Block:
    return {
        "type": "input",
        "block_id": PICK_BLOCK,
        "label": plain_text("Facture"),
        "hint": plain_text("Cherchez par numéro, client, talent ou montant."),
        "element": {
            "type": "external_select",
            "action_id": ids.PICK_INVOICE,
            "placeholder": plain_text("Chercher une facture"),
            "min_query_length": 0,
        },
    }


def _amount(view: PaymentView) -> Block:
    return {
        "type": "input",
        "block_id": AMOUNT_BLOCK,
        "optional": True,
        "label": plain_text(f"Montant à associer ({view.currency})"),
        "hint": plain_text("Vide\u00a0: tout ce que la facture doit encore, dans la limite du paiement."),
        "element": {
            "type": "plain_text_input",
            "action_id": ids.AMOUNT,
            "placeholder": plain_text(fr.typed_amount(view.unallocated_cents)),
        },
    }


def invoice_options(lines: list[InvoiceLine], today: date) -> list[Block]:
    """List invoices as choices; the value carries the invoice's id only."""
    return [
        option(
            f"{line.number} — {plain(line.client, 30)} · {fr.amount(line.open_cents, line.currency)}",
            ids.value(line.invoice_id),
            _about(line, today),
        )
        for line in lines
    ]


def _about(line: InvoiceLine, today: date) -> str:
    who = f" · {line.talent}" if line.talent else ""
    return f"{fr.due(line.due_date, today)}{who}"


def message_modal(title: str, text: str) -> View:
    """Say one thing where a modal was expected."""
    return {
        "type": "modal",
        "title": plain_text(title),
        "close": plain_text("Fermer"),
        "blocks": [section(text)],
    }
