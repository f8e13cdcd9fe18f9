"""The direct messages to talents: pure, facts in, message out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.slack.blocks import ids
from bot.slack.blocks.kit import Message, actions, button, context, section
from bot.slack.blocks.talent_words import TalentWords, words_in
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


def paid(lines: Sequence[PaidLine], *, show_amounts: bool = True, language: str = "fr") -> Message:
    """Tell a talent that clients paid, in full or in part; several payments are a list."""
    words = words_in(language)
    sentences = [_sentence(line, words, show_amounts=show_amounts) for line in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        sentences.append(words.more_payments(len(lines) - MOST_LINES))
    opening = words.paid_opening if any(line.fully_paid for line in lines) else ""
    if len(sentences) == 1:
        text = f"{opening} {sentences[0]}".strip()
    else:
        text = "\n".join([*([opening] if opening else []), *(f"• {sentence}" for sentence in sentences)])
    numbers = words.join([escape(line.invoice_number, 60) for line in lines[:MOST_LINES]])
    mine = actions([button(words.mine, ids.MY_HOME, "open")])
    noun = words.paid_invoices[len(lines) > 1]
    return Message(text.replace("*", ""), [section(text), context(f"{noun} {numbers}"), mine])


def _sentence(line: PaidLine, words: TalentWords, *, show_amounts: bool) -> str:
    received = words.amount(line.received_cents, line.currency)
    total = words.amount(line.invoice_total_cents, line.currency)
    # The talent's own share when it is known, else what arrived; the last part says that it is one.
    if line.net_cents is not None:
        earned = words.your_share.format(words.amount(line.net_cents, line.currency))
    elif line.received_cents < line.invoice_total_cents:
        earned = words.with_balance.format(received=received, total=total)
    else:
        earned = received
    if line.fully_paid:
        sentence = words.paid_whole if show_amounts else words.paid_whole_hidden
    else:
        sentence = words.paid_part if show_amounts else words.paid_part_hidden
    return sentence.format(
        client=escape(line.client, 60),
        deal=escape(line.collaboration, 80),
        day=words.day(line.received_on),
        earned=earned,
        received=received,
        total=total,
    )


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


def correction(clients: Sequence[str], language: str = "fr") -> Message:
    """Tell a talent that the payment announced was not theirs."""
    words = words_in(language)
    text = words.correction.format(words.join([escape(client, 60) for client in clients]))
    return Message(text, [section(text)])
