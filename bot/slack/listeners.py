"""The table of listeners: which button, view, option list and command goes where. One screen.

``admins`` names, for the audit trail, what only an admin may do; what concerns one payment checks by itself,
so that the refusal is noted under the payment.
"""

import re

from bot.context import Context
from bot.errors import InvalidRequestError
from bot.slack.associate.listeners import Associate
from bot.slack.blocks import ids
from bot.slack.blocks.kit import message_modal
from bot.slack.blocks.search_modal import TEXT_BLOCK
from bot.slack.blocks.talent_words import ENGLISH, FRENCH
from bot.slack.card.form_listeners import Forms
from bot.slack.card.form_view import REASON_BLOCK, UNDO_BLOCK
from bot.slack.card.listeners import BUTTONS, button
from bot.slack.commands.listeners import Commands
from bot.slack.dispatch.door import Door, Json, Request, updated
from bot.slack.dispatch.rights import Rights
from bot.slack.history.listeners import History
from bot.slack.home.listeners import Homes
from bot.slack.people import People
from bot.slack.preferences.listeners import PERSON_BLOCK, Preferences, block_of
from bot.slack.preferences.payer_listeners import Payers


def register(door: Door, ctx: Context, rights: Rights, people: People, homes: Homes) -> None:
    """Tie every name of ``ids`` to its listener."""
    associate, forms, history = Associate(ctx), Forms(ctx), History(ctx)
    preferences, payers = Preferences(ctx), Payers(ctx)
    for action_id, decide in BUTTONS.items():
        door.click(action_id, button(ctx, decide))
    door.click(ids.CHOOSE, associate.open)
    door.options(ids.PICK_INVOICE, associate.search, admins="search_invoices")
    door.options(ids.PICK_INVOICES, associate.search, admins="search_invoices")
    door.click(ids.PICK_INVOICES, associate.changed, admins="change_associate", at_once=True)
    door.click(ids.AMOUNT, associate.changed, admins="change_associate", at_once=True)
    door.form(ids.ASSOCIATE_VIEW, associate.submit, associate.block_of)
    door.click(ids.IGNORE, forms.open_ignore)
    door.form(ids.IGNORE_VIEW, forms.submit_ignore, REASON_BLOCK)
    door.click(ids.UNDO_SOME, forms.open_undo)
    door.form(ids.UNDO_VIEW, forms.submit_undo, UNDO_BLOCK)
    door.click(ids.HISTORY, history.open)
    door.click(ids.HISTORY_PAYMENT, history.open_story)
    door.form(ids.HISTORY_VIEW, history.search, TEXT_BLOCK)
    for action_id in (ids.HISTORY_PERIOD, ids.HISTORY_STATE, ids.HISTORY_CLIENT, ids.HISTORY_TALENT):
        door.click(action_id, history.narrow)
    door.click(ids.HISTORY_OLDER, history.older)
    door.click(ids.HISTORY_NEWER, history.newer)
    door.options(ids.HISTORY_CLIENT, history.clients, admins="search_names")
    door.options(ids.HISTORY_TALENT, history.talents, admins="search_names")
    door.click(ids.SETTINGS, preferences.open)
    door.form(ids.SETTINGS_VIEW, preferences.save, block_of)
    door.click(ids.LINK_TALENT, preferences.open_link, admins="open_link_talent")
    door.form(ids.LINK_TALENT_VIEW, preferences.ask, PERSON_BLOCK)
    door.click(ids.LINK_YES, preferences.yes)
    door.click(ids.LINK_NO, preferences.no)
    door.click(ids.MY_HOME, preferences.mine)
    door.click(ids.MEMORY, payers.open)
    door.form(ids.MEMORY_VIEW, payers.search, TEXT_BLOCK)
    door.click(ids.MEMORY_OLDER, payers.older)
    door.click(ids.MEMORY_NEWER, payers.newer)
    for action_id in (ids.MEMORY_FORGET_IBAN, ids.MEMORY_FORGET_NAME):
        door.click(action_id, payers.forget)
    for action_id in (ids.MEMORY_CLASS_IBAN, ids.MEMORY_CLASS_NAME):
        door.click(action_id, payers.declare)
    door.event("app_home_opened", homes.opened)
    door.click(ids.HOME_PERIOD, homes.period, admins="home")
    door.click(ids.HOME_PAGE_BEFORE, homes.page, admins="home")
    door.click(ids.HOME_PAGE_AFTER, homes.page, admins="home")
    door.click(ids.HOME_SYNC, homes.synchronise, admins="sync")
    door.click(ids.HOME_INVOICES, homes.invoices, admins="home_invoices")
    door.command(ids.COMMAND, Commands(ctx, rights, people, history).run)
    door.event("message", _taken)
    # Last, since Bolt takes the first that fits: what an older version showed is refused politely.
    door.click(re.compile(r".*"), _forgotten)
    door.form(re.compile(r".*"), _forgotten_form, TEXT_BLOCK)
    door.options(re.compile(r".*"), _forgotten_search)


async def _forgotten(_request: Request) -> None:
    raise InvalidRequestError(FRENCH.old_button, english=ENGLISH.old_button)


async def _forgotten_form(request: Request) -> Json:
    """A form opened before an upgrade: say so in its place, where Slack would show a technical error."""
    words = await request.words()
    return updated(message_modal(words.old_form_title, words.old_form, words.close))


async def _forgotten_search(_request: Request) -> list[Json]:
    return []


async def _taken(_request: Request) -> None:
    """Take an event we subscribe to."""
