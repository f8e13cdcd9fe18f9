"""The card of one payment: pure, state in, message out. What was decided is said in ``decided_view``."""

from datetime import date, datetime

from bot.locale import fr
from bot.queries.payment import InvoiceLine, PaymentView, SuggestionView
from bot.slack.blocks import ids
from bot.slack.blocks.kit import Block, Message, actions, button, context, divider, rich, section
from bot.slack.blocks.text import escape, plain
from bot.slack.card.decided_view import (
    NAMES_SHOWN,
    RESIDUALS,
    record,
    restore_button,
    so_far,
    taken_back,
    way_back,
)
from store.types import PaymentState

LABEL_LIMIT = 300
CONFIDENCE = {"very_likely": "très probable", "likely": "probable", "possible": "possible"}
STATE_WORDS = {
    PaymentState.UNMATCHED: "À rapprocher",
    PaymentState.PROPOSED: "À rapprocher",
    PaymentState.PARTLY_ALLOCATED: "Associé en partie",
    PaymentState.ALLOCATED: "Rapproché",
    PaymentState.IGNORED: "Hors facturation",
}
PROBLEMS = {
    "withdrawn": "Qonto a refusé ce paiement après coup.",
    "amount_changed": "Qonto a modifié le montant de ce paiement après son association.",
}


def payment_card(view: PaymentView, now: datetime) -> Message:
    """Render a payment in any state."""
    today = fr.paris_day(now)
    blocks = [_header(view), divider(), *_problem(view)]
    blocks += record(view)
    if view.waits:
        blocks += _suggestions(view, today)
        blocks.append(divider())
        blocks.append(_other_actions(view))
    blocks.append(context(*so_far(view), *taken_back(view), _footer(view)))
    return Message(_spoken(view), blocks)


def plain_card(view: PaymentView) -> Message:
    """Say the essential with the buttons that decide, for when Slack refuses the card as it is drawn."""
    buttons = way_back(view)
    if view.state == PaymentState.IGNORED:
        buttons = [restore_button(view)]
    if view.waits:
        best = _standing(view)[:1]
        buttons = [
            *(button(_label(suggestion), ids.ASSOCIATE, ids.value(suggestion.id)) for suggestion in best),
            button("Chercher une facture…", ids.CHOOSE, ids.value(view.id)),
            *(buttons or [button("Pas un paiement client", ids.IGNORE, ids.value(view.id))]),
        ]
    text = _spoken(view)
    return Message(text, [section(text), *([actions(buttons)] if buttons else [])])


def headline(view: PaymentView) -> str:
    """Say in one plain line how much and from whom."""
    return f"{fr.amount(view.amount_cents, view.currency)} de {plain(view.payer_name, 80)}"


def recap(view: PaymentView, *facts: str) -> Block:
    """Recall above a form or a story which payment it is about."""
    known = [fr.day(fr.paris_day(view.settled_at))] if view.settled_at else []
    known += [f"«\u00a0{plain(view.reference, 200)}\u00a0»"] if view.reference else []
    return rich([(headline(view), True)], [(" · ".join([*known, *facts]) or "—", False)])


def associate_label(invoices: int, residual_cents: int) -> str:
    """Name what a click on a suggestion does; a negative residual is accepted as missing."""
    if residual_cents < 0:
        return "Associer et solder"
    return "Associer" if invoices == 1 else f"Associer les {invoices}"


def find_label(is_suggested: object) -> str:
    """Name the search of an invoice, beside a suggestion or without any."""
    return "Autre facture…" if is_suggested else "Chercher une facture…"


def _header(view: PaymentView) -> Block:
    first = [
        (fr.amount(view.amount_cents, view.currency), True),
        (" de ", False),
        (plain(view.payer_name, 100), True),
    ]
    facts = [fr.day(fr.paris_day(view.settled_at))] if view.settled_at else []
    # The label repeats the payer's name on incoming transfers.
    written = [text for text in (view.label, view.reference) if text and text != view.payer_name]
    facts += [plain(text, LABEL_LIMIT) for text in written]
    return rich(first, [(" · ".join(facts), False)])


def _problem(view: PaymentView) -> list[Block]:
    if view.bank_problem is None or not view.associations:
        return []
    problem = PROBLEMS.get(view.bank_problem, "Qonto a modifié ce paiement après son association.")
    return [section(f":warning: {problem} La facture est toujours marquée payée.")]


def _suggestions(view: PaymentView, today: date) -> list[Block]:
    blocks = [section(f":warning: {escape(doubt, 300)}.") for doubt in view.doubts]
    if not view.suggestions:
        return [*blocks, section(_nothing_found(view))]
    standing = _standing(view)
    if not standing:
        return [section("Recherche d’une facture pour le reste…")]
    clear = view.outcome in {"auto", "preselect"}
    for rank, suggestion in enumerate(standing):
        blocks += _suggestion(view, suggestion, today, primary=clear and rank == 0)
    return blocks


def _standing(view: PaymentView) -> list[SuggestionView]:
    """Between a decision and the next round, an old suggestion may name what was paid a second ago."""
    return [
        suggestion for suggestion in view.suggestions if all(line.open_cents for line in suggestion.lines)
    ]


def _nothing_found(view: PaymentView) -> str:
    """What was undone or refused is not suggested again, though it may be open: a search still finds it."""
    if view.last_decision is not None:
        return "Aucune autre facture à suggérer. Une recherche les montre toutes."
    return "Aucune facture ouverte ne correspond."


def _suggestion(view: PaymentView, suggestion: SuggestionView, today: date, *, primary: bool) -> list[Block]:
    text = f"{_what(view, suggestion, today)}\n{escape(' · '.join(_reasons(suggestion)), 600)}"
    main = button(
        _label(suggestion),
        ids.ASSOCIATE,
        ids.value(suggestion.id),
        style="primary" if primary else None,
        spoken=f"{_label(suggestion)} {plain(_named(suggestion), 50)}",
    )
    if suggestion.residual_cents >= 0:
        return [section(text, main)]
    partly = button("Associer en partiel", ids.ASSOCIATE_PARTLY, ids.value(suggestion.id))
    return [section(text), actions([main, partly])]


def _label(suggestion: SuggestionView) -> str:
    return associate_label(len(suggestion.lines), suggestion.residual_cents)


def _named(suggestion: SuggestionView) -> str:
    return fr.join([line.number for line in suggestion.lines[:NAMES_SHOWN]])


def _what(view: PaymentView, suggestion: SuggestionView, today: date) -> str:
    if len(suggestion.lines) == 1:
        invoices = _one_invoice(suggestion.lines[0], today)
    else:
        total = fr.amount(sum(line.amount_cents for line in suggestion.lines), view.currency)
        count = len(suggestion.lines)
        invoices = f"*{count} factures*\u00a0: {escape(_named(suggestion), 400)} — total {total}"
    return invoices + _residual(view, suggestion)


def _one_invoice(line: InvoiceLine, today: date) -> str:
    facts = [escape(line.client, 60), fr.amount(line.open_cents, line.currency), fr.due(line.due_date, today)]
    if line.talent:
        deal = f" ({escape(line.collaboration, 60)})" if line.collaboration else ""
        facts.append(f"{escape(line.talent, 60)}{deal}")
    return f"*{escape(line.number, 60)}* — {' · '.join(facts)}"


def _residual(view: PaymentView, suggestion: SuggestionView) -> str:
    if suggestion.residual_cents == 0:
        return ""
    gap = fr.amount(abs(suggestion.residual_cents), view.currency)
    if suggestion.residual_cents > 0:
        return f" · il restera {gap} à associer"
    return f" · il manque {gap} ({RESIDUALS.get(suggestion.residual_reason or '', 'écart')})"


def _reasons(suggestion: SuggestionView) -> list[str]:
    """Join what speaks for a suggestion; a sentence that follows begins small, an abbreviation does not."""
    first, *others = suggestion.told or ("",)
    return [
        first,
        *(text if text[1:2].isupper() else text[:1].lower() + text[1:] for text in others),
    ]


def _other_actions(view: PaymentView) -> Block:
    standing = _standing(view)
    buttons = [button(find_label(standing), ids.CHOOSE, ids.value(view.id))]
    if standing:
        alone = len(standing) == 1 and len(standing[0].lines) == 1
        label = "Pas cette facture" if alone else "Aucune de ces factures"
        buttons.append(button(label, ids.NONE, ids.value(standing[0].id)))
    if view.state == PaymentState.PARTLY_ALLOCATED:
        buttons += way_back(view)
    else:
        buttons.append(button("Pas un paiement client", ids.IGNORE, ids.value(view.id)))
    return actions(buttons)


def _footer(view: PaymentView) -> str:
    facts = [STATE_WORDS[view.state] if view.state else "Non réglé"]
    if view.waits and view.suggestions:
        facts.append(CONFIDENCE.get(view.suggestions[0].confidence, "possible"))
    if view.account:
        facts.append(f"compte {escape(view.account, 60)}")
    return " · ".join(facts)


def _spoken(view: PaymentView) -> str:
    """Write the whole card in one sentence, for notifications and screen readers."""
    start = escape(headline(view), 200)
    if view.state == PaymentState.ALLOCATED:
        numbers = fr.join([association.line.number for association in view.associations])
        return f"{start}, associé à {escape(numbers, 300)}."
    if view.state == PaymentState.IGNORED:
        return f"{start}, hors facturation."
    if view.state == PaymentState.PARTLY_ALLOCATED:
        return f"{start}, associé en partie, reste {fr.amount(view.unallocated_cents, view.currency)}."
    if not view.suggestions:
        return f"{start}, aucune facture ouverte ne correspond."
    best = view.suggestions[0]
    word = "factures" if len(best.lines) > 1 else "la facture"
    sure = "probablement" if best.confidence != "possible" else "peut-être"
    return f"{start}, {sure} {word} {escape(_named(best), 300)}."
