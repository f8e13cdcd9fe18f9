"""How much is posted: a digest once a day, one message for a flood, no card below the threshold."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select, update

from bot.app import Service
from bot.context import Actor
from bot.locale import fr
from bot.messages.digest import want_digest
from bot.messages.preferences import Choices, save_choices
from bot.reconciliation import ignore
from store.models import Message, Transaction
from store.types import ActorKind
from tests.support.homes import open_home
from tests.support.world import FINANCE, MAUD, World, button_in, eventually, inside, text_of

ADMIN = Actor(ActorKind.SLACK, MAUD, is_admin=True)
IBAN = "FR7630006000011234567890189"


async def pay(world: World, number: int, *, deliver: bool = True) -> None:
    await world.people.post(
        "/bank/sandbox/pay",
        amount_cents=10_000 + number,
        payer_name=f"CLIENT {number:02}",
        payer_iban=IBAN,
        reference=f"virement {number}",
        deliver=deliver,
    )


async def found(world: World, *words: str) -> list[dict[str, object]]:
    messages = await world.people.messages(MAUD, FINANCE)
    return [one for one in messages if all(word in text_of(one) for word in words)]


async def test_a_flood_becomes_one_message_with_cards_on_demand(tmp_path: Path) -> None:
    async with inside(tmp_path, sync_every_minutes=0) as (world, service):
        for number in range(12):
            await pay(world, number, deliver=False)
        await world.people.command(MAUD, "/qonto sync 30")
        [group] = await eventually(lambda: found(world, "12\u00a0paiements reçus à la fois", "CLIENT 11"))
        await world.told(MAUD, "12\u00a0nouveaux")
        await asyncio.sleep(1)
        lasting = [one for one in await world.people.messages(MAUD, FINANCE) if not one["ephemeral"]]
        assert len(lasting) == 1

        [group] = await found(world, "12\u00a0paiements reçus à la fois")
        await world.people.click(MAUD, group, "Afficher la carte")
        await world.card("CLIENT 00", "Chercher une facture…")
        async with service.ctx.database.read() as session:
            shown = await session.scalar(
                select(Transaction.id).where(Transaction.counterparty_name == "CLIENT 00")
            )
        await ignore(service.ctx, ADMIN, transaction_id=shown or 0, reason="TVA")
        await eventually(lambda: found(world, "à la fois", "11 à rapprocher", "Hors facturation"))
        assert list(world.sandbox.workspace.problems) == []


async def test_below_the_threshold_a_payment_waits_for_the_digest_sent_once(tmp_path: Path) -> None:
    async with inside(tmp_path, sync_every_minutes=0) as (world, service):
        await save_choices(service.ctx, ADMIN, Choices(threshold_cents=20_000))
        await pay(world, 1)
        await open_home(world, MAUD, "CLIENT 01")
        assert await found(world, "CLIENT 01") == []

        # The next working day at nine, in Paris.
        day = fr.paris_day(datetime.now(UTC)) + timedelta(days=1)
        while day.weekday() > 4:
            day += timedelta(days=1)
        morning = replace(service.ctx, clock=lambda: fr.at_hour(day, 9) + timedelta(minutes=1))
        assert await want_digest(morning, FINANCE, 9)
        assert not await want_digest(morning, FINANCE, 9)
        later = replace(service.ctx, clock=lambda: fr.at_hour(day, 18))
        assert not await want_digest(later, FINANCE, 9)
        # It was wanted at an instant of tomorrow: let the real sender have it now.
        [digest] = await eventually(lambda: _hurried(world, service))
        assert "100,01" in text_of(digest)
        button_in(digest["blocks"], "Chercher une facture…")


async def _hurried(world: World, service: Service) -> list[dict[str, object]]:
    ctx = service.ctx
    async with ctx.database.write() as session:
        await session.execute(update(Message).values(next_attempt_at=ctx.clock()))
    return await found(world, "1\u00a0paiement attend", "CLIENT 01")
