"""The modal « Historique du paiement »: everything that happened to one, by whom, on what evidence. Pure."""

from collections.abc import Sequence

from bot.locale import fr
from bot.queries.history import Event, Moved, Story
from bot.queries.payment import SuggestionView
from bot.slack.blocks.kit import SECTION_LIMIT, View, context, divider, modal, section
from bot.slack.blocks.text import escape, plain
from bot.slack.card.decided_view import REMAINDERS, accepted_gap, by
from bot.slack.card.view import CONFIDENCE, recap
from bot.slack.history.list_view import NAMES_SHOWN, numbers_of, state_words

MOST_EVENTS = 80
MOST_BYTES = 200_000  # a view holds 250 kB (docs.slack.dev, views.open), its frame included
MOST_SUGGESTIONS = 3
REFUSED_ACTIONS = {
    "associate": "associer ce paiement",
    "open_associate": "associer ce paiement",
    "undo": "annuler l’association",
    "open_undo": "annuler l’association",
    "ignore": "le mettre hors facturation",
    "open_ignore": "le mettre hors facturation",
    "restore": "le remettre à rapprocher",
    "history": "lire son historique",
    "show_card": "afficher sa carte",
    "settle_bank_problem": "clore l’alerte de la banque",
}
BANK = {
    "withdrawn": "a refusé ce paiement après coup",
    "amount_changed": "a changé le montant",
    "currency_changed": "a changé la devise",
    "disappeared": "ne montre plus ce paiement",
}


def story_modal(story: Story) -> View:
    """Tell everything that happened to one payment, oldest first."""
    view = story.view
    told = [f"{fr.moment(event.at)} · {_sentence(event, view.currency)}" for event in story.events]
    shown = _latest(told[-MOST_EVENTS:])
    account = [f"compte {plain(view.account, 60)}"] if view.account else []
    blocks = [recap(view, *account), context(state_words(view)), divider()]
    if len(shown) < len(story.events):
        hidden = fr.count(len(story.events) - len(shown), "événement plus ancien", "événements plus anciens")
        blocks.append(context(f"{hidden} ne sont pas affichés."))
    blocks += [section(text) for text in shown]
    return modal("Historique du paiement", blocks)


def _latest(texts: Sequence[str]) -> Sequence[str]:
    """Keep the last ones that Slack's size of a view leaves room for."""
    size = 0
    for kept, text in enumerate(reversed(texts)):
        size += len(text[:SECTION_LIMIT].encode())
        if size > MOST_BYTES:
            return texts[len(texts) - kept :]
    return texts


def _sentence(event: Event, currency: str) -> str:
    if event.kind == "suggested":
        return _suggested(event.suggestions, currency)
    if event.kind in _DECIDED:
        return _decision(event, currency)
    who = by(event.actor_kind or "rule", event.actor or "")
    if event.kind == "refused":
        wanted = REFUSED_ACTIONS.get(event.note or "", "agir sur ce paiement")
        return f"*Tentative refusée*\u00a0: {who} a voulu {wanted}"
    if event.kind == "bank_changed":
        return f":warning: *Qonto* {BANK.get(event.note or '', 'a modifié ce paiement')}"
    if event.kind == "bank_problem_settled":
        return f"*Alerte de la banque close* par {who}"
    return _PLAIN.get(event.kind, "*Autre événement*").format(name=escape(event.note or "un talent", 60))


_DECIDED = {
    "associate": "*Associé* par",
    "close_remainder": "*Reste clos* par",
    "undo": "*Association annulée* par",
    "ignore": "*Hors facturation*, par",
    "restore": "*Remis à rapprocher* par",
}
_PLAIN = {
    "received": "*Reçu* de Qonto",
    "payment_card": "Carte publiée dans le canal des paiements",
    "payment_card_blocked": ":warning: La carte n’a pas pu être publiée",
    "talent_paid": "Paiement annoncé à {name}",
    "talent_paid_blocked": ":warning: Aucun message à {name}\u00a0: pas de compte Slack relié",
    "talent_correction": "Correctif envoyé à {name}",
    "talent_correction_blocked": ":warning: Correctif non remis à {name}",
}


def _decision(event: Event, currency: str) -> str:
    """Say who decided what, what it moved, on which evidence, and why."""
    who = by(event.actor_kind or "rule", event.actor or "")
    follows = _follows(event) if event.kind == "associate" else ""
    why = f"\n_{escape(event.note, 200)}_" if event.note else ""
    moved = _moved(event.moved, currency) + _closed(event, currency)
    return f"{_DECIDED[event.kind]} {who}{moved}{follows}{why}"


def _suggested(suggestions: Sequence[SuggestionView], currency: str) -> str:
    if not suggestions:
        return "*Aucune suggestion*\u00a0: aucune facture ouverte ne correspondait"
    lines = []
    for rank, suggestion in enumerate(suggestions[:MOST_SUGGESTIONS]):
        total = fr.amount(sum(line.amount_cents for line in suggestion.lines), currency)
        sure = CONFIDENCE.get(suggestion.confidence, "possible")
        why = escape(" · ".join(suggestion.sentences), 300)
        name = "ou " if rank else "*Suggestion*\u00a0: "
        lines.append(
            f"{name}{numbers_of(suggestion.lines)}, {total} ({sure})" + (f"\n_{why}_" if why else "")
        )
    return "\n".join(lines)


def _follows(event: Event) -> str:
    """Say whether the person followed what was suggested, and on which evidence."""
    if event.followed is None:
        return "\nChoisi à la main"
    why = escape(" · ".join(event.followed.sentences), 300)
    return "\nSuggestion suivie" + (f"\u00a0: _{why}_" if why else "")


def _moved(moved: Sequence[Moved], currency: str) -> str:
    lines = []
    for part in moved[:NAMES_SHOWN]:
        amount = fr.amount(part.amount_cents, currency)
        line = f"{escape(part.number, 60)} ({escape(part.client, 40)})\u00a0: {amount}"
        if part.write_off_cents:
            line += f", {accepted_gap(part.write_off_cents, part.write_off_reason, currency)}"
        lines.append(line)
    if len(moved) > NAMES_SHOWN:
        lines.append(f"et {fr.count(len(moved) - NAMES_SHOWN, 'autre facture', 'autres factures')}")
    return "".join(f"\n{line}" for line in lines)


def _closed(event: Event, currency: str) -> str:
    cents = event.remainder_cents
    if not cents:
        return ""
    what = REMAINDERS.get(event.remainder_reason or "", "clos")
    if cents < 0:
        return f"\nTrop-perçu rouvert\u00a0: {fr.amount(-cents, currency)}"
    return f"\nTrop-perçu {what}\u00a0: {fr.amount(cents, currency)}"
