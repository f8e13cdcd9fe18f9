"""From a ledger row to the message it must show now, read from the tables at the moment of sending."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from bot.locale import fr
from bot.messages.preferences import Choices, Notices, Personal, read_choices, read_personal
from bot.queries.payment import load_view
from bot.queries.payment_lists import read_listing
from bot.slack.blocks.kit import Message
from bot.slack.card.view import payment_card
from bot.slack.home.waiting_lists import card_group, digest
from bot.slack.notices.alerts import alert_message
from bot.slack.notices.paid import PaidLine, correction, link_question, paid
from store.messages import alerts, ledger
from store.messages.keys import paid_key
from store.models import Alert, Allocation, Collaboration, Invoice, Talent, TalentLink, Transaction
from store.models import Message as LedgerRow
from store.models.standing import standing
from store.people import LinkState
from store.types import AlertKind, InvoiceStatus, MessagePurpose, MessageState

MOST_CARRIED = 20


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message and the version of its object that it shows; ``carried`` are other rows it speaks for."""

    message: Message
    version: int
    carried: tuple[LedgerRow, ...] = ()


class NotNeededError(Exception):
    """What the message announced is no longer true, or was never said: it must not leave."""


class NotYetError(Exception):
    """The message must wait for another one, whose fate is not known yet."""


async def render(session: AsyncSession, row: LedgerRow, now: datetime) -> Rendered:
    """Render a ledger row. Raises NotNeededError or NotYetError when there is nothing to send now."""
    if row.purpose == MessagePurpose.PAYMENT_CARD:
        return await _card(session, row, now)
    if row.purpose == MessagePurpose.TALENT_PAID:
        return await _paid(session, row, now)
    if row.purpose == MessagePurpose.TALENT_CORRECTION:
        return await _correction(session, row)
    if row.purpose == MessagePurpose.ALERT:
        return await _alert(session, row)
    if row.purpose in {MessagePurpose.DIGEST, MessagePurpose.CARD_GROUP}:
        return await _listing(session, row, now)
    if row.purpose == MessagePurpose.TALENT_LINK:
        return await _link(session, row)
    raise NotNeededError(f"no view for {row.purpose}")


async def _card(session: AsyncSession, row: LedgerRow, now: datetime) -> Rendered:
    view = await load_view(session, row.object_id)
    if view is None:
        raise NotNeededError("the payment is gone")
    return Rendered(payment_card(view, now), view.version)


async def _listing(session: AsyncSession, row: LedgerRow, now: datetime) -> Rendered:
    is_digest = row.purpose == MessagePurpose.DIGEST
    listing = await read_listing(session, row.key, now, waiting_before=row.created_at if is_digest else None)
    if row.ts is None and not any(each.waits for each in listing.lines):
        raise NotNeededError("nothing waits any more")
    draw = digest if is_digest else card_group
    return Rendered(draw(listing), row.wanted_version)


async def _link(session: AsyncSession, row: LedgerRow) -> Rendered:
    link = await session.get(TalentLink, row.object_id)
    talent = await session.get(Talent, link.talent_id) if link else None
    if link is None or talent is None or (row.ts is None and link.state != LinkState.ASKED):
        raise NotNeededError("nobody asks any more")
    personal = await read_personal(session, link.user_id, is_admin=False)
    asked = link_question(link.id, talent.name, link.asked_by, link.state, personal.language)
    return Rendered(asked, row.wanted_version)


async def _paid(session: AsyncSession, row: LedgerRow, now: datetime) -> Rendered:
    """What a talent is told, as they and the agency chose: nothing, no parts, no amounts, in English.

    Who is told once a day gets one message for all that is due.
    """
    choices, personal = await read_choices(session), await _personal(session, row)
    if personal.notices is Notices.NOTHING:
        raise NotNeededError("nobody wants to be told")
    lines = await _lines(session, row, choices)
    carried = []
    if personal.notices is Notices.DIGEST and row.ts is None:
        for other in await ledger.due_beside(session, row, now, MOST_CARRIED):
            try:
                lines += await _lines(session, other, choices)
            except NotNeededError:
                continue
            carried.append(other)
    message = paid(lines, show_amounts=choices.show_amounts, language=personal.language)
    return Rendered(message, row.wanted_version, tuple(carried))


async def _lines(session: AsyncSession, row: LedgerRow, choices: Choices) -> list[PaidLine]:
    """What one decision brought one talent, as it stands. Raises NotNeededError."""
    parts = await _parts(session, row, standing())
    received = await session.get(Transaction, parts[0].transaction_id) if parts else None
    if received is None:
        raise NotNeededError("the association no longer stands")
    told = [part for part in parts if choices.tell_partial or part.invoice.status == InvoiceStatus.PAID]
    if not told:
        raise NotNeededError("nobody wants to be told of a part")
    day = fr.paris_day(received.settled_at or received.bank_updated_at)
    return [_line(part, day) for part in told]


async def _personal(session: AsyncSession, row: LedgerRow) -> Personal:
    talent = await session.get(Talent, row.talent_id) if row.talent_id else None
    return await read_personal(session, talent.slack_user_id if talent else None, is_admin=False)


async def _correction(session: AsyncSession, row: LedgerRow) -> Rendered:
    """Correct only what was really said; wait while that is unknown."""
    told = await ledger.find(session, paid_key(row.key))
    if told is None or told.state in {MessageState.CANCELLED, MessageState.BLOCKED, MessageState.WANTED}:
        raise NotNeededError("the first message never left")
    if told.state != MessageState.SENT:
        raise NotYetError("the first message may be on its way")
    clients = {part.invoice.client.name: None for part in await _parts(session, row)}
    personal = await _personal(session, row)
    return Rendered(correction(list(clients), personal.language), row.wanted_version)


async def _alert(session: AsyncSession, row: LedgerRow) -> Rendered:
    alert = await session.get(Alert, row.object_id)
    if alert is None:
        raise NotNeededError("the alert is gone")
    view = None
    if alert.kind == AlertKind.BANK_CHANGED and alert.object_id is not None:
        view = await load_view(session, alert.object_id)
    together = await alerts.told_together(session, alert)
    return Rendered(alert_message(together, view), row.wanted_version)


async def _parts(session: AsyncSession, row: LedgerRow, *which: ColumnElement[bool]) -> list[Allocation]:
    """Load what one decision gave to one talent's collaborations."""
    rows = await session.scalars(
        select(Allocation)
        .join(Allocation.invoice)
        .join(Invoice.collaboration)
        .where(
            Allocation.decision_id == row.object_id,
            Allocation.amount_cents > 0,
            Collaboration.talent_id == row.talent_id,
            *which,
        )
        .order_by(Allocation.id)
        .options(
            joinedload(Allocation.invoice).joinedload(Invoice.client),
            joinedload(Allocation.invoice).joinedload(Invoice.collaboration),
        )
    )
    return list(rows)


def _line(part: Allocation, received_on: date) -> PaidLine:
    invoice = part.invoice
    deal = invoice.collaboration
    return PaidLine(
        collaboration=deal.title if deal else invoice.number,
        client=invoice.client.name,
        invoice_number=invoice.number,
        received_cents=part.amount_cents,
        invoice_total_cents=invoice.total_cents,
        net_cents=deal.net_cents if deal else None,
        currency=invoice.currency,
        fully_paid=invoice.status == InvoiceStatus.PAID,
        received_on=received_on,
    )
