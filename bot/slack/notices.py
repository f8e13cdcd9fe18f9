"""The direct messages to talents: pure, facts in, message out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot import fr
from bot.slack.blocks import Message, context, section
from bot.slack.text import escape


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


def paid(lines: Sequence[PaidLine], received_on: date) -> Message:
    """Tell a talent that a client paid, in full or in part."""
    sentences = [_sentence(line, received_on) for line in lines]
    opening = "Payé\u202f! " if any(line.fully_paid for line in lines) else ""
    text = opening + " ".join(sentences)
    numbers = fr.join([escape(line.invoice_number, 60) for line in lines])
    word = "Facture" if len(lines) == 1 else "Factures"
    return Message(text.replace("*", ""), [section(text), context(f"{word} {numbers}")])


def _sentence(line: PaidLine, received_on: date) -> str:
    client, deal = escape(line.client, 60), escape(line.collaboration, 80)
    day = fr.day(received_on)
    if line.fully_paid:
        cents = line.net_cents if line.net_cents is not None else line.received_cents
        said = "votre part\u00a0: " if line.net_cents is not None else ""
        return (
            f"{client} a réglé votre collaboration *{deal}*\u00a0: "
            f"{said}{fr.amount(cents, line.currency)}, paiement reçu le {day}."
        )
    received = fr.amount(line.received_cents, line.currency)
    total = fr.amount(line.invoice_total_cents, line.currency)
    return (
        f"{client} a réglé une partie de votre collaboration *{deal}*\u00a0: "
        f"{received} sur {total}, reçus le {day}."
    )


def correction(clients: Sequence[str]) -> Message:
    """Tell a talent that the payment announced was not theirs."""
    names = fr.join([escape(client, 60) for client in clients])
    text = (
        f"Une erreur s’est glissée\u00a0: le paiement de {names} concernait une autre facture. "
        "Nous vous prévenons dès qu’il arrive."
    )
    return Message(text, [section(text)])
