"""Use cases behind « /qonto »: one invoice, one client, a period's figures, a talent's collaborations."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import mean, median

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit import admins_only
from bot.context import Actor, Context
from bot.locale import fr
from bot.queries.payment import InvoiceLine, invoice_line
from bot.queries.periods import Period
from store.invoices.read import InvoicePayment, get_by_number, list_invoices, payments_of
from store.models import Client, Invoice, selects
from store.queries import figures, history
from store.queries.figures import Followed, Tally, total
from store.types import InvoiceKind, InvoiceStatus, PaymentState

LISTED = 10


@dataclass(frozen=True, slots=True)
class InvoiceFile:
    """One invoice and the payments that settle it."""

    line: InvoiceLine
    paid_at: datetime | None
    payments: tuple[InvoicePayment, ...]


@dataclass(frozen=True, slots=True)
class ClientFile:
    """What a client owes and paid. ``open_lines`` are the longest due."""

    name: str
    due: Tally
    late: Tally
    paid: Tally
    open_lines: tuple[InvoiceLine, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a period. Delays in seconds from the payment's arrival here; None without any."""

    period: Period
    by_state: Mapping[PaymentState, Tally]
    mean_delay: float | None
    median_delay: float | None
    followed: Followed


@admins_only("read_invoice")
async def find_invoice(ctx: Context, _actor: Actor, *, typed: str) -> InvoiceFile | list[InvoiceLine]:
    """Find one invoice by its number, or list what is close to it; an empty list when nothing is."""
    async with ctx.database.read() as session:
        found = await get_by_number(session, typed)
        if found is None:
            near = (await list_invoices(session, q=typed, limit=LISTED)).invoices
            if len(near) != 1:
                return [invoice_line(invoice, invoice.open_cents) for invoice in near]
            found = near[0]
        payments = await payments_of(session, found.id)
        return InvoiceFile(invoice_line(found, found.open_cents), found.paid_at, tuple(payments))


@admins_only("read_client")
async def find_client(ctx: Context, _actor: Actor, *, typed: str) -> ClientFile | list[str]:
    """Find one client by part of its name, or list those it could be; an empty list when none is."""
    async with ctx.database.read() as session:
        found = await history.find_clients(session, typed, LISTED)
        exact = [client for client in found if client.name.casefold() == typed.casefold()]
        if len(found) != 1 and len(exact) != 1:
            return [client.name for client in found]
        return await _client(ctx, session, (exact or found)[0])


async def _client(ctx: Context, session: AsyncSession, client: Client) -> ClientFile:
    today = fr.paris_day(ctx.clock())
    query = (
        select(Invoice)
        .where(Invoice.client_id == client.id, Invoice.kind == InvoiceKind.INVOICE)
        .order_by(Invoice.due_date, Invoice.id)
        .options(*selects.whole_invoice())
    )
    rows = (await session.scalars(query)).all()
    due = [row for row in rows if row.open_cents > 0]
    late = [row for row in due if row.due_date < today]
    paid = [row for row in rows if row.status == InvoiceStatus.PAID]
    return ClientFile(
        client.name,
        due=total(Tally(1, {row.currency: row.open_cents}) for row in due),
        late=total(Tally(1, {row.currency: row.open_cents}) for row in late),
        paid=total(Tally(1, {row.currency: row.total_cents}) for row in paid),
        open_lines=tuple(invoice_line(row, row.open_cents) for row in due[:LISTED]),
    )


@admins_only("read_figures")
async def read_figures(ctx: Context, _actor: Actor, *, period: Period) -> Figures:
    """Work out the figures of a period."""
    since, until = period.since(), period.until()
    async with ctx.database.read() as session:
        by_state = await figures.sums_by_state(session, since, until)
        delays = await figures.delays_seconds(session, since, until)
        said = await figures.followed(session, since, until)
    return Figures(
        period, by_state, mean(delays) if delays else None, median(delays) if delays else None, said
    )
