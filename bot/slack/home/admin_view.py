"""The Home tab of an admin: pure, state in, view out."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from bot.locale import fr
from bot.queries.admin_home import PAGE, AdminHome, Period, RecentLine, UnlinkedTalent, WaitingLine
from bot.slack.blocks import ids
from bot.slack.blocks.kit import Block, actions, button, context, divider, option, plain_text, section
from bot.slack.blocks.text import escape, plain
from bot.slack.card.view import CONFIDENCE, by
from store.queries.figures import Tally

NUMBERS_SHOWN = 3
View = dict[str, Any]
PERIODS = {Period.MONTH: "Ce mois", Period.PREVIOUS: "Le mois dernier", Period.YEAR: "Cette année"}


def admin_home(
    home: AdminHome, *, is_syncing: bool = False, note: str | None = None, knows_people: bool = True
) -> View:
    """Render what waits, what is done, and what needs care.

    ``knows_people``: Slack was asked who the talents are, so that one without an account really has none.
    """
    blocks = [_title("Rapprochement Qonto"), *_first_steps(home)]
    blocks += _figures(home)
    blocks.append(_main_buttons(is_syncing=is_syncing))
    blocks.append(context(_sync_words(home, is_syncing=is_syncing, note=note)))
    if knows_people:
        blocks += _people(home)
    blocks += _waiting(home)
    blocks += _recent(home)
    return {"type": "home", "blocks": blocks}


def sentence_home(text: str) -> View:
    """Render a Home that says one thing."""
    return {"type": "home", "blocks": [_title("Rapprochement Qonto"), section(text)]}


def for_others(admins: Sequence[str]) -> str:
    """Say to somebody without the right what this is and whom to ask."""
    names = " ou ".join(admins)
    return (
        "Ici, les administrateurs associent les virements reçus aux factures. "
        f"Vous n’avez rien à y faire\u202f; pour une question sur un règlement, demandez à {names}."
    )


def _title(text: str) -> Block:
    return {"type": "header", "text": plain_text(text)}


def money(tally: Tally) -> str:
    """Write the sums of a tally, one per currency; nothing when there is none."""
    return fr.join([fr.amount(cents, currency) for currency, cents in sorted(tally.cents.items())])


def tally_words(tally: Tally, noun: str, plural: str | None = None) -> str:
    """Write « 8 paiements · 12 450,00 € », or « aucun » when there is none."""
    counted = fr.count(tally.count, noun, plural)
    return f"{counted} · {money(tally)}" if tally.count else counted


def _first_steps(home: AdminHome) -> list[Block]:
    if home.is_set_up:
        return []
    bank = "*Fait*" if home.sync.synced_at else "*À faire*"
    bank_how = (
        "" if home.sync.synced_at else "\u00a0: vérifiez QONTO_API_KEY, puis «\u00a0Synchroniser\u00a0»"
    )
    given = "*Fait*" if home.has_invoices else "*À faire*"
    given_how = (
        "" if home.has_invoices else "\u00a0: sur le serveur, `qonto-bot import factures.csv`, ou l’API"
    )
    return [
        section(
            "*Pour commencer*\n"
            "1. Slack est relié — *Fait*\n"
            f"2. Qonto est relié — {bank}{bank_how}\n"
            f"3. Les factures sont là — {given}{given_how}"
        ),
        divider(),
    ]


def _figures(home: AdminHome) -> list[Block]:
    late = tally_words(home.overdue, "facture")
    fields = [
        f"*À rapprocher*\n{tally_words(home.waiting, 'paiement')}",
        f"*Factures en retard*\n{late}",
        f"*Reçus {period_words(home)}*\n{tally_words(home.received, 'paiement')}",
        f"*… dont rapprochés*\n{tally_words(home.reconciled, 'paiement')}",
    ]
    return [
        {
            "type": "section",
            "fields": [{"type": "mrkdwn", "text": text} for text in fields],
            "accessory": _period_choice(home.period),
        }
    ]


def period_words(home: AdminHome) -> str:
    """Say the period inside a sentence: « en novembre », « en 2026 »."""
    if home.period is Period.YEAR:
        return f"en {home.today.year}"
    first = home.today.replace(day=1)
    return f"en {fr.month(first if home.period is Period.MONTH else first - timedelta(days=1))}"


def _period_choice(period: Period) -> Block:
    options = [option(label, each.value) for each, label in PERIODS.items()]
    return {
        "type": "static_select",
        "action_id": ids.HOME_PERIOD,
        "placeholder": plain_text("Période"),
        "options": options,
        "initial_option": option(PERIODS[period], period.value),
    }


def _main_buttons(*, is_syncing: bool) -> Block:
    buttons = [] if is_syncing else [button("Synchroniser", ids.HOME_SYNC, "now")]
    buttons += [
        button("Factures", ids.HOME_INVOICES, "open"),
        button("Historique", ids.HISTORY, "all"),
        button("Réglages", ids.SETTINGS, "open"),
    ]
    return actions(buttons)


def _sync_words(home: AdminHome, *, is_syncing: bool, note: str | None) -> str:
    if is_syncing:
        return "Synchronisation en cours…"
    if note:
        return note
    if home.sync.synced_at is None:
        return "Aucune synchronisation encore."
    said = f"Dernière synchronisation le {fr.moment(home.sync.synced_at)}"
    if home.sync.error:
        return f":warning: {said}. Qonto a refusé un compte\u00a0: {escape(home.sync.error, 200)}"
    return f"{said} · tout s’est bien passé"


def _people(home: AdminHome) -> list[Block]:
    if not home.unlinked_count:
        return []
    names = fr.join([_unlinked(each) for each in home.unlinked])
    more = home.unlinked_count - len(home.unlinked)
    others = f" et {fr.count(more, 'autre')}" if more else ""
    counted = fr.count(home.unlinked_count, "talent sans compte Slack", "talents sans compte Slack")
    return [
        section(
            f"{counted}\u00a0: {names}{others}. Les messages pour eux attendent.",
            button("Relier un talent", ids.LINK_TALENT, "open"),
        )
    ]


def _unlinked(talent: UnlinkedTalent) -> str:
    name = escape(talent.name, 60)
    if talent.asked == "asked":
        return f"{name} (question posée à <@{talent.asked_user}>)"
    return f"{name} (<@{talent.asked_user}> a répondu non)" if talent.asked == "refused" else name


def _waiting(home: AdminHome) -> list[Block]:
    if not home.waiting.count:
        last = f" Dernier paiement reçu le {fr.day(home.last_payment_on)}." if home.last_payment_on else ""
        return [divider(), section(f"*Tout est rapproché.*{last}")]
    blocks = [divider(), section("*À rapprocher*, les plus anciens d’abord")]
    for line in home.lines:
        blocks += [section(waiting_words(line)), actions(_waiting_buttons(line))]
    return [*blocks, *_paging(home)]


def waiting_words(line: WaitingLine) -> str:
    """Say in two lines how much, from whom, when, and what is suggested."""
    left = "reste " if line.is_partly else ""
    first = (
        f"*{left}{fr.amount(line.left_cents, line.currency)}* · {escape(line.payer, 80)}"
        f" · {_day(line.received_on)}"
    )
    return f"{first}\n→ {_suggested(line)}"


def _day(day: date) -> str:
    return fr.short_day(day).replace(" ", fr.NBSP)


def _suggested(line: WaitingLine) -> str:
    if line.proposal_id is None:
        return "aucune facture trouvée"
    client = f" · {escape(line.client, 60)}" if line.client else ""
    sure = CONFIDENCE.get(line.confidence or "", "possible")
    if line.residual_cents < 0:
        sure += f", il manque {fr.amount(-line.residual_cents, line.currency)}"
    elif line.still_due_cents > 0:
        sure += f", paiement partiel, il restera dû {fr.amount(line.still_due_cents, line.currency)}"
    elif line.residual_cents > 0:
        sure += f", il restera {fr.amount(line.residual_cents, line.currency)}"
    return f"{_numbers(line.numbers)}{client} ({sure})"


def _numbers(numbers: Sequence[str]) -> str:
    shown = [f"*{escape(number, 60)}*" for number in numbers[:NUMBERS_SHOWN]]
    if len(numbers) > NUMBERS_SHOWN:
        more = len(numbers) - NUMBERS_SHOWN
        shown.append(fr.count(more, "autre facture", "autres factures"))
    return fr.join(shown)


def _waiting_buttons(line: WaitingLine) -> list[Block]:
    """One button for the likely act, the others behind « ⋯ »: a click on a doubt is never the shortest."""
    find = "Autre facture…" if line.proposal_id else "Chercher une facture…"
    money_words = fr.amount(line.left_cents, line.currency)
    choose = ids.value(line.id)
    others = []
    if line.proposal_id and line.is_clear:
        main = button(
            associate_label(line),
            ids.ASSOCIATE,
            ids.value(line.proposal_id),
            spoken=f"{associate_label(line)} {plain(line.numbers[0], 40)}, {money_words}",
        )
        others.append(option(find, ids.folded(ids.CHOOSE, choose)))
    else:
        main = button(
            find, ids.CHOOSE, choose, spoken=f"{find} pour {money_words} de {plain(line.payer, 30)}"
        )
        if line.proposal_id:
            label = f"{associate_label(line)} {plain(line.numbers[0], 30)}"
            others.append(option(label, ids.folded(ids.ASSOCIATE, ids.value(line.proposal_id))))
    if not line.is_partly:
        others.append(option("Pas un paiement client", ids.folded(ids.IGNORE, choose)))
    return [main, *([_more(others)] if others else [])]


def associate_label(line: WaitingLine) -> str:
    """Name what a click does, as the card does."""
    if line.residual_cents < 0:
        return "Associer et solder"
    return "Associer" if len(line.numbers) == 1 else f"Associer les {len(line.numbers)}"


def _more(options: Sequence[Block]) -> Block:
    return {"type": "overflow", "action_id": ids.MORE, "options": list(options)}


def _paging(home: AdminHome) -> list[Block]:
    first = (home.page - 1) * PAGE + 1
    said = f"{first} à {first + len(home.lines) - 1} sur {home.waiting.count}"
    if home.pages == 1:
        return [context(f"{len(home.lines)} sur {home.waiting.count}")]
    buttons = []
    if home.page > 1:
        buttons.append(button("Précédents", ids.HOME_PAGE_BEFORE, ids.value(home.page - 1)))
    if home.page < home.pages:
        buttons.append(button("Suivants", ids.HOME_PAGE_AFTER, ids.value(home.page + 1)))
    return [context(said), actions(buttons)]


def _recent(home: AdminHome) -> list[Block]:
    if not home.recent:
        return []
    lines = "\n".join(_recent_words(line) for line in home.recent)
    return [divider(), section(f"*Derniers rapprochements*\n{lines}")]


def _recent_words(line: RecentLine) -> str:
    return (
        f"✓ {fr.amount(line.amount_cents, line.currency)} · {escape(line.payer, 60)} → "
        f"{_numbers(line.numbers)}, par {by(line.actor_kind, line.actor)} le {fr.moment(line.decided_at)}"
    )
