"""``/qonto``: every sub-command. Forgiving about case, accents, plural and abbreviations."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.bank.sync import sync_recent
from bot.context import Actor, Context
from bot.errors import RefusedError
from bot.locale import fr
from bot.messages.preferences import language_of
from bot.queries import invoices_and_clients
from bot.queries.invoices_and_clients import ClientFile, InvoiceFile
from bot.queries.overview import read_overview
from bot.queries.payment import load_views
from bot.queries.periods import Period, read_period
from bot.queries.talent_home import TalentHome, own_deals
from bot.reconciliation import record_refusal
from bot.slack.blocks.kit import Message
from bot.slack.call_errors import CALL_ERRORS
from bot.slack.commands.export import send_export
from bot.slack.commands.lookup_texts import (
    client_text,
    clients_text,
    deals_text,
    figures_text,
    invoice_text,
    invoices_text,
    settings_text,
)
from bot.slack.commands.texts import (
    HELP,
    PERIOD_UNREADABLE,
    export_started,
    help_for_others,
    help_for_talents,
    overview_text,
    payments_list,
    sync_done,
    sync_started,
    unknown_command,
)
from bot.slack.commands.words import read_command
from bot.slack.dispatch.replies import refusal, say
from bot.slack.dispatch.rights import Rights
from bot.slack.history.listeners import HistoryModals
from bot.slack.people import People
from store.payments.waiting import waiting_payments

DEFAULT_DAYS = 30
LISTED = 10
LONGEST_ARGUMENT = 200
OPEN_TO_ALL = frozenset({"aide"})
logger = logging.getLogger(__name__)
Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """One command as typed: who, what follows the name, and the ways to answer."""

    actor: Actor
    rest: str
    respond: AsyncRespond
    body: Body
    client: AsyncWebClient


Handler = Callable[[Asked], Awaitable[None]]


class Commands:
    """The sub-commands. Each is acknowledged at once; what takes time goes on as a task we keep."""

    def __init__(self, ctx: Context, rights: Rights, people: People, history: HistoryModals) -> None:
        self._ctx = ctx
        self._rights = rights
        self._people = people
        self._history = history
        self._tasks: set[asyncio.Task[None]] = set()
        self._handlers: dict[str, Handler] = {
            "aide": self._help,
            "sync": self._sync,
            "statut": self._status,
            "paiements": self._payments,
            "facture": self._invoice,
            "client": self._client,
            "historique": self._show_history,
            "export": self._export,
            "stats": self._figures,
            "reglages": self._settings,
        }

    async def run(self, ack: AsyncAck, body: Body, respond: AsyncRespond, client: AsyncWebClient) -> None:
        """Answer ``/qonto …``; whatever goes wrong is said to the person who typed it."""
        await ack()
        typed, _, rest = str(body.get("text") or "").strip().partition(" ")
        word = read_command(typed)
        try:
            actor = await self._rights.actor_of(body)
            asked = Asked(actor, rest.strip()[:LONGEST_ARGUMENT], respond, body, client)
            if not actor.is_admin:
                await self._for_others(asked, word.name)
            elif word.name is None:
                await say(respond, unknown_command(typed, word.closest))
            else:
                await self._handlers[word.name](asked)
        except Exception as error:  # noqa: BLE001  # the top of a listener: the person must be told
            await say(respond, await refusal(error, self._rights))

    async def close(self) -> None:
        """Wait for running synchronisations to be cut short; their stored rows stay."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _for_others(self, asked: Asked, name: str | None) -> None:
        """A talent reads their own collaborations; whatever else is asked leaves a trace."""
        deals = await self._own_deals(asked.actor.id)
        language = await language_of(self._ctx, asked.actor.id)
        if deals is not None and name == "statut":
            await _answer(asked.respond, deals_text(deals))
            return
        if name is not None and name not in OPEN_TO_ALL:
            await record_refusal(self._ctx, asked.actor, f"command:{name}", "")
        admins = await self._rights.named_admins()
        said = help_for_others(admins) if deals is None else help_for_talents(admins, language)
        await say(asked.respond, said)

    async def _own_deals(self, user_id: str) -> TalentHome | None:
        """A talent whom nobody has met yet is recognised by e-mail when they ask."""
        deals = await own_deals(self._ctx, user_id)
        if deals is not None:
            return deals
        try:
            await self._people.recognise(user_id)
        except CALL_ERRORS as error:
            logger.info("person not recognised", extra={"reason": type(error).__name__})
        return await own_deals(self._ctx, user_id)

    async def _help(self, asked: Asked) -> None:
        await say(asked.respond, HELP)

    async def _sync(self, asked: Asked) -> None:
        days = _days(asked.rest)
        if days is None:
            await say(asked.respond, "Écrivez un nombre de jours, par exemple `/qonto sync 30`.")
            return
        self._go_on(self._synchronise(days, asked.respond), "command:sync")

    def _go_on(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Keep what takes time: a task nobody holds may vanish."""
        task = asyncio.create_task(work, name=name)
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

    async def _status(self, asked: Asked) -> None:
        overview = await read_overview(self._ctx)
        await say(asked.respond, overview_text(overview, self._ctx.clock()))

    async def _payments(self, asked: Asked) -> None:
        async with self._ctx.database.read() as session:
            rows = await waiting_payments(session, limit=LISTED)
            views = await load_views(session, [row.id for row in rows])
        await _answer(asked.respond, payments_list(views, fr.paris_day(self._ctx.clock())))

    async def _invoice(self, asked: Asked) -> None:
        if not asked.rest:
            await say(asked.respond, "Quelle facture\u202f? Par exemple `/qonto facture FACT-2026-042`.")
            return
        found = await invoices_and_clients.find_invoice(self._ctx, asked.actor, typed=asked.rest)
        today = fr.paris_day(self._ctx.clock())
        if isinstance(found, InvoiceFile):
            await _answer(asked.respond, invoice_text(found, today))
        else:
            await _answer(asked.respond, invoices_text(found, asked.rest, today))

    async def _client(self, asked: Asked) -> None:
        if not asked.rest:
            await say(asked.respond, "Quel client\u202f? Par exemple `/qonto client nike`.")
            return
        found = await invoices_and_clients.find_client(self._ctx, asked.actor, typed=asked.rest)
        if isinstance(found, ClientFile):
            await _answer(asked.respond, client_text(found, fr.paris_day(self._ctx.clock())))
        else:
            await _answer(asked.respond, clients_text(found, asked.rest))

    async def _show_history(self, asked: Asked) -> None:
        await self._history.show(asked.actor, asked.body, asked.client)

    async def _figures(self, asked: Asked) -> None:
        period = await self._period(asked)
        if period is not None:
            found = await invoices_and_clients.read_figures(self._ctx, asked.actor, period=period)
            await _answer(asked.respond, figures_text(found))

    async def _export(self, asked: Asked) -> None:
        period = await self._period(asked)
        if period is not None:
            self._go_on(self._send_export(asked, period), "command:export")

    async def _send_export(self, asked: Asked, period: Period) -> None:
        try:
            await _replace(asked.respond, export_started(period))
            await _replace(asked.respond, await send_export(self._ctx, asked.actor, period, asked.client))
        except Exception as error:  # noqa: BLE001  # the top of a task nobody awaits
            await _replace(asked.respond, await refusal(error, self._rights))

    async def _period(self, asked: Asked) -> Period | None:
        """Read the period asked for; this month when none is, None (and said) when it is unreadable."""
        period = read_period(asked.rest, fr.paris_day(self._ctx.clock()))
        if period is None:
            await say(asked.respond, PERIOD_UNREADABLE)
        return period

    async def _settings(self, asked: Asked) -> None:
        await _answer(asked.respond, settings_text())


def _days(text: str) -> int | None:
    """Read ``sync [jours]``; None when it is not a number."""
    if not text:
        return DEFAULT_DAYS
    number = text.split(maxsplit=1)[0]
    return int(number) if number.isascii() and number.isdigit() and len(number) <= 4 else None  # noqa: PLR2004


async def _answer(respond: AsyncRespond, message: Message) -> None:
    await respond(text=message.text, blocks=message.blocks, response_type="ephemeral")


async def _replace(respond: AsyncRespond, text: str) -> None:
    await respond(text=text, response_type="ephemeral", replace_original=True)
