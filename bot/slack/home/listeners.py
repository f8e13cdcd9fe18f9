"""The Home tab: drawn when opened, redrawn when anything it shows has changed, never over a newer view."""

import asyncio
import hashlib
import json
import logging
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.ext.asyncio import AsyncSession

from bot.bank.sync import sync_recent
from bot.context import Context
from bot.errors import InvalidRequestError, RefusedError, WrongWorkspaceError
from bot.locale import fr
from bot.queries.admin_home import Period, read_admin_home
from bot.queries.talent_home import read_talent_home
from bot.slack.blocks.kit import View
from bot.slack.call_errors import CALL_ERRORS, classify
from bot.slack.commands.texts import sync_done
from bot.slack.dispatch.door import Request
from bot.slack.dispatch.rights import Person, Rights, person_of
from bot.slack.home.admin_view import admin_home, for_others, sentence_home
from bot.slack.home.invoices_view import invoices_modal, read_invoices
from bot.slack.home.talent_view import talent_home
from bot.slack.people import LOOKED_UP, People
from store.messages import state
from store.models import HomeView
from store.queries import home as store_home

RECENT = timedelta(days=30)
DEBOUNCE = timedelta(seconds=3)
NOTE_SHOWN = timedelta(minutes=5)
FAILED_PAUSE = timedelta(seconds=30)
BATCH = 20
CONFLICTS = 3
SYNC_DAYS = 30
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """One drawing of a tab: what was known of it, the state it shows, and the view."""

    row: HomeView
    mark: str
    view: View
    digest: str


class Homes:
    """Every person's Home tab. The table ``home_views`` says what each shows."""

    def __init__(self, ctx: Context, client: AsyncWebClient, rights: Rights, people: People) -> None:
        self._ctx = ctx
        self._client = client
        self._rights = rights
        self._people = people
        self._locks: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._notes: dict[str, tuple[str, datetime]] = {}

    async def opened(self, request: Request) -> None:
        """Draw the tab a person just opened, then see whether they are a talent nobody knows yet."""
        event = request.body["event"]
        if event.get("tab") != "home":
            return
        try:
            await self._note_opening(request)
            await self._show(request.actor.id, seen=(event.get("view") or {}).get("hash", ""))
        finally:
            request.later(self._people.link_by_email(request.actor.id))

    async def period(self, request: Request) -> None:
        """Count over another period."""
        await self._change(request, period=_period(request.action["selected_option"]["value"]))

    async def page(self, request: Request) -> None:
        """Show another page of what waits."""
        await self._change(request, page=request.row)

    async def synchronise(self, request: Request) -> None:
        """Read at the bank what may be missing; the tab says that it runs, then what it brought."""
        request.later(self._synchronise(request))

    async def invoices(self, request: Request) -> None:
        """Open the list of invoices that are still due."""
        async with self._ctx.database.read() as session:
            due = await read_invoices(session, fr.paris_day(self._ctx.clock()))
        await request.open(invoices_modal(due))

    async def refresh_due(self) -> int:
        """Redraw the tabs opened lately that show an older state; returns how many were looked at."""
        now = self._ctx.clock()
        async with self._ctx.database.read() as session:
            mark = await self._mark(session)
            due = [row.user_id for row in await store_home.homes_to_redraw(session, mark, now, RECENT, BATCH)]
        for user_id in due:
            try:
                await self._show(user_id)
            except (*CALL_ERRORS, RefusedError) as error:
                await self._failed(user_id, error)
        return len(due)

    async def _synchronise(self, request: Request) -> None:
        if self._ctx.syncing.locked():
            await request.say("Une synchronisation est déjà en cours.")
            return
        sync = asyncio.create_task(sync_recent(self._ctx, days=SYNC_DAYS))
        await asyncio.sleep(0)
        try:
            await self._show(request.actor.id)
            outcome = sync_done(await sync)
        except RefusedError as error:
            outcome = f":warning: {error.message}"
        self._notes[request.actor.id] = (outcome, self._ctx.clock())
        await self._show(request.actor.id)

    async def _note_opening(
        self, request: Request, *, period: Period | None = None, page: int | None = None
    ) -> None:
        person, now = person_of(request.body), self._ctx.clock()
        async with self._ctx.database.write() as session:
            row = await store_home.open_home(session, person.user_id, person.team_id, Period.MONTH, now)
            row.period, row.page = period or row.period, page or row.page

    async def _change(self, request: Request, *, period: Period | None = None, page: int = 1) -> None:
        await self._note_opening(request, period=period, page=page)
        await self._show(request.actor.id, seen=(request.body.get("view") or {}).get("hash"))

    async def _show(self, user_id: str, *, seen: str | None = None) -> None:
        """Draw one tab from the present state.

        ``seen`` is the hash of the view the person looks at (empty when there is none yet). A newer view
        published meanwhile answers ``hash_conflict``: the state is then read again, and drawn again.
        """
        async with self._locks[user_id]:
            for attempt in range(CONFLICTS):
                drawn = await self._drawn(user_id)
                if drawn is None:
                    return
                known = drawn.row.hash if seen is None else seen or None
                if drawn.digest == drawn.row.digest and known == drawn.row.hash and known is not None:
                    await self._shown(user_id, drawn, known)
                    return
                # The last try goes without: what we know of Slack's hash may be lost with a dead process.
                published = await self._publish(user_id, drawn, known if attempt < CONFLICTS - 1 else None)
                if published is not None:
                    await self._shown(user_id, drawn, published)
                    return
                seen = None

    async def _drawn(self, user_id: str) -> _Drawn | None:
        """Draw a tab from one snapshot, with the rights read just before; None for who never opened it.

        The mark is read first: what changes from then on, rights included, draws the tab again.
        """
        async with self._ctx.database.read() as session:
            row, mark = await session.get(HomeView, user_id), await self._mark(session)
        if row is None:
            return None
        refusal, is_admin = "", False
        try:
            person = Person(user_id, frozenset({row.team_id} if row.team_id else ()))
            is_admin = (await self._rights.actor(person)).is_admin
        except WrongWorkspaceError as error:
            refusal = error.message
        async with self._ctx.database.read() as session:
            row = await session.get_one(HomeView, user_id)
            view = sentence_home(refusal) if refusal else await self._view(session, row, is_admin=is_admin)
        digest = hashlib.sha256(json.dumps(view, sort_keys=True).encode()).hexdigest()
        return _Drawn(row, mark, view, digest)

    async def _publish(self, user_id: str, drawn: _Drawn, known: str | None) -> str | None:
        """Publish over the view of hash ``known``; returns the new hash, None when a newer view stands."""
        try:
            answer = await self._client.views_publish(user_id=user_id, view=drawn.view, hash=known)
        except SlackApiError as error:
            if error.response.get("error") != "hash_conflict":
                raise
            return None
        return str(answer["view"]["hash"])

    async def _mark(self, session: AsyncSession) -> str:
        today = fr.paris_day(self._ctx.clock())
        flags = f"{self._ctx.syncing.locked():d}{await _knows_people(session):d}"
        return f"{await store_home.change_mark(session)}.{today}.{flags}"

    async def _view(self, session: AsyncSession, row: HomeView, *, is_admin: bool) -> View:
        now = self._ctx.clock()
        if is_admin:
            home = await read_admin_home(session, _period(row.period), row.page, now)
            return admin_home(
                home,
                is_syncing=self._ctx.syncing.locked(),
                note=self._note(row.user_id, now),
                knows_people=await _knows_people(session),
            )
        mine = await read_talent_home(session, row.user_id, now)
        if mine is not None:
            return talent_home(mine)
        return sentence_home(for_others(self._rights.named_admins()))

    def _note(self, user_id: str, now: datetime) -> str | None:
        note, at = self._notes.get(user_id, ("", now))
        return note if note and now - at < NOTE_SHOWN else None

    async def _shown(self, user_id: str, drawn: _Drawn, view_hash: str) -> None:
        async with self._ctx.database.write() as session:
            row = await session.get(HomeView, user_id, with_for_update=True)
            if row is not None:
                row.mark, row.digest, row.hash = drawn.mark, drawn.digest, view_hash
                row.next_at = self._ctx.clock() + DEBOUNCE

    async def _failed(self, user_id: str, error: Exception) -> None:
        failure = classify(error) if isinstance(error, CALL_ERRORS) else None
        logger.warning("home not redrawn", extra={"reason": failure.error if failure else "rights_unknown"})
        pause = failure.retry_after if failure else None
        async with self._ctx.database.write() as session:
            row = await session.get(HomeView, user_id, with_for_update=True)
            if row is not None:
                row.next_at = self._ctx.clock() + (timedelta(seconds=pause) if pause else FAILED_PAUSE)


async def _knows_people(session: AsyncSession) -> bool:
    return await state.get(session, LOOKED_UP) is not None


def _period(text: str) -> Period:
    try:
        return Period(text)
    except ValueError:
        raise InvalidRequestError("Cette période n’existe pas.") from None
