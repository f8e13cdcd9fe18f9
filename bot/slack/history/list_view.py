"""The modal of the history: a list with its filters, and its pages. Pure, state in, view out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from bot.locale import fr
from bot.queries.history import Page
from bot.queries.payment import InvoiceLine, PaymentView
from bot.slack.blocks import ids
from bot.slack.blocks.kit import Block, View, actions, button, context, element, option, section, select
from bot.slack.blocks.search_modal import paging, search_modal, search_text
from bot.slack.blocks.text import escape, plain
from bot.slack.card.decided_view import by_and_when
from bot.slack.card.view import STATE_WORDS, headline
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
    states = {code: label for code, (label, _) in STATES.items()}
    lists = [
        select("static_select", ids.HISTORY_PERIOD, PERIODS, chosen.period, "Période"),
        select("static_select", ids.HISTORY_STATE, states, chosen.state, "État"),
    ]
    return actions(lists, FILTERS_BLOCK)


def _people(chosen: Choices) -> Block:
    lists = [
        element("external_select", action_id, everyone, min_query_length=0, initial_option=initial or None)
        for action_id, everyone, initial in (
            (ids.HISTORY_CLIENT, "Tous les clients", chosen.client),
            (ids.HISTORY_TALENT, "Tous les talents", chosen.talent),
        )
    ]
    return actions(lists, PEOPLE_BLOCK)


def people_options(names: Sequence[tuple[int, str]], everyone: str) -> list[Block]:
    """List clients or talents as choices, with the way back to all of them first."""
    return [option(everyone, EVERY), *(option(plain(name, 70), ids.value(row_id)) for row_id, name in names)]


def _summary(page: Page) -> str:
    facts = [fr.counted(page.total, "paiement", page.cents)]
    if page.offset or page.has_older:
        facts.append(f"{page.offset + 1} à {page.offset + len(page.views)}")
    return " · ".join(facts)


def _line(view: PaymentView, today: date) -> Block:
    settled = fr.paris_day(view.settled_at) if view.settled_at else None
    day = ""
    if settled:
        day = fr.short_day(settled) if settled.year == today.year else fr.day(settled)
    see = button("Détails", ids.HISTORY_PAYMENT, ids.value(view.id), spoken=f"Détails {headline(view)}")
    return section(f"*{escape(headline(view), 120)}* · {day}\n{state_words(view)}", see)


def state_words(view: PaymentView) -> str:
    """Say in one line where a payment stands, and who put it there."""
    word = STATE_WORDS[view.state] if view.state else "Non réglé"
    last = view.last_decision
    who = f" · {by_and_when(last.actor_kind, last.actor, last.decided_at)}" if last else ""
    if view.associations:
        return f"{word}\u00a0: {numbers_of([association.line for association in view.associations])}{who}"
    if view.ignored_reason:
        return f"{word}\u00a0: {escape(view.ignored_reason, 120)}{who}"
    return f"{word}{who}"


def numbers_of(lines: Sequence[InvoiceLine]) -> str:
    """Name invoices by their numbers, the first few of them."""
    return fr.join_few([escape(line.number, 40) for line in lines], NAMES_SHOWN, "autre", "autres")
