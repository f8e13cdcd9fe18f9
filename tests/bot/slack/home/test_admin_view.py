from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from bot.messages.preferences import Notices, Personal
from bot.queries.admin_home import AdminHome, Period, RecentLine, UnlinkedTalent, WaitingLine
from bot.queries.talent_home import Deal, DealSums, TalentHome
from bot.slack.blocks import ids
from bot.slack.commands.lookup_texts import deals_text
from bot.slack.home.admin_view import admin_home, for_others, sentence_home
from bot.slack.home.talent_view import talent_home, talent_modal
from bot.slack.preferences.view import talent_settings
from sandbox.slack.limits import check_view
from store.queries.figures import Tally
from store.queries.home import SyncState
from tests.support.modals import all_text
from tests.support.views import NOW
from tests.support.world import buttons_in, text_of

LONG = "SOCIÉTÉ <ANONYME> & FILS " * 20


def a_waiting(**changes: Any) -> WaitingLine:
    line = WaitingLine(
        id=12,
        left_cents=150_000,
        amount_cents=150_000,
        currency="EUR",
        payer="NIKE FRANCE",
        received_on=date(2026, 1, 27),
        is_partly=False,
        suggestion_id=7,
        numbers=("FACT-2026-042",),
        client="NIKE",
        confidence="very_likely",
        is_clear=True,
    )
    return replace(line, **changes)


def a_home(**changes: Any) -> AdminHome:
    home = AdminHome(
        waiting=Tally(1, {"EUR": 150_000}),
        received=Tally(43, {"EUR": 15_839_000, "USD": 100}),
        reconciled=Tally(42, {"EUR": 15_689_000}),
        overdue=Tally(5, {"EUR": 930_000}),
        period=Period.MONTH,
        today=date(2026, 1, 27),
        page=1,
        pages=1,
        lines=(a_waiting(),),
        recent=(),
        sync=SyncState(NOW, None),
        has_invoices=True,
        last_payment_on=date(2026, 1, 27),
        unlinked=(),
        unlinked_count=0,
    )
    return replace(home, **changes)


def drawn(home: AdminHome, **how: Any) -> dict[str, Any]:
    view = admin_home(home, **how)
    assert check_view(view) == []
    return view


def labels(view: dict[str, Any]) -> list[str]:
    return [button["text"]["text"] for _, button in buttons_in(view["blocks"])]


def test_the_figures_and_what_waits_are_said() -> None:
    view = drawn(a_home())
    text = text_of(view)
    assert "*À rapprocher*\n1\u00a0paiement · 1\u202f500,00\u00a0€" in text
    assert "*Reçus en janvier*\n43\u00a0paiements · 158\u202f390,00\u00a0€ et 1,00\u00a0$US" in text
    assert (
        "*1\u202f500,00\u00a0€* · NIKE FRANCE · 27\u00a0janv.\n→ *FACT-2026-042* · NIKE (très probable)"
        in text
    )
    assert "Dernière synchronisation le 27\u00a0janv. à\u00a014:05 · tout s’est bien passé" in text
    assert "Pour commencer" not in text
    assert labels(view) == ["Synchroniser", "Factures", "Historique", "Réglages", "Associer"]


def test_a_doubt_is_never_the_shortest_click() -> None:
    view = drawn(a_home(lines=(a_waiting(is_clear=False, confidence="possible"),)))
    assert labels(view)[-1] == "Autre facture…"
    [more] = [
        element
        for block in view["blocks"]
        for element in block.get("elements", [])
        if element["type"] == "overflow"
    ]
    folded = {option["text"]["text"]: ids.unfolded(option["value"]) for option in more["options"]}
    assert folded == {
        "Associer FACT-2026-042": ("proposal.associate", "v1:7"),
        "Pas un paiement client": ("payment.ignore", "v1:12"),
    }


@pytest.mark.parametrize(
    ("line", "words", "label"),
    [
        (a_waiting(suggestion_id=None, numbers=()), "aucune facture trouvée", "Chercher une facture…"),
        (a_waiting(numbers=("A", "B", "C", "D")), "*A*, *B*, *C* et 1\u00a0autre facture", "Associer les 4"),
        (a_waiting(residual_cents=-1500), "il manque 15,00\u00a0€", "Associer et solder"),
        (a_waiting(residual_cents=1500), "il restera 15,00\u00a0€", "Associer"),
        (a_waiting(still_due_cents=100), "paiement partiel, il restera dû 1,00\u00a0€", "Associer"),
        (a_waiting(is_partly=True, left_cents=100), "*reste 1,00\u00a0€*", "Associer"),
    ],
)
def test_each_line_says_what_its_button_does(line: WaitingLine, words: str, label: str) -> None:
    view = drawn(a_home(lines=(line,)))
    assert words in text_of(view)
    assert labels(view)[-1] == label


def test_a_full_page_of_long_names_fits_in_slack() -> None:
    lines = tuple(a_waiting(id=n + 1, payer=LONG, client=LONG, numbers=(LONG,) * 30) for n in range(20))
    recent = (RecentLine(1, "EUR", LONG, (LONG,) * 9, "slack", "U0MAUD", NOW),) * 5
    unlinked = tuple(UnlinkedTalent(n, LONG, "asked", "U0INES") for n in range(5))
    home = a_home(
        lines=lines,
        recent=recent,
        unlinked=unlinked,
        unlinked_count=900,
        page=2,
        pages=250,
        waiting=Tally(5_000, {"EUR": 1}),
    )
    view = drawn(home, note="Synchronisation terminée. " * 200)
    assert "21 à 40 sur 5000" in text_of(view)
    assert "<ANONYME>" not in text_of(view)
    assert labels(view)[-2:] == ["Précédents", "Suivants"]
    assert "et 895\u00a0autres" in text_of(view)


def test_the_first_steps_say_what_is_left_to_do() -> None:
    home = a_home(
        sync=SyncState(None, None), has_invoices=False, lines=(), waiting=Tally(0), last_payment_on=None
    )
    text = text_of(drawn(home))
    assert "1. Slack est relié — *Fait*" in text
    assert "2. Qonto est relié — *À faire*" in text
    assert (
        "3. Les factures sont là — *À faire*\u00a0: sur le serveur, `qonto-bot import factures.csv`" in text
    )
    assert "*Tout est rapproché.*" in text


def test_an_answer_of_people_and_of_the_bank_is_shown() -> None:
    unlinked = (UnlinkedTalent(1, "Inès Benali", "refused", "U0HUGO"), UnlinkedTalent(2, "Théo", None, None))
    home = a_home(unlinked=unlinked, unlinked_count=2, sync=SyncState(NOW, "compte <fermé>"))
    text = text_of(drawn(home))
    assert "Inès Benali (<@U0HUGO> a répondu non) et Théo" in text
    assert ":warning:" in text
    assert "compte &lt;fermé&gt;" in text
    assert "Relier un talent" not in text_of(drawn(home, knows_people=False))
    syncing = drawn(home, is_syncing=True)
    assert "Synchronisation en cours…" in text_of(syncing)
    assert "Synchroniser" not in labels(syncing)


def test_the_period_is_said_in_words() -> None:
    assert "Reçus en décembre" in text_of(drawn(a_home(period=Period.PREVIOUS)))
    assert "Reçus en 2026" in text_of(drawn(a_home(period=Period.YEAR)))


def test_others_read_whom_to_ask() -> None:
    view = sentence_home(for_others(["<@U0MAUD>", "<!subteam^S0FINANCE>"]))
    assert check_view(view) == []
    assert "demandez à <@U0MAUD> ou <!subteam^S0FINANCE>." in text_of(view)


def a_deal(**changes: Any) -> Deal:
    deal = Deal("Campagne <printemps>", "NIKE", "EUR", 150_000, 0, None, date(2026, 1, 30))
    return replace(deal, **changes)


def a_talents_home(*deals: Deal, **changes: Any) -> TalentHome:
    sums = (DealSums("EUR", 9_000_000, 200_000),)
    home = TalentHome("Camille", date(2026, 1, 27), deals, len(deals), sums, show_amounts=True)
    return replace(home, **changes)


def test_a_talent_who_asks_by_command_reads_the_same_with_amounts_only_when_they_are_shown() -> None:
    deals = (
        a_deal(paid_cents=50_000, net_cents=120_000),
        a_deal(paid_at=datetime(2026, 1, 5, 12, tzinfo=UTC), due_date=None),
        a_deal(invoiced_cents=0, due_date=None),
    )
    home = a_talents_home(*deals, total=5)
    told = text_of({"blocks": deals_text(home).blocks})
    assert "1\u202f200,00\u00a0€ · payée en partie, échéance dans 3\u00a0jours" in told
    assert "payée le 5\u00a0janvier 2026" in told
    assert "pas encore facturée" in told
    assert "et 2 plus anciennes" in told
    assert "€" not in text_of({"blocks": deals_text(replace(home, show_amounts=False)).blocks})


def test_a_talent_reads_what_is_invoiced_paid_and_awaited() -> None:
    deals = (
        a_deal(),
        a_deal(paid_cents=50_000, net_cents=120_000),
        a_deal(paid_cents=150_000, due_date=None),
        a_deal(invoiced_cents=0, due_date=None),
    )
    view = talent_home(a_talents_home(*deals, total=90))
    assert check_view(view) == []
    text = text_of(view)
    assert "*Attendu*\u00a0: 88\u202f000,00\u00a0€" in text
    assert "Attendue, échéance dans 3\u00a0jours · facturé 1\u202f500,00\u00a0€" in text
    assert "Payée en partie" in text
    assert "votre part 1\u202f200,00\u00a0€" in text
    assert "✓ Payée" in text
    assert "Pas encore facturée" in text
    assert "4 collaborations sur 90" in text
    hidden = talent_home(a_talents_home(*deals, show_amounts=False))
    assert "€" not in text_of(hidden)
    empty = talent_home(a_talents_home())
    assert "Aucune collaboration facturée" in text_of(empty)


def test_a_talent_who_chose_english_reads_no_french() -> None:
    deals = (
        a_deal(),
        a_deal(paid_cents=50_000, net_cents=120_000, due_date=date(2026, 1, 26)),
        a_deal(paid_cents=150_000, due_date=None),
        a_deal(invoiced_cents=0, due_date=None),
    )
    home = a_talents_home(*deals, total=90, language="en")
    for view in (talent_home(home), talent_modal(home)):
        assert check_view(view) == []
        text = text_of(view)
        assert "*Expected*: €88,000.00" in text
        assert "Expected, due in 3 days · invoiced €1,500.00" in text
        assert "Partly paid, due 1 day ago" in text
        assert "your share €1,200.00" in text
        assert "Not invoiced yet" in text
        assert "4 of 90 collaborations" in text
        assert not set("éèà") & set(text)
    settings = talent_settings(Personal(Notices.DIGEST, 9, "en"))
    assert check_view(settings) == []
    said = all_text(settings)
    assert "When should we tell you?" in said
    assert "9:00" in said
    assert not set("éèà") & set(said.replace("Français", ""))
