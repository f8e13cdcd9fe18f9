"""The modals of the history: a list with its filters, the story of one payment. Pure, state in, view out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from bot import fr
from bot.history import Event, Moved, Page, Story
from bot.payment_view import PaymentView, ProposalView
from bot.slack import ids
from bot.slack.blocks import (
    Block,
    actions,
    button,
    context,
    divider,
    option,
    plain_text,
    rich,
    section,
)
from bot.slack.cards import ACCEPTED, CONFIDENCE, REMAINDERS, STATE_WORDS, by, headline
from bot.slack.modals import View
from bot.slack.text import escape, plain
from store.types import PaymentState

FILTERS_BLOCK = "filters"
PEOPLE_BLOCK = "people"
TEXT_BLOCK = "text"
EVERY = "all"
MOST_EVENTS = 80
MOST_SUGGESTIONS = 3
NAMES_SHOWN = 8

PERIODS: Mapping[str, str] = {
    "three_months": "3 derniers mois",
    "month": "Ce mois-ci",
    "last_month": "Le mois dernier",
    "year": "Cette année",
    EVERY: "Depuis le début",
}
STATES: Mapping[str, tuple[str, tuple[PaymentState, ...]]] = {
    EVERY: ("Tous les états", ()),
    "waiting": ("À rapprocher", (PaymentState.UNMATCHED, PaymentState.PROPOSED)),
    "partly": ("Associé en partie", (PaymentState.PARTLY_ALLOCATED,)),
    "done": ("Rapproché", (PaymentState.ALLOCATED,)),
    "ignored": ("Hors facturation", (PaymentState.IGNORED,)),
}
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


@dataclass(frozen=True, slots=True)
class Choices:
    """What is chosen in the list's filters; options are kept whole, as Slack gave them."""

    period: str = "three_months"
    state: str = EVERY
    client: Block | None = None
    talent: Block | None = None
    text: str = field(default="")


def history_modal(page: Page, chosen: Choices, today: date) -> View:
    """List payments with their filters; « Chercher » applies the text."""
    blocks = [_filters(chosen), _people(chosen), _text(chosen), context(_summary(page))]
    if not page.views:
        blocks.append(section("Aucun paiement ne correspond. Élargissez la période ou la recherche."))
    blocks += [_line(view, today) for view in page.views]
    blocks += _paging(page)
    return {
        "type": "modal",
        "callback_id": ids.HISTORY_VIEW,
        "private_metadata": str(page.offset),
        "title": plain_text("Historique"),
        "submit": plain_text("Chercher"),
        "close": plain_text("Fermer"),
        "blocks": blocks,
    }


def _filters(chosen: Choices) -> Block:
    periods = [option(label, code) for code, label in PERIODS.items()]
    states = [option(label, code) for code, (label, _) in STATES.items()]
    return {
        "type": "actions",
        "block_id": FILTERS_BLOCK,
        "elements": [
            _select(ids.HISTORY_PERIOD, "Période", periods, list(PERIODS).index(chosen.period)),
            _select(ids.HISTORY_STATE, "État", states, list(STATES).index(chosen.state)),
        ],
    }


def _select(action_id: str, name: str, options: Sequence[Block], chosen: int) -> Block:
    return {
        "type": "static_select",
        "action_id": action_id,
        "placeholder": plain_text(name),
        "options": list(options),
        "initial_option": options[chosen],
    }


def _people(chosen: Choices) -> Block:
    return {
        "type": "actions",
        "block_id": PEOPLE_BLOCK,
        "elements": [
            _search(ids.HISTORY_CLIENT, "Tous les clients", chosen.client),
            _search(ids.HISTORY_TALENT, "Tous les talents", chosen.talent),
        ],
    }


def _search(action_id: str, name: str, chosen: Block | None) -> Block:
    element: Block = {
        "type": "external_select",
        "action_id": action_id,
        "placeholder": plain_text(name),
        "min_query_length": 0,
    }
    return element | ({"initial_option": chosen} if chosen else {})


def people_options(names: Sequence[tuple[int, str]], everyone: str) -> list[Block]:
    """List clients or talents as choices, with the way back to all of them first."""
    found = [option(plain(name, 70), ids.value(row_id)) for row_id, name in names]
    return [option(everyone, EVERY), *found]


def _text(chosen: Choices) -> Block:
    element: Block = {
        "type": "plain_text_input",
        "action_id": ids.HISTORY_TEXT,
        "max_length": 100,
        "placeholder": plain_text("Facture, payeur, libellé ou montant"),
    }
    return {
        "type": "input",
        "block_id": TEXT_BLOCK,
        "optional": True,
        "label": plain_text("Rechercher"),
        "element": element | ({"initial_value": chosen.text} if chosen.text else {}),
    }


def _summary(page: Page) -> str:
    sums = fr.join([fr.amount(cents, currency) for currency, cents in sorted(page.cents.items())])
    facts = [fr.count(page.total, "paiement"), sums]
    if page.offset or page.has_older:
        facts.append(f"{page.offset + 1} à {page.offset + len(page.views)}")
    return " · ".join(fact for fact in facts if fact)


def _line(view: PaymentView, today: date) -> Block:
    settled = fr.paris_day(view.settled_at) if view.settled_at else None
    day = (
        fr.short_day(settled)
        if settled and settled.year == today.year
        else (fr.day(settled) if settled else "")
    )
    see = button("Détails", ids.HISTORY_PAYMENT, ids.value(view.id), spoken=f"Détails {headline(view)}")
    return section(f"*{escape(headline(view), 120)}* · {day}\n{_state(view)}", see)


def _state(view: PaymentView) -> str:
    """Say in one line where a payment stands, and who put it there."""
    word = STATE_WORDS[view.state] if view.state else "Non réglé"
    last = view.last_decision
    who = f" · {by(last.actor_kind, last.actor)} le {fr.moment(last.decided_at)}" if last else ""
    if view.associations:
        numbers = [escape(each.line.number, 40) for each in view.associations]
        more = [f"{len(numbers) - NAMES_SHOWN} autres"] if len(numbers) > NAMES_SHOWN else []
        return f"{word}\u00a0: {fr.join(numbers[:NAMES_SHOWN] + more)}{who}"
    if view.ignored_reason:
        return f"{word}\u00a0: {escape(view.ignored_reason, 120)}{who}"
    return f"{word}{who}"


def _paging(page: Page) -> list[Block]:
    buttons = []
    if page.offset:
        buttons.append(button("Plus récents", ids.HISTORY_NEWER, "v1:1"))
    if page.has_older:
        buttons.append(button("Plus anciens", ids.HISTORY_OLDER, "v1:1"))
    return [actions(buttons)] if buttons else []


def story_modal(story: Story) -> View:
    """Tell everything that happened to one payment, oldest first."""
    shown = story.events[-MOST_EVENTS:]
    blocks = [_recap(story.view), context(_state(story.view)), divider()]
    if len(shown) < len(story.events):
        hidden = fr.count(len(story.events) - len(shown), "événement plus ancien", "événements plus anciens")
        blocks.append(context(f"{hidden} ne sont pas affichés."))
    blocks += [section(_told(event, story.view.currency)) for event in shown]
    return {
        "type": "modal",
        "title": plain_text("Historique du paiement"),
        "close": plain_text("Fermer"),
        "blocks": blocks,
    }


def _recap(view: PaymentView) -> Block:
    facts = [fr.day(fr.paris_day(view.settled_at))] if view.settled_at else []
    facts += [f"«\u00a0{plain(text, 200)}\u00a0»" for text in (view.reference,) if text]
    facts += [f"compte {plain(view.account, 60)}"] if view.account else []
    return rich([(headline(view), True)], [(" · ".join(facts) or "—", False)])


def _told(event: Event, currency: str) -> str:
    return f"{fr.moment(event.at)} · {_sentence(event, currency)}"


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


def _suggested(suggestions: Sequence[ProposalView], currency: str) -> str:
    if not suggestions:
        return "*Aucune suggestion*\u00a0: aucune facture ouverte ne correspondait"
    lines = []
    for rank, one in enumerate(suggestions[:MOST_SUGGESTIONS]):
        total = fr.amount(sum(line.amount_cents for line in one.lines), currency)
        sure = CONFIDENCE.get(one.confidence, "possible")
        why = escape(" · ".join(one.sentences), 300)
        name = "*Suggestion*\u00a0: " if not rank else "ou "
        lines.append(f"{name}{_names(one)}, {total} ({sure})" + (f"\n_{why}_" if why else ""))
    return "\n".join(lines)


def _names(one: ProposalView) -> str:
    numbers = [escape(line.number, 40) for line in one.lines]
    more = [f"{len(numbers) - NAMES_SHOWN} autres"] if len(numbers) > NAMES_SHOWN else []
    return fr.join(numbers[:NAMES_SHOWN] + more)


def _follows(event: Event) -> str:
    """Say whether the person followed what was suggested, and on which evidence."""
    if event.followed is None:
        return "\nChoisi à la main"
    why = escape(" · ".join(event.followed.sentences), 300)
    return "\nSuggestion suivie" + (f"\u00a0: _{why}_" if why else "")


def _moved(moved: Sequence[Moved], currency: str) -> str:
    lines = [_one_moved(each, currency) for each in moved[:NAMES_SHOWN]]
    if len(moved) > NAMES_SHOWN:
        lines.append(f"et {len(moved) - NAMES_SHOWN} autres factures")
    return "".join(f"\n{line}" for line in lines)


def _one_moved(each: Moved, currency: str) -> str:
    amount = fr.amount(each.amount_cents, currency)
    said = f"{escape(each.number, 60)} ({escape(each.client, 40)})\u00a0: {amount}"
    if not each.write_off_cents:
        return said
    reason = ACCEPTED.get(each.write_off_reason or "", "écart")
    return f"{said}, écart accepté {fr.amount(each.write_off_cents, currency)} ({reason})"


def _closed(event: Event, currency: str) -> str:
    cents = event.remainder_cents
    if not cents:
        return ""
    what = REMAINDERS.get(event.remainder_reason or "", "clos")
    if cents < 0:
        return f"\nTrop-perçu rouvert\u00a0: {fr.amount(-cents, currency)}"
    return f"\nTrop-perçu {what}\u00a0: {fr.amount(cents, currency)}"
