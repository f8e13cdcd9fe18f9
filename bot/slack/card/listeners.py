"""Buttons that decide: each runs one use case and is acknowledged once that is committed."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond

from bot import reconciliation
from bot.bank.replay import replay
from bot.context import Actor, Context
from bot.reconciliation.card_acts import settle, show_card
from bot.slack.blocks import ids
from bot.slack.dispatch.replies import answered
from bot.slack.dispatch.rights import Rights

Decide = Callable[[Context, Actor, int], Awaitable[object]]

# What each button does with the one row id it carries.
BUTTONS: Mapping[str, Decide] = {
    ids.ASSOCIATE: lambda ctx, who, row: reconciliation.associate_proposal(ctx, who, proposal_id=row),
    ids.ASSOCIATE_PARTLY: lambda ctx, who, row: reconciliation.associate_proposal(
        ctx, who, proposal_id=row, partly=True
    ),
    ids.NONE: lambda ctx, who, row: reconciliation.dismiss_proposals(ctx, who, proposal_id=row),
    ids.UNDO: lambda ctx, who, row: reconciliation.undo_decision(ctx, who, decision_id=row),
    ids.RESTORE: lambda ctx, who, row: reconciliation.restore(ctx, who, transaction_id=row),
    ids.SETTLED: lambda ctx, who, row: settle(ctx, who, transaction_id=row),
    ids.REPLAY: lambda ctx, who, _alert: replay(ctx, who),
    ids.SHOW_CARD: lambda ctx, who, row: show_card(ctx, who, transaction_id=row),
}


def register_buttons(app: AsyncApp, ctx: Context, rights: Rights) -> None:
    """Tie every button that decides to its use case."""
    for action_id, decide in BUTTONS.items():
        app.action(action_id)(_listener(ctx, rights, decide))


def _listener(
    ctx: Context, rights: Rights, decide: Decide
) -> Callable[[AsyncAck, dict[str, Any], AsyncRespond], Awaitable[None]]:
    async def listen(ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond) -> None:
        async def work() -> None:
            row = ids.row_id(body["actions"][0].get("value"))
            await decide(ctx, await rights.actor_of(body), row)

        await answered(work, ack, respond, rights)

    return listen
