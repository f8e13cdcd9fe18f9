"""The Home tab of an admin: pure, state in, view out."""

from collections.abc import Sequence
from datetime import timedelta

from bot.locale import fr
from bot.queries.admin_home import PAGE, AdminHome, Period, RecentLine, UnlinkedTalent, WaitingLine
from bot.slack.blocks import ids
from bot.slack.blocks.kit import (
    Block,
    View,
    actions,
    button,
    columns,
    context,
    divider,
    element,
    header,
    home_tab,
    option,
    section,
    select,
)
from bot.slack.blocks.text import escape, plain
from bot.slack.card.decided_view import by_and_when
from bot.slack.card.view import CONFIDENCE, associate_label, find_label
from store.queries.figures import Tally

NUMBERS_SHOWN = 3
TITLE = "Rapprochement Qonto"
PERIODS = {Period.MONTH: "Ce mois", Period.PREVIOUS: "Le mois dernier", Period.YEAR: "Cette année"}


def admin_home(
    home: AdminHome, *, is_syncing: bool = False, note: str | None = None, knows_people: bool = True
) -> View:
    """Render what waits, what is done, and what needs care.

    ``knows_people``: Slack was asked who the talents are, so that one without an account really has none.
    """
    blocks = [header(TITLE), *_first_steps(home), _figures(home), _main_buttons(is_syncing=is_syncing)]
    blocks.append(context(_sync_words(home, is_syncing=is_syncing, note=note)))
    if knows_people:
        blocks += _people(home)
    return home_tab([*blocks, *_waiting(home), *_recent(home)])


def sentence_home(text: str) -> View:
    """Render a Home that says one thing."""
    return home_tab([header(TITLE), section(text)])


def for_others(admins: Sequence[str]) -> str:
    """Say to somebody without the right what this is and whom to ask."""
    names = " ou ".join(admins)
    return (
        "Ici, les administrateurs associent les virements reçus aux factures. "
        f"Vous n’avez rien à y faire\u202f; pour une question sur un règlement, demandez à {names}."
    )


def _first_steps(home: AdminHome) -> list[Block]:
    if home.is_set_up:
        return []
    bank, given = "*Fait*", "*Fait*"
    if not home.sync.synced_at:
        bank = "*À faire*\u00a0: vérifiez QONTO_API_KEY, puis «\u00a0Synchroniser\u00a0»"
    if not home.has_invoices:
        given = "*À faire*\u00a0: sur le serveur, `qonto-bot import factures.csv`, ou l’API"
    return [
        section(
            "*Pour commencer*\n1. Slack est relié — *Fait*\n"
            f"2. Qonto est relié — {bank}\n3. Les factures sont là — {given}"
        ),
        divider(),
    ]


def _figures(home: AdminHome) -> Block:
    periods = {str(period.value): label for period, label in PERIODS.items()}
    return columns(
        [
            f"*À rapprocher*\n{_tally(home.waiting, 'paiement')}",
            f"*Factures en retard*\n{_tally(home.overdue, 'facture')}",
            f"*Reçus {period_words(home)}*\n{_tally(home.received, 'paiement')}",
            f"*… dont rapprochés*\n{_tally(home.reconciled, 'paiement')}",
        ],
        select("static_select", ids.HOME_PERIOD, periods, home.period.value, "Période"),
    )


def _tally(tally: Tally, noun: str) -> str:
    return fr.counted(tally.count, noun, tally.cents or {})


def period_words(home: AdminHome) -> str:
    """Say the period inside a sentence: « en novembre », « en 2026 »."""
    if home.period is Period.YEAR:
        return f"en {home.today.year}"
    first = home.today.replace(day=1)
    return f"en {fr.month(first if home.period is Period.MONTH else first - timedelta(days=1))}"


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
    latest = f"Dernière synchronisation le {fr.moment(home.sync.synced_at)}"
    if home.sync.error:
        return f":warning: {latest}. Qonto a refusé un compte\u00a0: {escape(home.sync.error, 200)}"
    return f"{latest} · tout s’est bien passé"


def _people(home: AdminHome) -> list[Block]:
    if not home.unlinked_count:
        return []
    names = fr.join([_unlinked(talent) for talent in home.unlinked])
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
    day = fr.short_day(line.received_on).replace(" ", fr.NBSP)
    first = f"*{left}{fr.amount(line.left_cents, line.currency)}* · {escape(line.payer, 80)} · {day}"
    return f"{first}\n→ {_suggested(line)}"


def _suggested(line: WaitingLine) -> str:
    if line.suggestion_id is None:
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
    shown = [f"*{escape(number, 60)}*" for number in numbers]
    return fr.join_few(shown, NUMBERS_SHOWN, "autre facture", "autres factures")


def likely_act(line: WaitingLine) -> Block:
    """Build the one button that is shown: a click on a doubt is never the shortest."""
    amount = fr.amount(line.left_cents, line.currency)
    if line.suggestion_id and line.is_clear:
        label = _associate(line)
        spoken = f"{label} {plain(line.numbers[0], 40)}, {amount}"
        return button(label, ids.ASSOCIATE, ids.value(line.suggestion_id), spoken=spoken)
    label = find_label(line.suggestion_id)
    spoken = f"{label} pour {amount} de {plain(line.payer, 30)}"
    return button(label, ids.CHOOSE, ids.value(line.id), spoken=spoken)


def _waiting_buttons(line: WaitingLine) -> list[Block]:
    """One button for the likely act, the others behind « ⋯ »."""
    others = []
    if line.suggestion_id and line.is_clear:
        others.append(option(find_label(line.suggestion_id), ids.folded(ids.CHOOSE, ids.value(line.id))))
    elif line.suggestion_id:
        label = f"{_associate(line)} {plain(line.numbers[0], 30)}"
        others.append(option(label, ids.folded(ids.ASSOCIATE, ids.value(line.suggestion_id))))
    if not line.is_partly:
        others.append(option("Pas un paiement client", ids.folded(ids.IGNORE, ids.value(line.id))))
    return [likely_act(line), *([element("overflow", ids.MORE, options=others)] if others else [])]


def _associate(line: WaitingLine) -> str:
    return associate_label(len(line.numbers), line.residual_cents)


def _paging(home: AdminHome) -> list[Block]:
    if home.pages == 1:
        return [context(f"{len(home.lines)} sur {home.waiting.count}")]
    first = (home.page - 1) * PAGE + 1
    buttons = []
    if home.page > 1:
        buttons.append(button("Précédents", ids.HOME_PAGE_BEFORE, ids.value(home.page - 1)))
    if home.page < home.pages:
        buttons.append(button("Suivants", ids.HOME_PAGE_AFTER, ids.value(home.page + 1)))
    shown = f"{first} à {first + len(home.lines) - 1} sur {home.waiting.count}"
    return [context(shown), actions(buttons)]


def _recent(home: AdminHome) -> list[Block]:
    if not home.recent:
        return []
    lines = "\n".join(_recent_words(line) for line in home.recent)
    return [divider(), section(f"*Derniers rapprochements*\n{lines}")]


def _recent_words(line: RecentLine) -> str:
    return (
        f"✓ {fr.amount(line.amount_cents, line.currency)} · {escape(line.payer, 60)} → "
        f"{_numbers(line.numbers)}, par {by_and_when(line.actor_kind, line.actor, line.decided_at)}"
    )
