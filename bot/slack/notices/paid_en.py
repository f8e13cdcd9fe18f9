"""The direct messages to talents who chose English: the same facts as ``notices``."""

from collections.abc import Sequence

from bot.locale import en
from bot.slack.blocks import ids
from bot.slack.blocks.kit import Message, actions, button, context, section
from bot.slack.blocks.text import escape
from bot.slack.notices.paid import MOST_LINES, PaidLine, in_one


def paid(lines: Sequence[PaidLine], *, show_amounts: bool = True) -> Message:
    """Tell a talent that clients paid, in full or in part; several payments are a list."""
    sentences = [_sentence(line, show_amounts=show_amounts) for line in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        more = len(lines) - MOST_LINES
        sentences.append(f"And {more} more payment{'s' if more > 1 else ''}.")
    text = in_one(sentences, "Paid!" if any(line.fully_paid for line in lines) else "")
    numbers = en.join([escape(line.invoice_number, 60) for line in lines[:MOST_LINES]])
    word = "Invoice" if len(lines) == 1 else "Invoices"
    mine = actions([button("My collaborations", ids.MY_HOME, "open")])
    return Message(text.replace("*", ""), [section(text), context(f"{word} {numbers}"), mine])


def _sentence(line: PaidLine, *, show_amounts: bool) -> str:
    client, deal, day = escape(line.client, 60), escape(line.collaboration, 80), en.day(line.received_on)
    if not line.fully_paid:
        amounts = (
            f" {en.amount(line.received_cents, line.currency)} of "
            f"{en.amount(line.invoice_total_cents, line.currency)},"
            if show_amounts
            else ""
        )
        return f"{client} paid part of your collaboration *{deal}*:{amounts} received on {day}."
    if not show_amounts:
        return f"{client} paid for your collaboration *{deal}*. Payment received on {day}."
    if line.net_cents is not None:
        said = f"your share: {en.amount(line.net_cents, line.currency)}"
    else:
        said = en.amount(line.received_cents, line.currency)
        if line.received_cents < line.invoice_total_cents:
            said += f", the balance of {en.amount(line.invoice_total_cents, line.currency)}"
    return f"{client} paid for your collaboration *{deal}*: {said}. Payment received on {day}."


def correction(clients: Sequence[str]) -> Message:
    """Tell a talent that the payment announced was not theirs."""
    names = en.join([escape(client, 60) for client in clients])
    text = (
        f"We made a mistake: the payment from {names} was for another invoice. "
        "We will tell you as soon as yours arrives."
    )
    return Message(text, [section(text)])
