"""What ``/qonto`` answers, in French."""

from collections.abc import Sequence
from datetime import date, datetime

from bot.bank.sync import SyncReport
from bot.locale import fr
from bot.queries.overview import Overview
from bot.queries.payment import PaymentView
from bot.queries.periods import Period
from bot.slack.blocks import ids
from bot.slack.blocks.kit import Message, button, section
from bot.slack.blocks.talent_words import words_in
from bot.slack.blocks.text import escape
from bot.slack.card.view import headline
from bot.slack.notices.alerts import alert_lines

ALERTS_SHOWN = 10
HELP = (
    "*Rapprocher les virements reçus et les factures*\n"
    "`/qonto sync 30` — relire les 30 derniers jours chez Qonto\n"
    "`/qonto statut` — ce qui attend, et l’état des connexions\n"
    "`/qonto paiements` — les paiements à rapprocher, les plus anciens d’abord\n"
    "`/qonto facture 042` — une facture et ses paiements\n"
    "`/qonto client nike` — ce qu’un client doit, ce qu’il a payé\n"
    "`/qonto historique` — qui a décidé quoi, et quand\n"
    "`/qonto stats janvier` — les chiffres d’une période\n"
    "`/qonto export janvier` — les rapprochements en XLSX et CSV\n"
    "`/qonto réglages` — qui reçoit quoi, et quand\n"
    "`/qonto aide` — cette aide\n"
    "Chaque paiement a une carte dans le canal des paiements\u00a0: « Associer » suffit."
)


def help_for_others(admins: Sequence[str]) -> str:
    """Say to somebody without the right what this is and whom to ask."""
    names = " ou ".join(admins)
    return (
        "Les paiements sont réservés aux administrateurs. "
        f"Pour une question sur un règlement, demandez à {names}."
    )


PERIOD_UNREADABLE = (
    "Période non reconnue. Écrivez par exemple «\u00a0janvier\u00a0», «\u00a0mois dernier\u00a0», "
    "«\u00a0t1 2026\u00a0», «\u00a02026\u00a0», «\u00a030 jours\u00a0» "
    "ou «\u00a0du 01/01/2026 au 31/01/2026\u00a0»."
)


def help_for_talents(admins: Sequence[str], language: str) -> str:
    """Say to a talent what they can ask, in their language."""
    words = words_in(language)
    return f"{words.help} {words.for_the_rest.format(words.either.join(admins))}"


def unknown_command(typed: str, closest: str | None) -> str:
    """Say that a word is no command, with the closest one when there is one."""
    unknown = f"Commande inconnue\u00a0: «\u00a0{escape(typed, 40)}\u00a0»."
    if closest:
        return f"{unknown} Vouliez-vous dire `/qonto {closest}`\u202f? `/qonto aide` montre tout."
    return f"{unknown}\n{HELP}"


def export_started(period: Period) -> str:
    """Say that an export began."""
    return f"Export en préparation ({period.label})…"


def sync_started(days: int) -> str:
    """Say that a synchronisation began."""
    return f"Synchronisation des {fr.count(days, 'dernier jour', 'derniers jours')} en cours…"


def sync_done(report: SyncReport) -> str:
    """Say what a synchronisation brought."""
    counts = (
        f"{fr.count(report.new, 'nouveau', 'nouveaux')}, {report.updated} mis à jour, "
        f"{fr.count(report.unchanged, 'inchangé')} ({max(1, round(report.seconds))}\u00a0s)"
    )
    text = f"Synchronisation\u00a0: {counts}."
    if report.to_explain:
        text += (
            f" {fr.count(report.to_explain, 'nouveau paiement', 'nouveaux paiements')} à rapprocher\u00a0: "
            "`/qonto paiements`."
        )
    if report.skipped_accounts:
        text += f" Comptes non lus\u00a0: {escape(fr.join(report.skipped_accounts), 200)}."
    return text


def overview_text(overview: Overview, now: datetime) -> str:
    """Say what waits and how the connections are."""
    waiting = fr.counted(overview.waiting, "paiement", overview.waiting_cents)
    lines = [f"*À rapprocher*\u00a0: {waiting}"]
    synced = overview.synced_at
    lines.append(
        f"Dernière synchronisation {fr.ago(synced, now)}" if synced else "Aucune synchronisation encore"
    )
    if overview.bank_error:
        lines.append(f"Qonto\u00a0: {escape(overview.bank_error, 200)}")
    if overview.lagging_messages:
        lines.append(f"{fr.count(overview.lagging_messages, 'message')} Slack en attente d’envoi")
    if overview.blocked_messages:
        blocked = fr.count(overview.blocked_messages, "message bloqué", "messages bloqués")
        lines.append(f"{blocked}\u00a0: talent non relié à Slack ou canal inaccessible")
    lines += [f":warning: {line}" for line in alert_lines(overview.alerts)[:ALERTS_SHOWN]]
    return "\n".join(lines)


def payments_list(views: Sequence[PaymentView], today: date) -> Message:
    """List waiting payments, each with a button that shows its card."""
    if not views:
        return Message("Tout est rapproché.", [section("Tout est rapproché.")])
    blocks = []
    for view in views:
        spoken = f"Afficher {headline(view)}"
        show = button("Afficher la carte", ids.SHOW_CARD, ids.value(view.id), spoken=spoken)
        blocks.append(section(_line(view, today), show))
    return Message(f"{fr.count(len(views), 'paiement')} à rapprocher", blocks)


def _line(view: PaymentView, today: date) -> str:
    settled = fr.paris_day(view.settled_at) if view.settled_at else today
    names = "aucune facture trouvée"
    if view.suggestions:
        names = escape(fr.join([line.number for line in view.suggestions[0].lines[:3]]), 100)
    return f"*{escape(headline(view), 150)}* · {fr.short_day(settled)} → {names}"
