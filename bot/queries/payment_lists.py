"""Messages that list payments (digest, grouped posting): what each line shows now."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.locale import fr
from bot.queries.admin_home import WaitingLine, describe
from store.messages import lists
from store.messages.keys import card_key
from store.queries import home
from store.types import WAITING, MessageState


@dataclass(frozen=True, slots=True)
class ListedLine:
    """One payment of a list. ``has_card``: its own card is in the channel, or on its way."""

    line: WaitingLine
    state: str | None
    has_card: bool

    @property
    def waits(self) -> bool:
        """Something is left for a person to decide."""
        return self.state in WAITING


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list shows: its lines, oldest first, and how many days the oldest has waited.

    ``others`` wait too and have no line; ``others_cents`` is what they leave unexplained, by currency.
    """

    lines: tuple[ListedLine, ...]
    oldest_days: int
    others: int = 0
    others_cents: Mapping[str, int] = field(default_factory=dict)


async def read_listing(
    session: AsyncSession, message_key: str, now: datetime, *, waiting_before: datetime | None = None
) -> Listing:
    """Read the lines of one message as they are now, and what else waited before an instant, if asked."""
    ids = await lists.listed_in(session, message_key)
    rows = await home.waiting_by_id(session, ids)
    keys = [card_key(row.transaction.qonto_id) for row in rows]
    cards = await lists.cards_of(session, keys)
    lines = await describe(session, rows)
    shown = tuple(
        ListedLine(
            line,
            row.transaction.state,
            cards.get(key, MessageState.CANCELLED) != MessageState.CANCELLED,
        )
        for line, row, key in zip(lines, rows, keys, strict=True)
    )
    days = [(fr.paris_day(now) - each.line.received_on).days for each in shown if each.waits]
    oldest = max(days, default=0)
    if waiting_before is None:
        return Listing(shown, oldest)
    beside = await lists.waiting_beside(session, message_key, waiting_before)
    return Listing(shown, oldest, beside.waiting, beside.cents_by_currency)
