"""Score a history payment by payment, against one snapshot, and write what the contract asks for."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from bot.locale import fr
from bot.suggestions.backtest.baselines import compare
from bot.suggestions.backtest.measures import Figures, Scored, measure, risk_coverage
from bot.suggestions.backtest.picture import draw_curve
from bot.suggestions.backtest.reading import History, PastPaymentRow, read_history
from bot.suggestions.backtest.summary import write_summary
from matching import Invoice, InvoiceId, Model, Outcome, Proposal, Reason, match
from matching.values import Flag

OLD_DAYS = 90

Clock = Callable[[], float]


def run_backtest(
    directory: Path,
    out: TextIO,
    summary: TextIO,
    *,
    model: Model | None = None,
    picture: Path | None = None,
    clock: Clock = time.perf_counter,
) -> Figures | None:
    """Write one JSON line per payment to ``out``; with ``expected`` answers, a French summary to ``summary``.

    ``picture``: where to write the risk-coverage curve as a PNG. Returns the figures, None without answers.
    Raises BacktestUnreadableError when a file cannot be read.
    """
    history = read_history(directory)
    invoices = {invoice.id: invoice for invoice in history.invoices}
    scored, compared = _score(history, invoices, out, model or Model(), clock)
    if not scored:
        return None
    figures = measure(scored)
    if picture:
        picture.write_bytes(draw_curve(risk_coverage(scored)))
    write_summary(summary, scored, figures, compare(history, compared), picture)
    return figures


def _score(
    history: History, invoices: dict[InvoiceId, Invoice], out: TextIO, model: Model, clock: Clock
) -> tuple[list[Scored], list[PastPaymentRow]]:
    index = history.index()
    known = set(history.memory.ibans)
    scored: list[Scored] = []
    compared: list[PastPaymentRow] = []
    for row in history.rows:
        start = clock()
        outcome = match(row.payment, index, model)
        seconds = clock() - start
        out.write(json.dumps(as_json(row.payment_id, outcome, invoices), ensure_ascii=False) + "\n")
        if row.expected is not None:
            slices = _slices(row, invoices, known)
            scored.append(Scored(row.payment, row.expected, outcome, seconds, slices))
            compared.append(row)
    return scored, compared


def as_json(payment_id: str, outcome: Outcome, invoices: dict[InvoiceId, Invoice]) -> dict[str, object]:
    """One line of the contract: amounts are decimal strings, reasons and flags are codes."""
    return {
        "payment_id": payment_id,
        "outcome": outcome.kind.value,
        "hypotheses": [_hypothesis(proposal, invoices) for proposal in outcome.proposals],
        "flags": _codes(outcome.flags),
    }


def _hypothesis(proposal: Proposal, invoices: dict[InvoiceId, Invoice]) -> dict[str, object]:
    return {
        "allocations": [
            {"invoice": invoices[part.invoice_id].number, "amount": fr.decimal_text(part.amount_cents)}
            for part in proposal.allocations
        ],
        "residual": fr.decimal_text(proposal.residual_cents),
        "residual_reason": proposal.residual_reason.value if proposal.residual_reason else None,
        "probability": round(proposal.probability, 6),
        "reasons": _codes(proposal.reasons),
    }


def _codes(coded: tuple[Reason, ...] | tuple[Flag, ...]) -> list[str]:
    return [each.code for each in coded]


def _slices(
    row: PastPaymentRow, invoices: dict[InvoiceId, Invoice], known_ibans: set[str]
) -> tuple[str, ...]:
    """The groups a payment is counted in, from its answer and not from ours."""
    payer = "payeur connu (IBAN)" if row.payment.payer_iban in known_ibans else "payeur nouveau"
    if not row.expected:
        return ("aucune facture", payer)
    settled = [invoices[part.invoice_id] for part in row.expected]
    days = (row.payment.settled_on - min(invoice.due_date for invoice in settled)).days
    age = "échue depuis plus de 90 jours" if days > OLD_DAYS else "échue depuis 90 jours au plus"
    return (_shape(row, invoices), payer, age)


def _shape(row: PastPaymentRow, invoices: dict[InvoiceId, Invoice]) -> str:
    expected = row.expected or ()
    if any(part.amount_cents < 0 for part in expected):
        return "avec un avoir"
    if len(expected) > 1:
        return "plusieurs factures"
    allocated = expected[0].amount_cents
    if allocated < invoices[expected[0].invoice_id].open_cents:
        return "paiement partiel"
    return "une facture" if allocated == row.payment.amount_cents else "une facture, avec un écart"
