"""The one door in front of every listener: who asks, may they, and what they are told when it fails.

Bolt drops an acknowledgement when the listener raises right after it, and answers 500 when it raises before
(slack-platform.md 0.4), so every listener is registered here and no exception leaves this file.
"""

import asyncio
import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.audit import record_refusal, require_admin
from bot.context import Actor, Context
from bot.errors import NotAllowedError, RefusedError, WrongWorkspaceError
from bot.messages.preferences import language_of
from bot.slack.blocks import ids
from bot.slack.blocks.fields import Values, values_of
from bot.slack.blocks.kit import View
from bot.slack.blocks.talent_words import FRENCH, TalentWords, words_in
from bot.slack.call_errors import CALL_ERRORS
from bot.slack.dispatch.replies import Replies, Reply, Words, open_view
from bot.slack.dispatch.rights import GROUP_EVENTS, Rights, person_of
from store.errors import DatabaseUnavailable
from store.types import ActorKind

Json = dict[str, Any]


@dataclass(slots=True)
class Request:
    """One click, form, option search, command or event, with who sent it.

    ``say`` answers the person alone, in their ``words``; ``later`` goes on after Slack was answered.
    """

    actor: Actor
    body: Json
    client: AsyncWebClient
    say: Reply
    later: Callable[[Coroutine[Any, Any, object]], None]
    words: Words

    @property
    def action(self) -> Json:
        """The button or list of a click."""
        action: Json = self.body["actions"][0]
        return action

    @property
    def row(self) -> int:
        """The row id that a button carries. Raises InvalidRequestError for a button we never drew."""
        return ids.row_id(self.action.get("value"))

    @property
    def metadata(self) -> str:
        """What the window of this click or form was opened with."""
        return str(self.body["view"].get("private_metadata") or "")

    @property
    def values(self) -> Values:
        """The fields of the window."""
        return values_of(self.body)

    async def open(self, view: View) -> None:
        """Open a window, on top of the open one when there is one. Raises slack_sdk's errors."""
        await open_view(self.client, self.body, view)

    async def redraw(self, view: View) -> None:
        """Show the window of this click anew; one that was closed meanwhile needs it no more."""
        try:
            await self.client.views_update(view_id=self.body["view"]["id"], view=view)
        except CALL_ERRORS as error:
            logger.info("window not redrawn", extra={"reason": type(error).__name__})


def field_errors(errors: Json) -> Json:
    """Answer a form with a sentence under each of these blocks."""
    return {"response_action": "errors", "errors": errors}


def updated(view: View) -> Json:
    """Answer a form with another view in its place."""
    return {"response_action": "update", "view": view}


TELLING_SECONDS = 1.0  # of the three that Slack waits for an acknowledgement
logger = logging.getLogger(__name__)

Name = str | re.Pattern[str]
Work = Callable[[Request], Awaitable[Json | None]]
Failed = Callable[[Request, Exception, AsyncAck], Awaitable[object]]
Block = Callable[[Request, Exception], str]


class Door:
    """Registers listeners with Bolt. ``admins`` names, for the audit trail, what only an admin may do."""

    def __init__(self, app: AsyncApp, ctx: Context, rights: Rights, replies: Replies) -> None:
        self._app = app
        self._ctx = ctx
        self._rights = rights
        self._replies = replies
        self._tasks: set[asyncio.Task[None]] = set()
        app.use(self._enter)
        for name in GROUP_EVENTS:
            self.event(name, _nothing)

    def click(self, name: Name, work: Work, *, admins: str = "", at_once: bool = False) -> None:
        """Acknowledge a click when its work is committed; ``at_once`` before, and failures are logged."""
        failed = self._log if at_once else self._tell_then_acknowledge
        self._app.action(name)(self._listener(work, failed, admins, at_once=at_once))

    def form(self, name: Name, work: Work, block: str | Block) -> None:
        """Answer a form with what its work gives; what is wrong is said under the field ``block``."""

        async def failed(request: Request, error: Exception, ack: AsyncAck) -> None:
            under = block if isinstance(block, str) else block(request, error)
            await ack(**field_errors({under: await self._refusal(request.actor.id, error)}))

        self._app.view(name)(self._listener(work, failed))

    def options(
        self, name: Name, search: Callable[[Request], Awaitable[Sequence[Json]]], *, admins: str = ""
    ) -> None:
        """Answer a search while typing; with nothing at all when it fails or the right is missing."""

        async def work(request: Request) -> Json:
            return {"options": await search(request)}

        async def failed(request: Request, error: Exception, ack: AsyncAck) -> None:
            await ack(options=[])
            await self._log(request, error)

        self._app.options(name)(self._listener(work, failed, admins))

    def command(self, name: str, work: Work) -> None:
        """Acknowledge a command at once, then run it; whatever goes wrong is said to the person who typed."""
        self._app.command(name)(self._listener(work, self._tell, at_once=True))

    def event(self, name: str, work: Work) -> None:
        """Take an event at once, or Slack would send it again. Nobody waits for an answer."""
        self._app.event(name)(self._listener(work, self._log, at_once=True))

    async def close(self) -> None:
        """Cut short what goes on after an acknowledgement; stored rows stay."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _enter(self, body: Json, next_: Callable[[], Awaitable[object]]) -> None:
        """Before any listener is chosen: unfold « ⋯ », forget a changed group.

        The group is forgotten before Slack is answered, which sends the event again when that fails.
        """
        for action in body.get("actions") or ():
            if action.get("action_id") == ids.MORE and isinstance(action.get("selected_option"), dict):
                folded = str(action["selected_option"].get("value") or "")
                action["action_id"], action["value"] = ids.unfolded(folded)
                action["type"] = "button"
        event = body.get("event") or {}
        if event.get("type") in GROUP_EVENTS:
            await self._rights.group_changed(event)
        await next_()

    def _listener(
        self, work: Work, failed: Failed, admins: str = "", *, at_once: bool = False
    ) -> Callable[..., Awaitable[None]]:
        async def listen(ack: AsyncAck, body: Json, context: AsyncBoltContext) -> None:
            request = self._request(body, context)
            if at_once:
                await ack()
            try:
                await self._admit(request, admins)
                answer = await work(request)
            except Exception as error:  # noqa: BLE001  # the top of every listener: the person must be told
                await failed(request, error, ack)
                return
            if not at_once:
                await ack(**(answer or {}))

        return listen

    def _request(self, body: Json, context: AsyncBoltContext) -> Request:
        nobody_yet = Actor(ActorKind.SLACK, person_of(body).user_id, is_admin=False)
        words = partial(self._words, nobody_yet.id)
        say = self._replies.to(body, context, words)
        later = partial(self._later, nobody_yet.id, say)
        return Request(nobody_yet, body, self._replies.client, say, later, words)

    async def _admit(self, request: Request, admins: str) -> None:
        """Find the person's rights now; a refusal leaves a trace. An event gives no right to anything."""
        if "event" in request.body:
            return
        try:
            request.actor = await self._rights.actor(person_of(request.body))
        except WrongWorkspaceError as error:
            await record_refusal(self._ctx, request.actor, error.code, "")
            raise
        if admins:
            await require_admin(self._ctx, request.actor, admins)

    def _later(self, user_id: str, say: Reply, work: Coroutine[Any, Any, object]) -> None:
        """Go on in a task, which we hold: one that nobody holds may vanish. What goes wrong is said."""

        async def guarded() -> None:
            try:
                await work
            except Exception as error:  # noqa: BLE001  # the top of a task nobody awaits
                await say(await self._refusal(user_id, error), replace=True)

        task = asyncio.create_task(guarded())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell_then_acknowledge(self, request: Request, error: Exception, ack: AsyncAck) -> None:
        """Say why, then acknowledge: nobody may take a refused click for a decision, even if we die between.

        What cannot be said at all is not acknowledged: Slack then shows its own sign of failure.
        """
        telling = asyncio.create_task(self._tell(request, error))
        await asyncio.wait({telling}, timeout=TELLING_SECONDS)
        if not telling.done() or telling.result():
            await ack()
        else:
            # Without any response Bolt would go on to the next listener that fits.
            ack.response = BoltResponse(status=HTTPStatus.INTERNAL_SERVER_ERROR)
        await telling

    async def _tell(self, request: Request, error: Exception, _ack: AsyncAck | None = None) -> bool:
        return await request.say(await self._refusal(request.actor.id, error))

    async def _log(self, _request: Request, error: Exception, _ack: AsyncAck | None = None) -> None:
        if isinstance(error, (RefusedError, *CALL_ERRORS)):
            level = logging.INFO if isinstance(error, NotAllowedError) else logging.WARNING
            logger.log(level, "request not served", extra={"reason": type(error).__name__})
        else:
            logger.error("listener failed", exc_info=error)

    async def _refusal(self, user_id: str, error: Exception) -> str:
        """Put a refusal or a failure in the words of the person; log what a person must see."""
        reference = ""
        if not isinstance(error, RefusedError):
            reference = secrets.token_hex(4)
            logger.error("listener failed", exc_info=error, extra={"reference": reference})
        words = await self._words(user_id)
        if isinstance(error, NotAllowedError):
            return words.admins_only.format(words.either.join(self._rights.named_admins()))
        if isinstance(error, RefusedError):
            return words.refused(error.message, error.english)
        return words.failed.format(reference)

    async def _words(self, user_id: str) -> TalentWords:
        """Read a person's words; French for who chose nothing, and when the database cannot say."""
        try:
            return words_in(await language_of(self._ctx, user_id))
        except DatabaseUnavailable:
            return FRENCH


async def _nothing(_request: Request) -> None:
    """An event that is taken, and no more."""
