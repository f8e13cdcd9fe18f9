"""The small modals of a decision: why a payment is no client's, and what of an association to undo."""

from bot.locale import fr
from bot.queries.payment import AssociationView, PaymentView
from bot.slack.blocks import ids
from bot.slack.blocks.kit import NOTE_BLOCK, Block, View, option, plain_text, rich, section
from bot.slack.blocks.text import escape, plain
from bot.slack.card.view import by, headline
from store.text import fold

REASON_BLOCK = "reason"
UNDO_BLOCK = "undo"
MOST_BOXES = 10
MOST_LISTED = 99
EVERYTHING = "all"
REMAINDER = "remainder"

OTHER = "other"
# Each reason of « hors facturation », with the words of a label that speak for it.
REASONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "tax": ("TVA, impôts ou organisme social", ("dgfip", "tva", "impot", "urssaf", "tresor public")),
    "refund": ("Remboursement reçu", ("rembours", "refund", "avoir fournisseur", "ristourne")),
    "transfer": ("Virement entre nos comptes", ("virement interne", "tresorerie", "transfert interne")),
    "capital": ("Apport, prêt ou subvention", ("apport", "pret ", "subvention", "bpifrance", "capital")),
    OTHER: ("Autre", ()),
}


def guessed_reason(view: PaymentView) -> str | None:
    """Guess the reason from what the payer wrote; None when nothing speaks for one."""
    said = fold(" ".join(text for text in (view.payer_name, view.label, view.reference) if text)) + " "
    for code, (_, words) in REASONS.items():
        if any(word in said for word in words):
            return code
    return None


def ignore_modal(view: PaymentView) -> View:
    """Ask why the payment is no client's; nothing is recorded without an answer."""
    options = [option(label, code) for code, (label, _) in REASONS.items()]
    guess = guessed_reason(view)
    chosen = {"initial_option": options[list(REASONS).index(guess)]} if guess else {}
    radio: Block = {"type": "radio_buttons", "action_id": ids.IGNORE_REASON, "options": options, **chosen}
    return {
        "type": "modal",
        "callback_id": ids.IGNORE_VIEW,
        "private_metadata": ids.value(view.id),
        "title": plain_text("Pas un paiement client"),
        "submit": plain_text("Confirmer"),
        "close": plain_text("Annuler"),
        "blocks": [
            _recap(view),
            section("Ce paiement ne sera plus proposé. Vous pourrez le remettre à rapprocher à tout moment."),
            {
                "type": "input",
                "block_id": REASON_BLOCK,
                "label": plain_text("De quoi s’agit-il\u202f?"),
                "element": radio,
            },
            _note("Précision"),
        ],
    }


def ignored_reason(code: str, note: str | None) -> str:
    """Write the reason as the card and the history show it."""
    label = REASONS[code][0]
    if code == OTHER:
        return note or label
    return f"{label} — {note}" if note else label


def undo_modal(view: PaymentView) -> View:
    """Ask what to undo: everything, single invoices, or only what was closed as paid too much."""
    return {
        "type": "modal",
        "callback_id": ids.UNDO_VIEW,
        "private_metadata": ids.value(view.id),
        "title": plain_text("Annuler l’association"),
        "submit": plain_text("Annuler l’association"),
        "close": plain_text("Garder"),
        "blocks": [
            _recap(view),
            {
                "type": "input",
                "block_id": UNDO_BLOCK,
                "label": plain_text("Que faut-il annuler\u202f?"),
                "hint": plain_text(
                    "Ce qui est annulé redevient à payer. Un talent prévenu reçoit un correctif."
                ),
                "element": _undo_list(view),
            },
            _note("Pourquoi\u202f?"),
        ],
    }


def _undo_list(view: PaymentView) -> Block:
    options = [_everything(view), *(_one(view, each) for each in view.associations[:MOST_LISTED])]
    if view.remainder_cents:
        left = fr.amount(view.remainder_cents, view.currency)
        options.insert(1, option(f"Seulement rouvrir le trop-perçu de {left}", REMAINDER))
    if len(options) <= MOST_BOXES:
        return {"type": "checkboxes", "action_id": ids.UNDO_CHOICE, "options": options}
    return {
        "type": "multi_static_select",
        "action_id": ids.UNDO_CHOICE,
        "placeholder": plain_text("Choisir"),
        "options": options[:100],
    }


def _everything(view: PaymentView) -> Block:
    total = fr.amount(view.allocated_cents + view.remainder_cents, view.currency)
    return option(f"Tout\u00a0: {fr.count(len(view.associations), 'facture')}, {total}", EVERYTHING)


def _one(view: PaymentView, each: AssociationView) -> Block:
    amount = fr.amount(each.line.amount_cents, view.currency)
    facts = [each.line.client, each.line.talent or ""]
    about = " · ".join(plain(fact, 30) for fact in facts if fact)
    return option(
        f"{plain(each.line.number, 40)}\u00a0: {amount}",
        ids.value(each.allocation_id),
        f"{about} · le {fr.moment(each.decided_at)}",
    )


def _recap(view: PaymentView) -> Block:
    facts = [fr.day(fr.paris_day(view.settled_at))] if view.settled_at else []
    facts += [f"«\u00a0{plain(text, 200)}\u00a0»" for text in (view.reference,) if text]
    return rich([(headline(view), True)], [(" · ".join(facts) or "—", False)])


def _note(label: str) -> Block:
    return {
        "type": "input",
        "block_id": NOTE_BLOCK,
        "optional": True,
        "label": plain_text(label),
        "element": {"type": "plain_text_input", "action_id": ids.NOTE, "max_length": 150},
    }


def decided_already(view: PaymentView) -> str:
    """Say what stands, where a form was asked for that no longer applies."""
    last = view.last_decision
    who = f" par {by(last.actor_kind, last.actor)} le {fr.moment(last.decided_at)}" if last else ""
    return f"{escape(headline(view), 200)}\u00a0: la situation a changé{who}. La carte montre l’état actuel."
