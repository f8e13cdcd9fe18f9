"""« Factures »: the modal that lists what is still due, overdue first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.locale import fr
from bot.queries.payment import InvoiceLine, invoice_line
from bot.slack.blocks.kit import Block, context, divider, plain_text, section
from bot.slack.blocks.text import escape
from store.invoices.read import OpenSummary, open_summary, overdue

SHOWN = 40
PER_BLOCK = 10


@dataclass(frozen=True, slots=True)
class DueInvoices:
    """What is still due: the figures, and the first lines, longest overdue first."""

    summary: OpenSummary
    lines: tuple[InvoiceLine, ...]
    today: date


async def read_invoices(session: AsyncSession, today: date) -> DueInvoices:
    """Read the invoices still due."""
    rows = await overdue(session, date.max, SHOWN)
    lines = tuple(invoice_line(row, row.open_cents) for row in rows)
    return DueInvoices(await open_summary(session, today), lines, today)


def invoices_modal(due: DueInvoices) -> dict[str, Any]:
    """Render the list; a search is one word away: « /qonto facture 042 »."""
    return {
        "type": "modal",
        "title": plain_text("Factures à encaisser"),
        "close": plain_text("Fermer"),
        "blocks": _blocks(due),
    }


def _blocks(due: DueInvoices) -> list[Block]:
    if not due.lines:
        return [section("Aucune facture n’attend de paiement.")]
    summary = due.summary
    blocks = [
        section(
            f"*À encaisser*\u00a0: {_figures(summary.open_count, summary.open_cents)}\n"
            f"*En retard*\u00a0: {_figures(summary.overdue_count, summary.overdue_cents)}"
        ),
        divider(),
    ]
    blocks += [
        section(_lines(due.lines[start : start + PER_BLOCK], due.today))
        for start in range(0, len(due.lines), PER_BLOCK)
    ]
    if summary.open_count > len(due.lines):
        blocks.append(context(f"Les {len(due.lines)} premières, par échéance."))
    return blocks


def _figures(count: int, cents: Any) -> str:
    counted = fr.count(count, "facture")
    sums = fr.join([fr.amount(total, currency) for currency, total in sorted(cents.items())])
    return f"{counted} · {sums}" if count else counted


def _lines(lines: Sequence[InvoiceLine], today: date) -> str:
    return "\n\n".join(_one(line, today) for line in lines)


def _one(line: InvoiceLine, today: date) -> str:
    facts = [fr.amount(line.open_cents, line.currency), fr.due(line.due_date, today)]
    if line.talent:
        facts.append(escape(line.talent, 40))
    return f"*{escape(line.number, 40)}* — {escape(line.client, 60)}\n{' · '.join(facts)}"
