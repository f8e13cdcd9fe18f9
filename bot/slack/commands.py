"""``/qonto``: help, sync, statut, paiements. Forgiving about case and accents."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond

from bot import fr
from bot.context import Actor, Context
from bot.errors import RefusedError
from bot.overview import read_overview
from bot.payment_view import load_views
from bot.reconciliation import record_refusal
from bot.slack.answers import refusal, say
from bot.slack.command_texts import (
    HELP,
    help_for_others,
    overview_text,
    payments_list,
    sync_done,
    sync_started,
)
from bot.slack.outcome import CALL_ERRORS
from bot.slack.rights import Rights
from bot.slack.text import escape
from bot.sync import sync_recent
from store import payments
from store.text import fold

DEFAULT_DAYS = 30
LISTED = 10
logger = logging.getLogger(__name__)
Body = dict[str, Any]
Handler = Callable[[Actor, list[str], AsyncRespond], Awaitable[None]]


class Commands:
    """The sub-commands. Each is acknowledged at once; what takes time goes on as a task we keep."""

    def __init__(self, ctx: Context, rights: Rights) -> None:
        self._ctx = ctx
        self._rights = rights
        self._tasks: set[asyncio.Task[None]] = set()
        self._handlers: dict[str, Handler] = {
            "": self._help,
            "aide": self._help,
            "help": self._help,
            "sync": self._sync,
            "synchroniser": self._sync,
            "statut": self._status,
            "status": self._status,
            "paiements": self._payments,
        }

    async def run(self, ack: AsyncAck, body: Body, respond: AsyncRespond) -> None:
        """Answer ``/qonto …``; whatever goes wrong is said to the person who typed it."""
        await ack()
        words = fold(str(body.get("text") or "")).split()
        name = words[0] if words else ""
        try:
            actor = await self._rights.actor_of(body)
            if not actor.is_admin:
                await self._for_others(actor, name, respond)
                return
            await self._handlers.get(name, self._unknown)(actor, words, respond)
        except Exception as error:  # noqa: BLE001  # the top of a listener: the person must be told
            await say(respond, await refusal(error, self._rights))

    async def close(self) -> None:
        """Wait for running synchronisations to be cut short; their stored rows stay."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _for_others(self, actor: Actor, name: str, respond: AsyncRespond) -> None:
        if name in self._handlers and self._handlers[name] != self._help:
            await record_refusal(self._ctx, actor, f"command:{name}", "")
        await say(respond, help_for_others(await self._rights.named_admins()))

    async def _help(self, _actor: Actor, _words: list[str], respond: AsyncRespond) -> None:
        await say(respond, HELP)

    async def _unknown(self, _actor: Actor, words: list[str], respond: AsyncRespond) -> None:
        await say(respond, f"Commande inconnue\u00a0: «\u00a0{escape(words[0], 40)}\u00a0».\n{HELP}")

    async def _sync(self, _actor: Actor, words: list[str], respond: AsyncRespond) -> None:
        days = _days(words)
        if days is None:
            await say(respond, "Écrivez un nombre de jours, par exemple `/qonto sync 30`.")
            return
        task = asyncio.create_task(self._synchronise(days, respond), name="command:sync")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _synchronise(self, days: int, respond: AsyncRespond) -> None:
        try:
            await _replace(respond, sync_started(days))
            report = await sync_recent(self._ctx, days=days)
            await _replace(respond, sync_done(report))
        except RefusedError as error:
            await _replace(respond, error.message)
        except Exception as error:  # noqa: BLE001  # the top of a task nobody awaits
            await _replace(respond, await refusal(error, self._rights))

    async def _status(self, _actor: Actor, _words: list[str], respond: AsyncRespond) -> None:
        overview = await read_overview(self._ctx)
        await say(respond, overview_text(overview, self._ctx.clock()))

    async def _payments(self, _actor: Actor, _words: list[str], respond: AsyncRespond) -> None:
        async with self._ctx.database.read() as session:
            rows = await payments.waiting_payments(session, limit=LISTED)
            views = await load_views(session, [row.id for row in rows])
        message = payments_list(views, fr.paris_day(self._ctx.clock()))
        await respond(text=message.text, blocks=message.blocks, response_type="ephemeral")


def _days(words: list[str]) -> int | None:
    """Read ``sync [jours]``; None when it is not a number."""
    if len(words) == 1:
        return DEFAULT_DAYS
    text = words[1]
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else None  # noqa: PLR2004


async def _replace(respond: AsyncRespond, text: str) -> None:
    try:
        await respond(text=text, response_type="ephemeral", replace_original=True)
    except CALL_ERRORS as error:
        logger.warning("answer not delivered", extra={"reason": type(error).__name__})
