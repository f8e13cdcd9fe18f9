"""The table of listeners: which button, view, option list and command goes where. One screen."""

import re

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond

from bot.context import Context
from bot.slack.associate.listeners import Manual
from bot.slack.blocks import ids
from bot.slack.blocks.kit import message_modal
from bot.slack.card.form_listeners import register_forms
from bot.slack.card.listeners import register_buttons
from bot.slack.commands.listeners import Commands
from bot.slack.dispatch.language import Reader, readers_words
from bot.slack.dispatch.replies import say
from bot.slack.dispatch.rights import Rights
from bot.slack.dispatch.view_replies import register_view_answers
from bot.slack.history.listeners import register_history
from bot.slack.home.listeners import Homes
from bot.slack.people import People
from bot.slack.preferences.listeners import SettingsModals
from bot.slack.preferences.payer_listeners import register_memory


def register(app: AsyncApp, ctx: Context, rights: Rights, people: People, homes: Homes) -> Commands:
    """Tie every name of ``ids`` to its listener. The commands are returned: they own background work."""
    app.use(Reader(ctx).note)
    register_view_answers(app)
    manual = Manual(ctx, rights)
    commands = Commands(ctx, rights, people, register_history(app, ctx, rights))
    register_buttons(app, ctx, rights)
    SettingsModals(ctx, rights).register(app)
    register_memory(app, ctx, rights)
    _register_home(app, homes)
    app.action(ids.CHOOSE)(manual.open)
    app.options(ids.PICK_INVOICE)(manual.search)
    app.options(ids.PICK_INVOICES)(manual.search)
    app.action(ids.PICK_INVOICES)(manual.changed)
    app.action(ids.AMOUNT)(manual.changed)
    app.view(ids.ASSOCIATE_VIEW)(manual.submit)
    register_forms(app, ctx, rights)
    app.command(ids.COMMAND)(commands.run)
    app.event("message")(_taken)
    # Last, since Bolt takes the first that fits: what an older version showed is refused politely.
    app.action(re.compile(r".*"))(_forgotten)
    app.view(re.compile(r".*"))(_forgotten_form)
    app.options(re.compile(r".*"))(_forgotten_search)
    return commands


def _register_home(app: AsyncApp, homes: Homes) -> None:
    app.event("app_home_opened")(homes.opened)
    app.action(ids.HOME_PERIOD)(homes.period)
    app.action(ids.HOME_PAGE_BEFORE)(homes.page)
    app.action(ids.HOME_PAGE_AFTER)(homes.page)
    app.action(ids.HOME_SYNC)(homes.synchronise)
    app.action(ids.HOME_INVOICES)(homes.invoices)


async def _forgotten(ack: AsyncAck, respond: AsyncRespond) -> None:
    await ack()
    await say(respond, (await readers_words()).old_button)


async def _forgotten_form(ack: AsyncAck) -> None:
    """A form opened before an upgrade: say so in its place, where Slack would show a technical error."""
    words = await readers_words()
    view = message_modal(words.old_form_title, words.old_form, words.close)
    await ack(response_action="update", view=view)


async def _forgotten_search(ack: AsyncAck) -> None:
    await ack(options=[])


async def _taken(ack: AsyncAck) -> None:
    """Take an event we subscribe to, so that Slack does not send it again."""
    await ack()
