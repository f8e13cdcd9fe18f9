"""The modal of the history: a list with its filters, and its pages. Pure, state in, view out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from bot.locale import fr
from bot.queries.history import Page
from bot.queries.payment import PaymentView
from bot.slack.blocks import ids
from bot.slack.blocks.kit import Block, View, button, context, option, plain_text, section
from bot.slack.blocks.search_modal import paging, search_modal, search_text
from bot.slack.blocks.text import escape, plain
from bot.slack.card.view import STATE_WORDS, by, headline
from store.types import PaymentState

FILTERS_BLOCK = "filters"
PEOPLE_BLOCK = "people"
EVERY = "all"
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
    text = search_text(ids.HISTORY_TEXT, "Facture, payeur, libellé ou montant", chosen.text)
    blocks = [_filters(chosen), _people(chosen), text, context(_summary(page))]
    if not page.views:
        blocks.append(section("Aucun paiement ne correspond. Élargissez la période ou la recherche."))
    blocks += [_line(view, today) for view in page.views]
    blocks += paging(
        ids.HISTORY_NEWER if page.offset else None, ids.HISTORY_OLDER if page.has_older else None
    )
    return search_modal(ids.HISTORY_VIEW, "Historique", page.offset, blocks)


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
    return section(f"*{escape(headline(view), 120)}* · {day}\n{state_words(view)}", see)


def state_words(view: PaymentView) -> str:
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
