"""The rows S25-S30 of docs/catalogue.md: searches, events sent again, and the last state shown."""

import json
import time
from pathlib import Path

from sqlalchemy import func, select

from bot.context import Actor, Context
from bot.reconciliation import ignore
from sandbox.faults import Fault
from store.models import Message, Transaction
from store.types import ActorKind
from tests.catalogue.slack_support import (
    announced_without_answer,
    caught_up,
    click,
    decisions,
    lasting,
    ledger,
    paid,
    send,
)
from tests.support.world import CAMILLE, MAUD, button_in, eventually, inside


async def test_s25_s26_a_search_is_literal_and_short(tmp_path: Path) -> None:
    async with inside(tmp_path) as (world, _):
        for query, found in (("%", False), ("_", False), ("'; DROP TABLE invoices;--", False), ("🙂" * 5000, False),
                             ("FACT-2026-042", True)):  # fmt: skip
            options = {"type": "block_suggestion", "user": {"id": MAUD}, "team": {"id": "T0SANDBOX"}, "value": query,
                       "action_id": "invoice.pick", "block_id": "b", "api_app_id": "A0", "token": "x"}  # fmt: skip
            started = time.monotonic()
            status, body = await send(world, options)
            assert time.monotonic() - started < 3
            shown = [
                option for group in json.loads(body).get("option_groups", []) for option in group["options"]
            ]
            shown += json.loads(body).get("options", [])
            assert (status, bool(shown)) == (200, found), query
            assert len(shown) <= 100


async def test_s27_an_event_sent_again_has_no_second_effect(tmp_path: Path) -> None:
    async with inside(tmp_path) as (world, service):
        card = await paid(world)
        _, button = button_in(card["blocks"], "Associer")
        payload = click(MAUD, button["action_id"], button["value"])
        for number in ("", "1", "2", "3"):
            retry = {"X-Slack-Retry-Num": number, "X-Slack-Retry-Reason": "http_timeout"} if number else {}
            assert (await send(world, payload, headers=retry))[0] == 200
        await world.card("✓ Associé", "talent prévenu")
        assert await decisions(service) == ["associate"]
        assert len(await world.people.direct_messages(CAMILLE)) == 1


async def test_s28_after_hours_without_slack_everything_is_sent_once_in_its_present_state_and_paced(
    tmp_path: Path,
) -> None:
    async with inside(tmp_path) as (world, service):
        world.sandbox.workspace.strict_rate = False
        world.sandbox.faults.add(Fault("slack:*", "reset", times=None))
        for scenario in ("numero-exact", "montant-exact", "partiel", "groupe"):
            await world.people.pay(scenario)

        async def stored() -> bool:
            async with service.ctx.database.read() as session:
                return await session.scalar(select(func.count()).select_from(Message)) == 4

        await eventually(stored)
        async with service.ctx.database.read() as session:
            paid_id = await session.scalar(select(Transaction.id).order_by(Transaction.id))
        await _ignore(service.ctx, int(paid_id or 0))
        world.sandbox.faults.clear()
        async with service.ctx.database.write() as session:
            for row in await session.scalars(select(Message)):
                row.next_attempt_at = service.ctx.clock()
        await caught_up(service)
        assert len(lasting(world)) == 4
        assert "Hors facturation" in " ".join(lasting(world))


async def _ignore(ctx: Context, transaction_id: int) -> None:
    await ignore(
        ctx, Actor(ActorKind.SLACK, MAUD, is_admin=True), transaction_id=transaction_id, reason="test"
    )


async def test_s29_a_change_during_the_first_post_ends_in_the_last_state(tmp_path: Path) -> None:
    async with inside(tmp_path) as (world, service):
        world.sandbox.faults.add(Fault("slack:chat.postMessage", "delay", delay_ms=800))
        await world.people.pay("numero-exact")

        async def sending() -> bool:
            return any(state == "sending" for _, state, _ in await ledger(service))

        await eventually(sending)
        async with service.ctx.database.read() as session:
            paid_id = await session.scalar(select(Transaction.id))
        await _ignore(service.ctx, int(paid_id or 0))
        await world.card("Hors facturation")
        await caught_up(service)
        assert len(lasting(world)) == 1


async def test_an_announcement_found_after_its_undo_does_not_keep_the_worker_busy(tmp_path: Path) -> None:
    """The message landed, its answer was lost, and the association was undone before it was found."""
    async with inside(tmp_path) as (world, service):
        await announced_without_answer(world, service)
        card = await world.card("✓ Associé")
        await world.people.click(MAUD, card, "Annuler l’association")
        await caught_up(service)
        told = [message["text"][:10] for message in await world.people.direct_messages(CAMILLE)]
        assert len(told) == 2
