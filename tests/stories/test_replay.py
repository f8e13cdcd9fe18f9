"""A notification that could not be handled: the alert, « Rejouer », and the payment."""

import asyncio
from pathlib import Path

from sqlalchemy import select, text, update

from bot.app import Service
from store.inbox.handling import MOST_ATTEMPTS
from store.models import AuditEntry, InboxEvent
from tests.support.world import HUGO, MAUD, World, button_in, eventually, inside, text_of

ALERT = "n’a pas pu être lue ou traitée"
BROKEN = """
CREATE TRIGGER broken BEFORE INSERT ON transactions BEGIN SELECT RAISE(ABORT, 'out of order'); END
"""


async def run_sql(service: Service, sql: str) -> None:
    async with service.ctx.database.write() as session:
        await session.execute(text(sql))


async def state_of_the_event(service: Service) -> InboxEvent | None:
    async with service.ctx.database.read() as session:
        return (await session.scalars(select(InboxEvent))).one_or_none()


async def dead_event(world: World, service: Service) -> None:
    """Let a payment's notification fail until nothing tries it any more."""
    await run_sql(service, BROKEN)
    await world.people.pay("numero-exact")

    async def failed() -> bool:
        event = await state_of_the_event(service)
        return event is not None and event.attempts > 0

    await eventually(failed)
    async with service.ctx.database.write() as session:
        soon = {"attempts": MOST_ATTEMPTS - 1, "next_attempt_at": service.ctx.clock()}
        await session.execute(update(InboxEvent).values(**soon))
    await world.card(ALERT)
    await run_sql(service, "DROP TRIGGER broken")


async def test_a_dead_notification_is_replayed_from_its_alert(tmp_path: Path) -> None:
    async with inside(tmp_path, sync_every_minutes=0) as (world, service):
        await dead_event(world, service)
        alert = await world.card(ALERT)
        await world.people.click(HUGO, alert, "Rejouer")
        await world.told(HUGO, "administrateurs")
        event = await state_of_the_event(service)
        assert event is not None
        assert event.state == "dead"

        await asyncio.gather(*(world.people.click(MAUD, alert, "Rejouer") for _ in range(2)))
        await world.told(MAUD, "Déjà rejoué")
        await world.card("NIKE FRANCE", "1\u202f500,00")
        await world.card("✓ Rejouée")
        event = await state_of_the_event(service)
        assert event is not None
        assert event.state == "handled"
        async with service.ctx.database.read() as session:
            actions = select(AuditEntry.actor, AuditEntry.action, AuditEntry.details)
            traced = [tuple(row) for row in await session.execute(actions.order_by(AuditEntry.seq))]
        assert (MAUD, "webhooks_replayed", {"rows": [event.id]}) in traced
        assert [action for _, action, _ in traced].count("webhooks_replayed") == 1
        assert "refused:replay_webhooks" in [action for _, action, _ in traced]


async def test_what_fails_again_is_told_again(tmp_path: Path) -> None:
    async with inside(tmp_path, sync_every_minutes=0) as (world, service):
        await dead_event(world, service)
        await run_sql(service, "UPDATE inbox SET body = CAST('not json' AS BLOB)")
        await world.people.click(MAUD, await world.card(ALERT), "Rejouer")
        await world.card("✓ Rejouée")

        async def told_again() -> bool:
            messages = await world.people.messages(MAUD, "C0PAIEMENTS")
            return any(ALERT in text_of(one) and button_labels(one) for one in messages)

        await eventually(told_again)


def button_labels(message: dict[str, object]) -> list[str]:
    try:
        button_in(message["blocks"], "Rejouer")  # type: ignore[arg-type]  # JSON
    except AssertionError:
        return []
    return ["Rejouer"]
