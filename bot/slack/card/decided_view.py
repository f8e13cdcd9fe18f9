"""The part of a card that says what was decided, by whom and when, and how to take it back."""

from datetime import datetime

from bot.locale import fr
from bot.queries.payment import PaymentView
from bot.slack.blocks import ids
from bot.slack.blocks.kit import Block, actions, button, confirm, section
from bot.slack.blocks.text import escape
from store.types import ActorKind, InvoiceStatus, MessageState, PaymentState

NAMES_SHOWN = 12
TAKEN_BACK = {"undo": "Association annulée", "restore": "Remis à rapprocher"}
RESIDUALS = {
    "fee": "frais bancaires probables",
    "discount": "escompte",
    "net_of_vat": "payé hors taxes",
    "withholding": "retenue à la source",
    "rounding": "arrondi",
}
# How a gap is named once a person accepted it; while it is a guess, ``RESIDUALS`` names it.
ACCEPTED = RESIDUALS | {"fee": "frais bancaires"}
REMAINDERS = {"to_refund": "à rembourser", "kept": "conservé"}


def record(view: PaymentView) -> list[Block]:
    """Say what was decided, by whom and when: it stands where the buttons were.

    While a part is left, what to do with it comes right after this, before the way back: on a phone the
    buttons of the record would push it out of sight.
    """
    if view.state == PaymentState.IGNORED:
        return [section(_ignored(view)), actions([restore_button(view), _history_button(view)])]
    if not view.associations:
        return []
    if view.state == PaymentState.PARTLY_ALLOCATED:
        return [section(_partly(view))]
    return [section(_fully(view)), actions(way_back(view))]


def way_back(view: PaymentView) -> list[Block]:
    """Build the buttons that take associations back and tell their story; none while there are none."""
    if not view.associations:
        return []
    buttons = [_undo_button(view)]
    if view.bank_problem:
        buttons.append(button("C’est réglé", ids.SETTLED, ids.value(view.id)))
    return [*buttons, _history_button(view)]


def _fully(view: PaymentView) -> str:
    facts = [f"✓ Associé à {_numbers(view)} par {_latest(view)}", _invoices_state(view), *_gaps(view)]
    if view.remainder_cents:
        what = REMAINDERS.get(view.remainder_reason or "", "clos")
        facts.append(f"trop-perçu de {fr.amount(view.remainder_cents, view.currency)} {what}")
    return " · ".join([*facts, *_notices(view)])


def _partly(view: PaymentView) -> str:
    allocated = fr.amount(view.allocated_cents, view.currency)
    left = fr.amount(view.unallocated_cents, view.currency)
    return f"Associé en partie\u00a0: {allocated} à {_numbers(view)} · *reste {left} à associer*"


def so_far(view: PaymentView) -> list[str]:
    """Say who associated in part and when, and what it did to the invoices and talents."""
    if view.state != PaymentState.PARTLY_ALLOCATED or not view.associations:
        return []
    return [" · ".join([f"Par {_latest(view)}", _invoices_state(view), *_gaps(view), *_notices(view)])]


def _latest(view: PaymentView) -> str:
    last = max(view.associations, key=lambda association: association.decision_id)
    return by_and_when(last.actor_kind, last.actor, last.decided_at)


def _numbers(view: PaymentView) -> str:
    numbers = [f"*{escape(association.line.number, 60)}*" for association in view.associations]
    return fr.join_few(numbers, NAMES_SHOWN, "autre facture", "autres factures")


def by(actor_kind: str, actor: str) -> str:
    """Name who decided, without ringing anybody but a Slack member."""
    if actor_kind == ActorKind.SLACK:
        return f"<@{actor}>"
    if actor_kind == ActorKind.API:
        return "l’API"
    return "une règle" if actor_kind == ActorKind.RULE else f"la commande ({escape(actor, 40)})"


def by_and_when(actor_kind: str, actor: str, at: datetime) -> str:
    """Name who decided and when: « <@U1> le 27 janv. à 14:05 »."""
    return f"{by(actor_kind, actor)} le {fr.moment(at)}"


def accepted_gap(cents: int, reason: str | None, currency: str) -> str:
    """Say what was accepted as missing, and why."""
    return f"écart accepté {fr.amount(cents, currency)} ({ACCEPTED.get(reason or '', 'écart')})"


def _invoices_state(view: PaymentView) -> str:
    lines = [association.line for association in view.associations]
    paid = sum(line.status == InvoiceStatus.PAID for line in lines)
    if len(lines) == 1:
        return "facture payée" if paid else f"reste dû {fr.amount(lines[0].open_cents, lines[0].currency)}"
    return f"{fr.count(paid, 'facture payée', 'factures payées')} sur {len(lines)}"


def _gaps(view: PaymentView) -> list[str]:
    return [
        accepted_gap(association.write_off_cents, association.write_off_reason, view.currency)
        for association in view.associations
        if association.write_off_cents
    ]


def _notices(view: PaymentView) -> list[str]:
    told = [notice for notice in view.notices if notice.state == MessageState.SENT]
    stuck = [notice for notice in view.notices if notice.state == MessageState.BLOCKED]
    facts = []
    if told:
        facts.append("talent prévenu" if len(told) == 1 else f"{len(told)} talents prévenus")
    if stuck:
        names = fr.join([escape(notice.talent, 40) for notice in stuck])
        word = "non prévenu" if len(stuck) == 1 else "non prévenus"
        facts.append(f"{names} {word}\u00a0: pas de compte Slack relié")
    return facts


def _ignored(view: PaymentView) -> str:
    reason = f" ({escape(view.ignored_reason, 100)})" if view.ignored_reason else ""
    last = view.last_decision
    if last is None or last.kind != "ignore":
        return f"Hors facturation{reason}"
    return f"Hors facturation{reason} — par {by_and_when(last.actor_kind, last.actor, last.decided_at)}"


def _undo_button(view: PaymentView) -> Block:
    """Undo at once what is one association of one invoice; else ask which part."""
    if len(view.associations) > 1 or view.remainder_cents:
        return button("Annuler l’association…", ids.UNDO_SOME, ids.value(view.id))
    return button(
        "Annuler l’association",
        ids.UNDO,
        ids.value(max(association.decision_id for association in view.associations)),
        confirm=confirm(
            "Annuler l’association",
            "La facture redevient à payer. Si le talent a été prévenu, un correctif lui est envoyé.",
            "Annuler l’association",
            "Garder",
        ),
    )


def restore_button(view: PaymentView) -> Block:
    """Build the button that makes a payment wait again."""
    return button("Remettre à rapprocher", ids.RESTORE, ids.value(view.id))


def _history_button(view: PaymentView) -> Block:
    return button("Voir l’historique", ids.HISTORY_PAYMENT, ids.value(view.id))


def taken_back(view: PaymentView) -> list[str]:
    """Say that the last word was to take a decision back: by whom, when and why."""
    last = view.last_decision
    if last is None or last.kind not in TAKEN_BACK or not view.waits:
        return []
    why = f"\u00a0: {escape(last.reason, 150)}" if last.reason else ""
    return [f"{TAKEN_BACK[last.kind]} par {by_and_when(last.actor_kind, last.actor, last.decided_at)}{why}"]
