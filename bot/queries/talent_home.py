"""Use case: read what a talent may see: their own collaborations, invoiced, paid, awaited. Nobody else's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from bot.context import Context
from bot.locale import fr
from bot.messages.preferences import read_choices, read_personal
from store import people
from store.books import arithmetic
from store.models import Collaboration, Invoice
from store.types import InvoiceKind, InvoiceStatus

SHOWN = 40


@dataclass(frozen=True, slots=True)
class Deal:
    """One collaboration: cents invoiced and paid so far, the talent's share when known, the next due date.

    ``paid_at`` (UTC) is set once every invoice is paid.
    """

    title: str
    client: str
    currency: str
    invoiced_cents: int
    paid_cents: int
    net_cents: int | None
    due_date: date | None
    paid_at: datetime | None = None

    @property
    def awaited_cents(self) -> int:
        """What clients still owe, in cents."""
        return self.invoiced_cents - self.paid_cents


@dataclass(frozen=True, slots=True)
class DealSums:
    """What all collaborations in one currency come to, in cents."""

    currency: str
    invoiced_cents: int
    paid_cents: int

    @property
    def awaited_cents(self) -> int:
        """What clients still owe, in cents."""
        return self.invoiced_cents - self.paid_cents


@dataclass(frozen=True, slots=True)
class TalentHome:
    """One talent's collaborations, those awaited first, in their ``language``.

    ``deals`` are the ones shown; ``total`` counts them all and ``sums`` adds them all up, by currency.
    """

    name: str
    today: date
    deals: tuple[Deal, ...]
    total: int
    sums: tuple[DealSums, ...]
    show_amounts: bool
    language: str = "fr"


async def read_talent_home(session: AsyncSession, user_id: str, now: datetime) -> TalentHome | None:
    """Read the Home of the talent whose account this is; None when it is nobody's."""
    talent = await people.talent_of(session, user_id)
    if talent is None:
        return None
    mine = select(Collaboration).where(Collaboration.talent_id == talent.id)
    query = mine.order_by(Collaboration.status, Collaboration.id.desc()).limit(SHOWN)
    rows = (await session.scalars(query.options(joinedload(Collaboration.client)))).all()
    total = await session.scalar(select(func.count()).select_from(mine.subquery())) or 0
    return TalentHome(
        name=talent.name,
        today=fr.paris_day(now),
        deals=await _deals(session, rows),
        total=total,
        sums=await _sums(session, talent.id),
        show_amounts=(await read_choices(session)).show_amounts,
        language=(await read_personal(session, user_id, is_admin=False)).language,
    )


async def _sums(session: AsyncSession, talent_id: int) -> tuple[DealSums, ...]:
    """Add up every collaboration of a talent, shown or not; one without invoices counts for nothing."""
    sense = case((Invoice.kind == InvoiceKind.CREDIT_NOTE, -1), else_=1)
    query = (
        select(
            Collaboration.currency,
            func.coalesce(func.sum(Invoice.total_cents * sense), 0),
            func.coalesce(func.sum(Invoice.settled_cents * sense), 0),
        )
        .outerjoin(
            Invoice,
            (Invoice.collaboration_id == Collaboration.id) & (Invoice.status != InvoiceStatus.CANCELLED),
        )
        .where(Collaboration.talent_id == talent_id)
        .group_by(Collaboration.currency)
        .order_by(Collaboration.currency)
    )
    rows = (await session.execute(query)).all()
    return tuple(DealSums(currency, int(invoiced), int(paid)) for currency, invoiced, paid in rows)


async def _deals(session: AsyncSession, rows: Sequence[Collaboration]) -> tuple[Deal, ...]:
    query = select(Invoice).where(
        Invoice.collaboration_id.in_([row.id for row in rows]), Invoice.status != InvoiceStatus.CANCELLED
    )
    invoices = (await session.scalars(query)).all()
    return tuple(
        _deal(row, [invoice for invoice in invoices if invoice.collaboration_id == row.id]) for row in rows
    )


def _deal(row: Collaboration, invoices: Sequence[Invoice]) -> Deal:
    open_days = [each.due_date for each in invoices if each.open_cents and each.kind == InvoiceKind.INVOICE]
    return Deal(
        title=row.title,
        client=row.client.name,
        currency=row.currency,
        invoiced_cents=sum(arithmetic.sense(each) * each.total_cents for each in invoices),
        paid_cents=sum(arithmetic.sense(each) * each.settled_cents for each in invoices),
        net_cents=row.net_cents,
        due_date=min(open_days, default=None),
        paid_at=row.paid_at,
    )


async def own_deals(ctx: Context, user_id: str) -> TalentHome | None:
    """Read the same for « /qonto statut »; None when this person is no talent."""
    async with ctx.database.read() as session:
        return await read_talent_home(session, user_id, ctx.clock())
