"""Buttons that decide: each runs one use case and is acknowledged once that is committed."""

from collections.abc import Awaitable, Callable, Mapping

from bot import reconciliation
from bot.bank.replay import replay
from bot.context import Actor, Context
from bot.reconciliation.card_acts import settle, show_card
from bot.slack.blocks import ids
from bot.slack.dispatch.door import Request

Decide = Callable[[Context, Actor, int], Awaitable[object]]

# What each button does with the one row id it carries.
BUTTONS: Mapping[str, Decide] = {
    ids.ASSOCIATE: lambda ctx, who, row: reconciliation.associate_suggestion(ctx, who, suggestion_id=row),
    ids.ASSOCIATE_PARTLY: lambda ctx, who, row: reconciliation.associate_suggestion(
        ctx, who, suggestion_id=row, partly=True
    ),
    ids.NONE: lambda ctx, who, row: reconciliation.dismiss_suggestions(ctx, who, suggestion_id=row),
    ids.UNDO: lambda ctx, who, row: reconciliation.undo_decision(ctx, who, decision_id=row),
    ids.RESTORE: lambda ctx, who, row: reconciliation.restore(ctx, who, transaction_id=row),
    ids.SETTLED: lambda ctx, who, row: settle(ctx, who, transaction_id=row),
    ids.REPLAY: lambda ctx, who, _alert: replay(ctx, who),
    ids.SHOW_CARD: lambda ctx, who, row: show_card(ctx, who, transaction_id=row),
}


def button(ctx: Context, decide: Decide) -> Callable[[Request], Awaitable[None]]:
    """Make the listener of one of the ``BUTTONS``."""

    async def listen(request: Request) -> None:
        await decide(ctx, request.actor, request.row)

    return listen
