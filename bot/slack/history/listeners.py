"""Listeners of the history: open the list, narrow it, turn its pages, read one payment's story."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from bot.context import Actor, Context
from bot.locale import fr
from bot.queries import history, periods
from bot.queries.periods import Period
from bot.slack.blocks import ids
from bot.slack.blocks.fields import Values, chosen_in, fields, text_in
from bot.slack.blocks.kit import View
from bot.slack.dispatch.door import Json, Request, updated
from bot.slack.history.list_view import EVERY, PERIODS, STATES, Choices, history_modal, people_options
from bot.slack.history.story_view import story_modal
from store.queries.history import Filter, find_clients, find_talents

MOST_OPTIONS = 50
MOST_OFFSET = 1_000_000
THREE_MONTHS_DAYS = 92


class History:
    """Every opening and every narrowing checks the right anew, in the use case."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def open(self, request: Request) -> None:
        """Open the list from a button or a command."""
        await request.open(await self._list(request.actor, Choices(), 0))

    async def open_story(self, request: Request) -> None:
        """Tell one payment's story: above the list, or by itself from a card."""
        story = await history.tell(self._ctx, request.actor, transaction_id=request.row)
        await request.open(story_modal(story))

    async def narrow(self, request: Request) -> None:
        """Apply a filter: back to the first page."""
        await self._redraw(request, 0)

    async def older(self, request: Request) -> None:
        """Turn a page."""
        await self._redraw(request, _offset(request.metadata) + history.PAGE)

    async def newer(self, request: Request) -> None:
        """Turn a page back."""
        await self._redraw(request, max(0, _offset(request.metadata) - history.PAGE))

    async def search(self, request: Request) -> Json:
        """Apply the text; the window stays."""
        return updated(await self._list(request.actor, _choices(request), 0))

    async def clients(self, request: Request) -> Sequence[Json]:
        """Give the clients whose name fits."""
        async with self._ctx.database.read() as session:
            clients = await find_clients(session, str(request.body.get("value") or ""), MOST_OPTIONS)
        return people_options([(row.id, row.name) for row in clients], "Tous les clients")

    async def talents(self, request: Request) -> Sequence[Json]:
        """Give the talents whose name fits."""
        async with self._ctx.database.read() as session:
            talents = await find_talents(session, str(request.body.get("value") or ""), MOST_OPTIONS)
        return people_options([(row.id, row.name) for row in talents], "Tous les talents")

    async def _redraw(self, request: Request, offset: int) -> None:
        await request.redraw(await self._list(request.actor, _choices(request), offset))

    async def _list(self, actor: Actor, chosen: Choices, offset: int) -> View:
        today = fr.paris_day(self._ctx.clock())
        period = _period(chosen.period, today)
        wanted = Filter(
            since=period.since(),
            until=period.until(),
            client_id=_row(chosen.client),
            talent_id=_row(chosen.talent),
            states=STATES[chosen.state][1],
            text=chosen.text,
        )
        page = await history.search(self._ctx, actor, wanted=wanted, offset=offset)
        return history_modal(page, chosen, today)


def _offset(given: str) -> int:
    return min(int(given), MOST_OFFSET) if given.isascii() and given.isdigit() and len(given) <= 7 else 0  # noqa: PLR2004  # digits of MOST_OFFSET


def _choices(request: Request) -> Choices:
    """Read the filters; what we never offered counts as not chosen."""
    values = request.values
    period, state = chosen_in(values, ids.HISTORY_PERIOD), chosen_in(values, ids.HISTORY_STATE)
    return Choices(
        period=period if period and period in PERIODS else "three_months",
        state=state if state and state in STATES else EVERY,
        client=_option(values, ids.HISTORY_CLIENT),
        talent=_option(values, ids.HISTORY_TALENT),
        text=text_in(values, ids.HISTORY_TEXT) or "",
    )


def _option(values: Values, action_id: str) -> dict[str, Any] | None:
    for _, entry in fields(values, action_id):
        option = entry.get("selected_option")
        return option if option and option["value"] != EVERY else None
    return None


def _row(option: dict[str, Any] | None) -> int | None:
    return ids.row_id(option["value"]) if option else None


def _period(code: str, today: date) -> Period:
    named: dict[str, Callable[[date], Period]] = {
        "three_months": lambda day: periods.last_days(THREE_MONTHS_DAYS, day),
        "month": periods.this_month,
        "last_month": periods.last_month,
        "year": periods.this_year,
        EVERY: lambda _: periods.ALL,
    }
    return named[code](today)
