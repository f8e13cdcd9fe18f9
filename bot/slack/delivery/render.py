"""From a ledger row to the message it must show now, read from the tables at the moment of sending."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from bot.locale import fr
from bot.messages.preferences import Choices, Notices, Personal, read_choices, read_personal
from bot.queries.payment import load_view
from bot.queries.payment_lists import read_listing
from bot.slack.blocks.kit import Message, section
from bot.slack.card.view import payment_card, plain_card
from bot.slack.delivery.result import EndedError, Outcome, Result
from bot.slack.home.waiting_lists import card_group, digest
from bot.slack.notices.alerts import alert_message
from bot.slack.notices.paid import PaidLine, correction, link_question, paid
from store.messages import alerts, ledger
from store.messages.keys import paid_key
from store.models import Alert, Allocation, Collaboration, Invoice, Talent, TalentLink, Transaction
from store.models import Message as LedgerRow
from store.models.selects import standing
from store.people import LinkState
from store.types import AlertKind, InvoiceStatus, MessagePurpose, MessageState

MOST_CARRIED = 20
NOT_YET = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message and the version of its object that it shows; ``carried`` are other rows it speaks for.

    ``plain`` says the essential with what Slack has never refused.
    """

    message: Message
    version: int
    plain: Message
    carried: tuple[LedgerRow, ...] = ()


class NotNeededError(EndedError):
    """What the message announced is no longer true, or was never said: it must not leave."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, Result(Outcome.NOT_NEEDED))


class NotYetError(EndedError):
    """The message must wait for another one, whose fate is not known yet."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, Result(Outcome.PUT_OFF, wait=NOT_YET))


def _rendered(message: Message, row: LedgerRow, carried: Sequence[LedgerRow] = ()) -> Rendered:
    plain = Message(message.text, [section(message.text)])
    return Rendered(message, row.wanted_version, plain, tuple(carried))


async def _card(session: AsyncSession, row: LedgerRow, now: datetime) -> Rendered:
    view = await load_view(session, row.object_id)
    if view is None:
        raise NotNeededError("the payment is gone")
    return Rendered(payment_card(view, now), view.version, plain_card(view))


async def _listing(session: AsyncSession, row: LedgerRow, now: datetime) -> Rendered:
    is_digest = row.purpose == MessagePurpose.DIGEST
    listing = await read_listing(session, row.key, now, waiting_before=row.created_at if is_digest else None)
    if row.ts is None and not any(line.waits for line in listing.lines):
        raise NotNeededError("nothing waits any more")
    draw = digest if is_digest else card_group
    return _rendered(draw(listing), row)


async def _link(session: AsyncSession, row: LedgerRow, _now: datetime) -> Rendered:
    link = await session.get(TalentLink, row.object_id)
    talent = await session.get(Talent, link.talent_id) if link else None
    if link is None or talent is None or (row.ts is None and link.state != LinkState.ASKED):
        raise NotNeededError("nobody asks any more")
    personal = await read_personal(session, link.user_id, is_admin=False)
    question = link_question(link.id, talent.name, link.asked_by, link.state, personal.language)
    return _rendered(question, row)


async def _paid(session: AsyncSession, row: LedgerRow, now: datetime) -> Rendered:
    """What a talent is told, as they and the agency chose: nothing, no parts, no amounts, in English.

    Who is told once a day gets one message for all that is due.
    """
    choices, personal = await read_choices(session), await _personal(session, row)
    if personal.notices is Notices.NOTHING:
        raise NotNeededError("nobody wants to be told")
    lines = await _lines(session, row, choices)
    carried: list[LedgerRow] = []
    if personal.notices is Notices.DIGEST and row.ts is None:
        for other in await ledger.due_beside(session, row, now, MOST_CARRIED):
            try:
                lines += await _lines(session, other, choices)
            except NotNeededError:
                continue
            carried.append(other)
    message = paid(lines, show_amounts=choices.show_amounts, language=personal.language)
    return _rendered(message, row, carried)


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


async def _correction(session: AsyncSession, row: LedgerRow, _now: datetime) -> Rendered:
    """Correct only what was really said; wait while that is unknown."""
    told = await ledger.find(session, paid_key(row.key))
    if told is None or told.state in {MessageState.CANCELLED, MessageState.BLOCKED, MessageState.WANTED}:
        raise NotNeededError("the first message never left")
    if told.state != MessageState.SENT:
        raise NotYetError("the first message may be on its way")
    clients = {part.invoice.client.name: None for part in await _parts(session, row)}
    personal = await _personal(session, row)
    return _rendered(correction(list(clients), personal.language), row)


async def _alert(session: AsyncSession, row: LedgerRow, _now: datetime) -> Rendered:
    alert = await session.get(Alert, row.object_id)
    if alert is None:
        raise NotNeededError("the alert is gone")
    view = None
    if alert.kind == AlertKind.BANK_CHANGED and alert.object_id is not None:
        view = await load_view(session, alert.object_id)
    together = await alerts.told_together(session, alert)
    return _rendered(alert_message(together, view), row)


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


RENDERERS: Mapping[MessagePurpose, Callable[[AsyncSession, LedgerRow, datetime], Awaitable[Rendered]]] = {
    MessagePurpose.PAYMENT_CARD: _card,
    MessagePurpose.TALENT_PAID: _paid,
    MessagePurpose.TALENT_CORRECTION: _correction,
    MessagePurpose.TALENT_LINK: _link,
    MessagePurpose.ALERT: _alert,
    MessagePurpose.DIGEST: _listing,
    MessagePurpose.CARD_GROUP: _listing,
}


async def render(session: AsyncSession, row: LedgerRow, now: datetime) -> Rendered:
    """Render a ledger row. Raises NotNeededError or NotYetError when there is nothing to send now."""
    return await RENDERERS[MessagePurpose(row.purpose)](session, row, now)
