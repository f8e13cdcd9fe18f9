"""« Factures »: the modal that lists what is still due, overdue first."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from bot.locale import fr
from bot.queries.payment import InvoiceLine, invoice_line
from bot.slack.blocks.kit import Block, View, context, divider, modal, section
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


def invoices_modal(due: DueInvoices) -> View:
    """Render the list; a search is one word away: « /qonto facture 042 »."""
    return modal("Factures à encaisser", _blocks(due))


def _blocks(due: DueInvoices) -> list[Block]:
    if not due.lines:
        return [section("Aucune facture n’attend de paiement.")]
    summary = due.summary
    blocks = [
        section(
            f"*À encaisser*\u00a0: {fr.counted(summary.open_count, 'facture', summary.open_cents)}\n"
            f"*En retard*\u00a0: {fr.counted(summary.overdue_count, 'facture', summary.overdue_cents)}"
        ),
        divider(),
    ]
    lines = [_line(line, due.today) for line in due.lines]
    blocks += [
        section("\n\n".join(lines[start : start + PER_BLOCK])) for start in range(0, len(lines), PER_BLOCK)
    ]
    if summary.open_count > len(due.lines):
        blocks.append(context(f"Les {len(due.lines)} premières, par échéance."))
    return blocks


def _line(line: InvoiceLine, today: date) -> str:
    facts = [fr.amount(line.open_cents, line.currency), fr.due(line.due_date, today)]
    if line.talent:
        facts.append(escape(line.talent, 40))
    return f"*{escape(line.number, 40)}* — {escape(line.client, 60)}\n{' · '.join(facts)}"
