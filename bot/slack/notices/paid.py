"""The direct messages to talents: pure, facts in, message out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.locale import fr
from bot.slack.blocks import ids
from bot.slack.blocks.kit import Message, actions, button, context, section
from bot.slack.blocks.talent_words import words_in
from bot.slack.blocks.text import escape
from store.people import LinkState

MOST_LINES = 10


@dataclass(frozen=True, slots=True)
class PaidLine:
    """One collaboration a payment concerns. Cents; ``net_cents`` is what the talent earns, when known."""

    collaboration: str
    client: str
    invoice_number: str
    received_cents: int
    invoice_total_cents: int
    net_cents: int | None
    currency: str
    fully_paid: bool
    received_on: date


def paid(lines: Sequence[PaidLine], *, show_amounts: bool = True) -> Message:
    """Tell a talent that clients paid, in full or in part; several payments are a list."""
    sentences = [_sentence(line, show_amounts=show_amounts) for line in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        more = fr.count(len(lines) - MOST_LINES, "autre règlement", "autres règlements")
        sentences.append(f"Et {more}.")
    text = in_one(sentences, "Payé\u202f!" if any(line.fully_paid for line in lines) else "")
    numbers = fr.join([escape(line.invoice_number, 60) for line in lines[:MOST_LINES]])
    word = "Facture" if len(lines) == 1 else "Factures"
    mine = actions([button("Mes collaborations", ids.MY_HOME, "open")])
    return Message(text.replace("*", ""), [section(text), context(f"{word} {numbers}"), mine])


def in_one(sentences: Sequence[str], opening: str) -> str:
    """Put one sentence after the opening, several below it, a line each."""
    if len(sentences) == 1:
        return f"{opening} {sentences[0]}".strip()
    return "\n".join([*([opening] if opening else []), *(f"• {sentence}" for sentence in sentences)])


def _sentence(line: PaidLine, *, show_amounts: bool) -> str:
    client, deal = escape(line.client, 60), escape(line.collaboration, 80)
    day = fr.day(line.received_on)
    if line.fully_paid:
        if not show_amounts:
            return f"{client} a réglé votre collaboration *{deal}*, paiement reçu le {day}."
        return (
            f"{client} a réglé votre collaboration *{deal}*\u00a0: {_earned(line)}, paiement reçu le {day}."
        )
    if not show_amounts:
        return f"{client} a réglé une partie de votre collaboration *{deal}*, paiement reçu le {day}."
    received = fr.amount(line.received_cents, line.currency)
    total = fr.amount(line.invoice_total_cents, line.currency)
    return (
        f"{client} a réglé une partie de votre collaboration *{deal}*\u00a0: "
        f"{received} sur {total}, reçus le {day}."
    )


def _earned(line: PaidLine) -> str:
    """Say the talent's own share when it is known, else what arrived; the last part says that it is one."""
    if line.net_cents is not None:
        return f"votre part\u00a0: {fr.amount(line.net_cents, line.currency)}"
    received = fr.amount(line.received_cents, line.currency)
    if line.received_cents < line.invoice_total_cents:
        return f"{received}, le solde de {fr.amount(line.invoice_total_cents, line.currency)}"
    return received


def link_question(link_id: int, talent: str, asked_by: str, state: str, language: str = "fr") -> Message:
    """Ask somebody whether they are a talent; no amount and no client is named before they say yes."""
    words, name = words_in(language), escape(talent, 80)
    if state in {LinkState.CONFIRMED, LinkState.REFUSED}:
        answer = words.link_confirmed if state == LinkState.CONFIRMED else words.link_refused
        return Message(answer.format(name), [section(answer.format(name))])
    question, why = words.link_question.format(name), words.link_why.format(f"<@{asked_by}>")
    buttons = [
        button(words.it_is_me, ids.LINK_YES, ids.value(link_id), style="primary"),
        button(words.it_is_not_me, ids.LINK_NO, ids.value(link_id)),
    ]
    return Message(f"{question} {why}", [section(f"*{question}*\n{why}"), actions(buttons)])


def correction(clients: Sequence[str]) -> Message:
    """Tell a talent that the payment announced was not theirs."""
    names = fr.join([escape(client, 60) for client in clients])
    text = (
        f"Une erreur s’est glissée\u00a0: le paiement de {names} concernait une autre facture. "
        "Nous vous prévenons dès qu’il arrive."
    )
    return Message(text, [section(text)])
