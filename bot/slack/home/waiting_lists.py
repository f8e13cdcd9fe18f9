"""Messages that list payments: the digest of what waits, and one message for many new payments. Pure."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from bot.locale import fr
from bot.queries.admin_home import WaitingLine
from bot.queries.payment_lists import ListedLine, Listing
from bot.slack.blocks import ids
from bot.slack.blocks.kit import Block, Message, button, context, section
from bot.slack.blocks.text import escape, plain
from bot.slack.card.view import STATE_WORDS
from bot.slack.home.admin_view import likely_act, waiting_words
from store.types import PaymentState

LINES_SHOWN = 40  # Slack takes 50 blocks in a message


def digest(listing: Listing) -> Message:
    """Say what waits, once a day, one line and one button each for the oldest."""
    waiting = [listed.line for listed in listing.lines if listed.waits]
    title = "*Tout est rapproché.* Plus rien n’attend."
    if waiting or listing.others:
        counted = fr.count(len(waiting) + listing.others, "paiement attend", "paiements attendent")
        title = f"*{counted}* · {_sum(waiting, listing.others_cents)}"
        if listing.oldest_days:
            title += f" · le plus ancien depuis {fr.count(listing.oldest_days, 'jour')}"
    return _message(title, listing, lambda listed: likely_act(listed.line))


def card_group(listing: Listing) -> Message:
    """Announce many payments at once; each has its card on demand."""
    every = [listed.line for listed in listing.lines]
    left = sum(listed.waits for listed in listing.lines)
    counted = fr.count(len(every), "paiement reçu", "paiements reçus")
    state = f"{left} à rapprocher" if left else "tout est rapproché"
    return _message(f"*{counted} à la fois* · {_sum(every)} · {state}", listing, _show_card)


def _message(title: str, listing: Listing, act: Callable[[ListedLine], Block | None]) -> Message:
    blocks = [section(title)]
    blocks += [_line(listed, act) for listed in listing.lines[:LINES_SHOWN]]
    unshown = max(0, len(listing.lines) - LINES_SHOWN) + listing.others
    if unshown:
        more = fr.count(unshown, "autre paiement", "autres paiements")
        blocks.append(context(f"… et {more} dans l’accueil de l’application."))
    return Message(title.replace("*", ""), blocks)


def _sum(lines: Sequence[WaitingLine], others: Mapping[str, int] | None = None) -> str:
    sums = Counter(others or {})
    for line in lines:
        sums[line.currency] += line.left_cents
    return fr.amounts({currency: cents for currency, cents in sums.items() if cents}) or "—"


def _line(listed: ListedLine, act: Callable[[ListedLine], Block | None]) -> Block:
    if listed.waits:
        return section(waiting_words(listed.line), act(listed))
    line = listed.line
    state = STATE_WORDS[PaymentState(listed.state)] if listed.state else "Annulé par la banque"
    amount = fr.amount(line.amount_cents, line.currency)
    return section(f"✓ {amount} · {escape(line.payer, 80)} · {fr.short_day(line.received_on)}\n{state}")


def _show_card(listed: ListedLine) -> Block | None:
    if listed.has_card:
        return None
    line = listed.line
    amount = fr.amount(line.left_cents, line.currency)
    spoken = f"Afficher la carte de {amount} de {plain(line.payer, 30)}"
    return button("Afficher la carte", ids.SHOW_CARD, ids.value(line.id), spoken=spoken)
