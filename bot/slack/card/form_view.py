"""The small modals of a decision: why a payment is no client's, and what of an association to undo."""

from bot.locale import fr
from bot.queries.payment import AssociationView, PaymentView
from bot.slack.blocks import ids
from bot.slack.blocks.kit import Block, View, element, input_block, modal, note_input, option, section, select
from bot.slack.blocks.text import escape, plain
from bot.slack.card.decided_view import by_and_when
from bot.slack.card.view import headline, recap
from store.text import fold

REASON_BLOCK = "reason"
UNDO_BLOCK = "undo"
MOST_BOXES = 10
MOST_LISTED = 99
NOTE_LIMIT = 150
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
    written = fold(" ".join(text for text in (view.payer_name, view.label, view.reference) if text)) + " "
    guesses = (code for code, (_, words) in REASONS.items() if any(word in written for word in words))
    return next(guesses, None)


def ignore_modal(view: PaymentView) -> View:
    """Ask why the payment is no client's; nothing is recorded without an answer."""
    reasons = {code: label for code, (label, _) in REASONS.items()}
    radio = select("radio_buttons", ids.IGNORE_REASON, reasons, guessed_reason(view))
    blocks = [
        recap(view),
        section("Ce paiement ne sera plus proposé. Vous pourrez le remettre à rapprocher à tout moment."),
        input_block(REASON_BLOCK, "De quoi s’agit-il\u202f?", radio),
        note_input("Précision", NOTE_LIMIT),
    ]
    return modal(
        "Pas un paiement client",
        blocks,
        submit="Confirmer",
        close="Annuler",
        callback_id=ids.IGNORE_VIEW,
        metadata=ids.value(view.id),
    )


def ignored_reason(code: str, note: str | None) -> str:
    """Write the reason as the card and the history show it."""
    label = REASONS[code][0]
    if code == OTHER:
        return note or label
    return f"{label} — {note}" if note else label


def undo_modal(view: PaymentView) -> View:
    """Ask what to undo: everything, single invoices, or only what was closed as paid too much."""
    hint = "Ce qui est annulé redevient à payer. Un talent prévenu reçoit un correctif."
    blocks = [
        recap(view),
        input_block(UNDO_BLOCK, "Que faut-il annuler\u202f?", _undo_list(view), hint=hint),
        note_input("Pourquoi\u202f?", NOTE_LIMIT),
    ]
    return modal(
        "Annuler l’association",
        blocks,
        submit="Annuler l’association",
        close="Garder",
        callback_id=ids.UNDO_VIEW,
        metadata=ids.value(view.id),
    )


def _undo_list(view: PaymentView) -> Block:
    total = fr.amount(view.allocated_cents + view.remainder_cents, view.currency)
    everything = f"Tout\u00a0: {fr.count(len(view.associations), 'facture')}, {total}"
    options = [option(everything, EVERYTHING)]
    if view.remainder_cents:
        left = fr.amount(view.remainder_cents, view.currency)
        options.append(option(f"Seulement rouvrir le trop-perçu de {left}", REMAINDER))
    options += [_undo_option(view, association) for association in view.associations[:MOST_LISTED]]
    if len(options) <= MOST_BOXES:
        return element("checkboxes", ids.UNDO_CHOICE, options=options)
    return element("multi_static_select", ids.UNDO_CHOICE, "Choisir", options=options[:100])


def _undo_option(view: PaymentView, association: AssociationView) -> Block:
    line = association.line
    facts = [plain(fact, 30) for fact in (line.client, line.talent) if fact]
    return option(
        f"{plain(line.number, 40)}\u00a0: {fr.amount(line.amount_cents, view.currency)}",
        ids.value(association.allocation_id),
        " · ".join([*facts, f"le {fr.moment(association.decided_at)}"]),
    )


def decided_already(view: PaymentView) -> str:
    """Say what stands, where a form was asked for that no longer applies."""
    last = view.last_decision
    who = f" par {by_and_when(last.actor_kind, last.actor, last.decided_at)}" if last else ""
    return f"{escape(headline(view), 200)}\u00a0: la situation a changé{who}. La carte montre l’état actuel."
