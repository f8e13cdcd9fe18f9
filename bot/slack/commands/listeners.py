"""``/qonto``: every sub-command. Forgiving about case, accents, plural and abbreviations."""

import logging
from collections.abc import Awaitable, Callable
from datetime import date

from bot.audit import record_refusal
from bot.bank.sync import sync_recent
from bot.context import Context
from bot.errors import InvalidRequestError
from bot.locale import fr
from bot.messages.preferences import language_of
from bot.queries import invoices_and_clients
from bot.queries.invoices_and_clients import ClientFile, InvoiceFile
from bot.queries.overview import read_overview
from bot.queries.payment import load_views
from bot.queries.periods import Period, read_period
from bot.queries.talent_home import TalentHome, own_deals
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
from bot.slack.dispatch.door import Request
from bot.slack.dispatch.rights import Rights
from bot.slack.history.listeners import History
from bot.slack.people import People
from store.payments.waiting import waiting_payments

DEFAULT_DAYS = 30
LISTED = 10
LONGEST_ARGUMENT = 200
OPEN_TO_ALL = frozenset({"aide"})
logger = logging.getLogger(__name__)
Handler = Callable[[Request, str], Awaitable[Message | str | None]]


class Commands:
    """The sub-commands. Each is given what follows its name, and gives what to tell the person."""

    def __init__(self, ctx: Context, rights: Rights, people: People, history: History) -> None:
        self._ctx = ctx
        self._rights = rights
        self._people = people
        self._history = history
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

    async def run(self, request: Request) -> None:
        """Answer ``/qonto …``."""
        typed, _, rest = str(request.body.get("text") or "").strip().partition(" ")
        word = read_command(typed)
        if not request.actor.is_admin:
            answer: Message | str | None = await self._for_others(request, word.name)
        elif word.name is None:
            answer = unknown_command(typed, word.closest)
        else:
            answer = await self._handlers[word.name](request, rest.strip()[:LONGEST_ARGUMENT])
        if isinstance(answer, Message):
            await request.say(answer.text, answer.blocks)
        elif answer is not None:
            await request.say(answer)

    async def _for_others(self, request: Request, name: str | None) -> Message | str:
        """A talent reads their own collaborations; whatever else is asked leaves a trace."""
        user_id = request.actor.id
        deals = await self._own_deals(user_id)
        language = await language_of(self._ctx, user_id)
        if deals is not None and name == "statut":
            return deals_text(deals)
        if name is not None and name not in OPEN_TO_ALL:
            await record_refusal(self._ctx, request.actor, f"command:{name}", "")
        admins = self._rights.named_admins()
        return help_for_others(admins) if deals is None else help_for_talents(admins, language)

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

    async def _help(self, _request: Request, _rest: str) -> str:
        return HELP

    async def _sync(self, request: Request, rest: str) -> None:
        days = _days(rest)

        async def work() -> None:
            await request.say(sync_started(days), replace=True)
            await request.say(sync_done(await sync_recent(self._ctx, days=days)), replace=True)

        request.later(work())

    async def _status(self, _request: Request, _rest: str) -> str:
        return overview_text(await read_overview(self._ctx), self._ctx.clock())

    async def _payments(self, _request: Request, _rest: str) -> Message:
        async with self._ctx.database.read() as session:
            rows = await waiting_payments(session, limit=LISTED)
            views = await load_views(session, [row.id for row in rows])
        return payments_list(views, self._today())

    async def _invoice(self, request: Request, rest: str) -> Message | str:
        if not rest:
            return "Quelle facture\u202f? Par exemple `/qonto facture FACT-2026-042`."
        found = await invoices_and_clients.find_invoice(self._ctx, request.actor, typed=rest)
        if isinstance(found, InvoiceFile):
            return invoice_text(found, self._today())
        return invoices_text(found, rest, self._today())

    async def _client(self, request: Request, rest: str) -> Message | str:
        if not rest:
            return "Quel client\u202f? Par exemple `/qonto client nike`."
        found = await invoices_and_clients.find_client(self._ctx, request.actor, typed=rest)
        if isinstance(found, ClientFile):
            return client_text(found, self._today())
        return clients_text(found, rest)

    async def _show_history(self, request: Request, _rest: str) -> None:
        await self._history.open(request)

    async def _figures(self, request: Request, rest: str) -> Message:
        period = self._period(rest)
        return figures_text(await invoices_and_clients.read_figures(self._ctx, request.actor, period=period))

    async def _export(self, request: Request, rest: str) -> None:
        period = self._period(rest)

        async def work() -> None:
            await request.say(export_started(period), replace=True)
            done = await send_export(self._ctx, request.actor, period, request.client)
            await request.say(done, replace=True)

        request.later(work())

    async def _settings(self, _request: Request, _rest: str) -> Message:
        return settings_text()

    def _period(self, rest: str) -> Period:
        """Read the period asked for, this month when none is. Raises InvalidRequestError."""
        period = read_period(rest, self._today())
        if period is None:
            raise InvalidRequestError(PERIOD_UNREADABLE)
        return period

    def _today(self) -> date:
        return fr.paris_day(self._ctx.clock())


def _days(text: str) -> int:
    """Read ``sync [jours]``. Raises InvalidRequestError when it is not a number."""
    if not text:
        return DEFAULT_DAYS
    number = text.split(maxsplit=1)[0]
    if number.isascii() and number.isdigit() and len(number) <= 4:  # noqa: PLR2004  # digits
        return int(number)
    raise InvalidRequestError("Écrivez un nombre de jours, par exemple `/qonto sync 30`.")
