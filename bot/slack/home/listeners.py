"""The Home tab: drawn when opened, redrawn when anything it shows has changed, never over a newer view."""

import asyncio
import hashlib
import json
import logging
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.ext.asyncio import AsyncSession

from bot.bank.sync import sync_recent
from bot.context import Context
from bot.errors import InvalidRequestError, RefusedError
from bot.locale import fr
from bot.queries.admin_home import Period, read_admin_home
from bot.queries.talent_home import read_talent_home
from bot.slack.blocks import ids
from bot.slack.call_errors import CALL_ERRORS, classify
from bot.slack.commands.texts import sync_done
from bot.slack.dispatch.replies import answered, say
from bot.slack.dispatch.rights import Rights
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
Body = dict[str, Any]
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """One drawing of a tab: what was known of it, the state it shows, and the view."""

    row: HomeView
    mark: str
    view: dict[str, Any]
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
        self._tasks: set[asyncio.Task[None]] = set()

    async def opened(self, ack: AsyncAck, body: Body) -> None:
        """Draw the tab a person just opened; Slack is answered first, it would send the event again."""
        await ack()
        event = body["event"]
        if event.get("tab") != "home":
            return
        user_id, team_id = str(event["user"]), body.get("team_id")
        try:
            await self._note_opening(user_id, team_id)
            await self._show(user_id, seen=(event.get("view") or {}).get("hash", ""))
        except (*CALL_ERRORS, RefusedError) as error:
            logger.warning("home not drawn", extra={"reason": type(error).__name__})
        self._keep(self._people.link_by_email(user_id))

    async def period(self, ack: AsyncAck, body: Body, respond: AsyncRespond) -> None:
        """Count over another period."""

        async def work() -> None:
            chosen = _period(body["actions"][0]["selected_option"]["value"])
            await self._change(body, period=chosen)

        await answered(work, ack, respond, self._rights)

    async def page(self, ack: AsyncAck, body: Body, respond: AsyncRespond) -> None:
        """Show another page of what waits."""

        async def work() -> None:
            await self._change(body, page=ids.row_id(body["actions"][0].get("value")))

        await answered(work, ack, respond, self._rights)

    async def synchronise(self, ack: AsyncAck, body: Body, respond: AsyncRespond) -> None:
        """Read at the bank what may be missing; the tab says that it runs, then what it brought."""

        async def work() -> None:
            actor = await self._rights.actor_of(body)
            actor.require_admin()
            self._keep(self._synchronise(actor.id, respond))

        await answered(work, ack, respond, self._rights)

    async def invoices(
        self, ack: AsyncAck, body: Body, respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        """Open the list of invoices that are still due."""

        async def work() -> None:
            (await self._rights.actor_of(body)).require_admin()
            async with self._ctx.database.read() as session:
                found = await read_invoices(session, fr.paris_day(self._ctx.clock()))
            await client.views_open(trigger_id=body["trigger_id"], view=invoices_modal(found))

        await answered(work, ack, respond, self._rights)

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

    async def close(self) -> None:
        """Cut short what still runs; stored rows stay."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _synchronise(self, user_id: str, respond: AsyncRespond) -> None:
        if self._ctx.syncing.locked():
            await say(respond, "Une synchronisation est déjà en cours.")
            return
        sync = asyncio.create_task(sync_recent(self._ctx, days=SYNC_DAYS))
        await asyncio.sleep(0)
        try:
            await self._show(user_id)
            said = sync_done(await sync)
        except RefusedError as error:
            said = f":warning: {error.message}"
        self._notes[user_id] = (said, self._ctx.clock())
        await self._show(user_id)

    def _keep(self, work: Any) -> None:
        task = asyncio.create_task(_logged(work), name="home")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _note_opening(self, user_id: str, team_id: str | None) -> None:
        async with self._ctx.database.write() as session:
            await store_home.open_home(session, user_id, team_id, Period.MONTH, self._ctx.clock())

    async def _change(self, body: Body, *, period: Period | None = None, page: int = 1) -> None:
        actor = await self._rights.actor_of(body)
        actor.require_admin()
        team_id = (body.get("team") or {}).get("id")
        async with self._ctx.database.write() as session:
            row = await store_home.open_home(session, actor.id, team_id, Period.MONTH, self._ctx.clock())
            row.period, row.page = period or row.period, page
        await self._show(actor.id, seen=(body.get("view") or {}).get("hash"))

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
        """Draw a tab from one snapshot; None for somebody who never opened it."""
        async with self._ctx.database.read() as session:
            row = await session.get(HomeView, user_id)
            if row is None:
                return None
            mark = await self._mark(session)
            view = await self._view(session, row)
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

    async def _view(self, session: AsyncSession, row: HomeView) -> dict[str, Any]:
        now = self._ctx.clock()
        actor = await self._rights.actor(row.user_id, row.team_id)
        if actor.is_admin:
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
        return sentence_home(for_others(await self._rights.named_admins()))

    def _note(self, user_id: str, now: datetime) -> str | None:
        said, at = self._notes.get(user_id, ("", now))
        return said if said and now - at < NOTE_SHOWN else None

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


async def _logged(work: Any) -> None:
    try:
        await work
    except Exception:
        # The top of a task nobody awaits.
        logger.exception("home task failed")
