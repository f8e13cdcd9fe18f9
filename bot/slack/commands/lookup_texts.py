"""What ``/qonto`` answers about invoices, clients, figures and a talent's own collaborations, in French."""

from collections.abc import Sequence
from datetime import date

from bot.locale import fr
from bot.queries.invoices_and_clients import ClientFile, Figures, InvoiceFile
from bot.queries.payment import InvoiceLine
from bot.queries.talent_home import Deal, TalentHome
from bot.slack.blocks import ids
from bot.slack.blocks.kit import Message, actions, button, context, section
from bot.slack.blocks.talent_words import TalentWords, words_in
from bot.slack.blocks.text import escape, plain
from bot.slack.card.decided_view import by_and_when
from store.queries.figures import Tally, total
from store.types import WAITING, InvoiceKind, InvoiceStatus, PaymentState

LISTED_DEALS = 20
STATUS = {
    InvoiceStatus.OPEN: "à payer",
    InvoiceStatus.PARTLY_PAID: "payée en partie",
    InvoiceStatus.PAID: "payée",
    InvoiceStatus.CANCELLED: "annulée",
}


def invoice_text(invoice: InvoiceFile, today: date) -> Message:
    """Describe one invoice and what was paid on it."""
    line = invoice.line
    kind = "Avoir" if line.kind == InvoiceKind.CREDIT_NOTE else "Facture"
    deal = " · ".join(escape(part, 60) for part in (line.talent, line.collaboration) if part)
    lines = [
        f"*{kind} {escape(line.number, 60)}* — {escape(line.client, 60)}" + (f" · {deal}" if deal else ""),
        f"{fr.amount(line.total_cents, line.currency)} · {STATUS[line.status]}" + _due(line, today),
    ]
    blocks = [section("\n".join(lines))]
    for transaction, allocation in invoice.payments:
        amount = fr.amount(allocation.amount_cents, line.currency)
        payer = escape(transaction.counterparty_name, 80)
        day = fr.short_day(fr.paris_day(transaction.ordered_at))
        see = button("Historique", ids.HISTORY_PAYMENT, ids.value(transaction.id))
        decision = allocation.decision
        who = by_and_when(decision.actor_kind, decision.actor, decision.decided_at)
        blocks.append(section(f"{amount} de {payer} le {day} · par {who}", see))
    if not invoice.payments:
        blocks.append(context("Aucun paiement associé."))
    return Message(f"{kind} {plain(line.number)}", blocks[:50])


def _due(line: InvoiceLine, today: date) -> str:
    if not line.open_cents:
        return ""
    is_begun = line.open_cents != line.total_cents
    left = f" · reste dû {fr.amount(line.open_cents, line.currency)}" if is_begun else ""
    return f"{left} · {fr.due(line.due_date, today)}"


def _sentence(text: str) -> Message:
    return Message(text, [section(text)])


def invoices_text(lines: Sequence[InvoiceLine], typed: str, today: date) -> Message:
    """List invoices close to what was typed."""
    if not lines:
        return _sentence(f"Aucune facture ne correspond à «\u00a0{escape(typed, 60)}\u00a0».")
    counted = fr.count(len(lines), "facture correspond", "factures correspondent")
    rows = [_invoice_row(line, today) for line in lines]
    return Message(counted, [section(f"{counted}\u00a0:\n" + "\n".join(rows))])


def _invoice_row(line: InvoiceLine, today: date) -> str:
    amount = fr.amount(line.open_cents or line.total_cents, line.currency)
    return f"• *{escape(line.number, 60)}* — {escape(line.client, 40)} · {amount} · {STATUS[line.status]}" + (
        f" · {fr.due(line.due_date, today)}" if line.open_cents else ""
    )


def client_text(client: ClientFile, today: date) -> Message:
    """Say what a client owes and paid."""
    lines = [
        f"*{escape(client.name, 80)}*",
        f"Dû\u00a0: {_tally(client.due, 'facture')}",
        f"Dont en retard\u00a0: {_tally(client.late, 'facture')}",
        f"Payé\u00a0: {_tally(client.paid, 'facture')}",
    ]
    blocks = [section("\n".join(lines))]
    if client.open_lines:
        blocks.append(section("\n".join(_invoice_row(line, today) for line in client.open_lines)))
    if client.due.count > len(client.open_lines):
        more = fr.count(client.due.count - len(client.open_lines), "autre facture", "autres factures")
        blocks.append(context(f"et {more} à payer"))
    return Message(f"{plain(client.name)}\u00a0: {fr.count(client.due.count, 'facture')} à payer", blocks)


def clients_text(names: Sequence[str], typed: str) -> Message:
    """List the clients that what was typed could mean."""
    if not names:
        return _sentence(f"Aucun client ne correspond à «\u00a0{escape(typed, 60)}\u00a0».")
    listed = fr.join([escape(name, 60) for name in names])
    return _sentence(f"Plusieurs clients correspondent\u00a0: {listed}. Précisez le nom.")


def figures_text(figures: Figures) -> Message:
    """Say the figures of a period."""
    states = figures.by_state
    received = total(states.values())
    done = states.get(PaymentState.ALLOCATED, Tally())
    waiting = total(states[state] for state in WAITING if state in states)
    aside = states.get(PaymentState.IGNORED, Tally())
    lines = [
        f"*Rapprochement, {figures.period.label}*",
        f"Reçus\u00a0: {_tally(received)}",
        f"Rapprochés\u00a0: {_tally(done)}",
        f"À rapprocher\u00a0: {_tally(waiting)}",
        f"Hors facturation\u00a0: {_tally(aside)}",
        _delay(figures),
        _followed(figures),
    ]
    return Message(f"Rapprochement, {figures.period.label}", [section("\n".join(lines))])


def _tally(tally: Tally, noun: str = "paiement") -> str:
    return fr.counted(tally.count, noun, tally.cents)


def _delay(figures: Figures) -> str:
    if figures.mean_delay is None or figures.median_delay is None:
        return "Délai avant association\u00a0: aucune association"
    return (
        f"Délai avant association\u00a0: {duration(figures.mean_delay)} en moyenne, "
        f"{duration(figures.median_delay)} pour la moitié d’entre eux"
    )


def duration(seconds: float) -> str:
    """Write a length of time in its largest sensible unit: « 3 heures », « 2 jours »."""
    if seconds < fr.SECONDS_PER_MINUTE:
        return "moins d’une minute"
    if seconds < fr.SECONDS_PER_HOUR:
        return fr.count(round(seconds / fr.SECONDS_PER_MINUTE), "minute")
    if seconds < 2 * fr.SECONDS_PER_DAY:
        return fr.count(round(seconds / fr.SECONDS_PER_HOUR), "heure")
    return fr.count(round(seconds / fr.SECONDS_PER_DAY), "jour")


def _followed(figures: Figures) -> str:
    first, other, by_hand = figures.followed
    total = first + other + by_hand
    if not total:
        return "Suggestions justes\u00a0: aucune association"
    share = round(100 * first / total)
    return (
        f"Première suggestion juste\u00a0: {share}\u00a0% ({first} sur {total}), "
        f"autre suggestion {other}, choix à la main {by_hand}"
    )


def deals_text(home: TalentHome) -> Message:
    """Tell a talent where their own collaborations stand, and nothing else, in their language."""
    words = words_in(home.language)
    if not home.deals:
        return _sentence(words.none_yet)
    lines = [_deal(deal, home, words) for deal in home.deals[:LISTED_DEALS]]
    blocks = [section(f"*{words.yours}*\n" + "\n".join(lines))]
    if home.total > len(lines):
        blocks.append(context(words.older.format(home.total - len(lines))))
    return Message(words.yours, blocks)


def _deal(deal: Deal, home: TalentHome, words: TalentWords) -> str:
    is_told = home.show_amounts and deal.net_cents is not None
    amount = f" · {words.amount(deal.net_cents or 0, deal.currency)}" if is_told else ""
    state = _deal_state(deal, home.today, words)
    return f"• *{escape(deal.title, 80)}* — {escape(deal.client, 60)}{amount} · {state}"


def _deal_state(deal: Deal, today: date, words: TalentWords) -> str:
    if deal.paid_at is not None:
        return words.paid_on.format(words.day(fr.paris_day(deal.paid_at)))
    if deal.due_date is None:
        return words.not_invoiced.lower()
    partly = f"{words.paid_partly.lower()}, " if deal.paid_cents else ""
    return f"{partly}{words.due(deal.due_date, today)}"


def settings_text() -> Message:
    """Say where the settings are, with a way there."""
    text = "Les réglages sont dans l’onglet Accueil de l’application, bouton «\u00a0Réglages\u00a0»."
    return Message(text, [section(text), actions([button("Ouvrir les réglages", ids.SETTINGS, "v1:1")])])
