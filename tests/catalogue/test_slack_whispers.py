"""What only one person is told: given once when Slack takes it, another way when it does not."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from sandbox.faults import Fault
from tests.catalogue.slack_support import paid
from tests.support.world import FINANCE, HUGO, MAUD, eventually, inside


@pytest.mark.parametrize(
    "fault",
    [
        Fault("slack:response_url", "error", error="expired_url"),
        Fault("slack:response_url", "status", status=503),
        Fault("slack:response_url", "reset"),
        Fault("slack:response_url", "html"),
    ],
    ids=lambda fault: fault.kind,
)
async def test_an_answer_that_slack_refuses_or_loses_is_said_another_way(
    tmp_path: Path, fault: Fault
) -> None:
    async with inside(tmp_path) as (world, service):
        card = await paid(world)
        world.sandbox.faults.add(fault)
        await world.people.click(HUGO, card, "Associer")
        await world.told(HUGO, "Seuls les administrateurs")
        world.sandbox.faults.add(fault)
        await world.people.command(MAUD, "/qonto paiements")
        await world.told(MAUD, "1\u00a0paiement à rapprocher")
        metrics = (await service.metrics.read(service.ctx, active=True)).decode()
        assert 'slack_calls_total{method="response_url",outcome="ok"}' not in metrics
        assert 'slack_calls_total{method="chat.postEphemeral",outcome="ok"} 2.0' in metrics


async def test_an_answer_that_arrives_is_given_once_and_one_that_never_does_is_logged_with_who(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with inside(tmp_path) as (world, service):
        card = await paid(world)
        world.sandbox.faults.add(Fault("slack:*", "error", error="channel_not_found", times=None))
        unheard = await world.people.click(HUGO, card, "Associer")
        assert not unheard["ok"]  # Slack shows its own sign of failure

        def logged() -> list[Any]:
            return [vars(each) for each in caplog.records if each.message == "answer not delivered"]

        await eventually(logged)
        [line] = logged()
        assert (line["user_id"], line["channel_id"], line["then"]) == (HUGO, FINANCE, "channel_not_found")
        world.sandbox.faults.clear()
        await world.people.click(HUGO, card, "Associer")
        await world.told(HUGO, "Seuls les administrateurs")
        await asyncio.sleep(0.2)
        assert len(await world.whispers(HUGO)) == 1
        metrics = (await service.metrics.read(service.ctx, active=True)).decode()
        assert 'slack_calls_total{method="response_url",outcome="ok"} 1.0' in metrics


async def test_a_refused_click_is_acknowledged_once_the_person_was_told(tmp_path: Path) -> None:
    """A process that dies between the two leaves nobody believing in a decision that was refused."""
    async with inside(tmp_path) as (world, _):
        card = await paid(world)
        world.sandbox.faults.add(Fault("slack:response_url", "delay", delay_ms=300))
        answer = await world.people.click(HUGO, card, "Associer")
        assert answer["ok"]
        assert len(await world.whispers(HUGO)) == 1
