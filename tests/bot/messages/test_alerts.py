"""Troubles told together: one message names them, follows them, and is settled with the last."""

from typing import Any

from bot.context import Context
from bot.messages.alerts import clear_alert, raise_alert
from bot.slack.delivery.render import render
from store.messages import alerts, ledger
from store.types import AlertKind, MessagePurpose
from tests.support.store_rows import NOW

KIND = AlertKind.TALENT_NOT_LINKED


async def not_linked(ctx: Context, talent_id: int, name: str) -> None:
    async with ctx.database.write() as session:
        assert await raise_alert(session, KIND, NOW, object_id=talent_id, details={"talent": name})


async def linked(ctx: Context, talent_id: int) -> None:
    async with ctx.database.write() as session:
        assert await clear_alert(session, KIND, NOW, object_id=talent_id)


async def shown(ctx: Context) -> tuple[int, str]:
    """Give how many messages are due, and bring the first up to date as the sender would."""
    async with ctx.database.write() as session:
        due = await ledger.lagging(session, NOW, 10)
        first: Any = await ledger.find(session, "alert:1")
        drawn = await render(session, first, NOW)
        if first.ts is None:
            await ledger.start_sending(session, [first.id], NOW)
            await ledger.mark_sent(
                session, [first.id], channel="C1", ts="1.1", version=drawn.version, now=NOW
            )
        else:
            await ledger.mark_updated(session, first.id, drawn.version)
    return len(due), drawn.message.text


async def test_two_talents_without_account_are_one_message_until_both_are_linked(ctx: Context) -> None:
    await not_linked(ctx, 7, "Inès")
    await not_linked(ctx, 8, "Théo")
    number, text = await shown(ctx)
    assert number == 1
    assert text.startswith("Inès et Théo ne sont reliés à aucun compte Slack")

    # What is noticed once the message stands is news: it gets its own.
    await not_linked(ctx, 9, "Jules")
    await linked(ctx, 7)
    number, text = await shown(ctx)
    assert number == 2
    assert text.startswith("Théo n’est relié à aucun compte Slack")
    await linked(ctx, 8)
    assert (await shown(ctx))[1].startswith("✓ Réglé\u00a0: Inès et Théo ne sont")
    async with ctx.database.read() as session:
        assert [alert.object_id for alert in await alerts.raised(session)] == [9]
        assert len(await ledger.of_object(session, MessagePurpose.ALERT, 3)) == 1


async def test_what_was_not_told_yet_and_is_settled_never_leaves(ctx: Context) -> None:
    await not_linked(ctx, 7, "Inès")
    await not_linked(ctx, 8, "Théo")
    await linked(ctx, 7)
    async with ctx.database.read() as session:
        assert len(await ledger.lagging(session, NOW, 10)) == 1
    await linked(ctx, 8)
    async with ctx.database.read() as session:
        assert await ledger.lagging(session, NOW, 10) == []
