"""The simple rules other tools use, run beside the matcher so that its figures can be compared."""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence

from bot.suggestions.backtest.measures import Share
from bot.suggestions.backtest.reading import History, PastPaymentRow
from matching import Allocation, Invoice, InvoiceId, InvoiceKind, Payment

Answer = tuple[Allocation, ...]
MAX_COMPARISONS = 20_000_000
_TOKENS = re.compile(r"[0-9A-Z]+(?:[-/][0-9A-Z]+)*")


def compare(history: History, rows: Sequence[PastPaymentRow]) -> dict[str, tuple[Share, Share]]:
    """For each rule: its precision over what it applies, and its recall.

    The slow one is left out on a large history.
    """
    pool = [
        invoice for invoice in history.invoices if invoice.is_open and invoice.kind is InvoiceKind.INVOICE
    ]
    rules: dict[str, Callable[[Payment], Answer]] = {
        "montant unique": unique_amount(pool),
        "mot exact": exact_token(pool),
    }
    if len(pool) * len(rows) <= MAX_COMPARISONS:
        rules["numéro contenu dans le texte"] = substring(pool)
    return {name: _shares(rule, rows) for name, rule in rules.items()}


def unique_amount(pool: Sequence[Invoice]) -> Callable[[Payment], Answer]:
    """The only open invoice of exactly this amount."""
    by_amount: dict[tuple[str, int], list[InvoiceId]] = defaultdict(list)
    for invoice in pool:
        by_amount[invoice.currency, invoice.open_cents].append(invoice.id)

    def rule(payment: Payment) -> Answer:
        ids = by_amount.get((payment.currency, payment.amount_cents), [])
        return (Allocation(ids[0], payment.amount_cents),) if len(ids) == 1 else ()

    return rule


def substring(pool: Sequence[Invoice]) -> Callable[[Payment], Answer]:
    """The first open invoice whose number occurs anywhere in the text."""

    def rule(payment: Payment) -> Answer:
        text = payment.text.upper()
        named = next((invoice for invoice in pool if invoice.number.upper() in text), None)
        return (Allocation(named.id, min(named.open_cents, payment.amount_cents)),) if named else ()

    return rule


def exact_token(pool: Sequence[Invoice]) -> Callable[[Payment], Answer]:
    """The open invoices whose number is a word of the text, if their sum is exact."""
    by_number = {invoice.number.upper(): invoice for invoice in pool}

    def rule(payment: Payment) -> Answer:
        words = dict.fromkeys(_TOKENS.findall(payment.text.upper()))
        named = sorted(
            (by_number[word] for word in words if word in by_number), key=lambda invoice: invoice.id
        )
        is_exact = sum(invoice.open_cents for invoice in named) == payment.amount_cents
        return tuple(Allocation(invoice.id, invoice.open_cents) for invoice in named) if is_exact else ()

    return rule


def _shares(rule: Callable[[Payment], Answer], rows: Sequence[PastPaymentRow]) -> tuple[Share, Share]:
    answers = [(rule(row.payment), row.expected) for row in rows]
    given = [(answer, expected) for answer, expected in answers if answer]
    right = sum(answer == expected for answer, expected in given)
    return Share(right, len(given)), Share(right, sum(bool(expected) for _, expected in answers))
