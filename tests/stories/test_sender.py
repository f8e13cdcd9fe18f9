"""One sender, many ways to fail: what Slack refuses, loses or answers late ends with one message all the same."""

from pathlib import Path

import pytest

from sandbox.faults import Fault
from tests.support.world import CAMILLE, FINANCE, MAUD, eventually, inside, text_of


async def lasting(world: object) -> list[dict[str, object]]:
    return [one for one in await world.people.messages(MAUD, FINANCE) if not one["ephemeral"]]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "fault",
    [
        Fault("slack:chat.postMessage", "reset_after"),
        Fault("slack:chat.postMessage", "reset"),
        Fault("slack:chat.postMessage", "status", status=503),
        Fault("slack:chat.postMessage", "status", status=429, retry_after=1),
        Fault("slack:chat.postMessage", "error", error="internal_error"),
        Fault("slack:chat.postMessage", "html"),
        Fault("slack:chat.postMessage", "truncate"),
        Fault("slack:chat.postMessage", "error", error="a_code_of_tomorrow"),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.status}-{fault.error}",
)
async def test_however_a_post_ends_there_is_one_card(tmp_path: Path, fault: Fault) -> None:
    async with inside(tmp_path) as (world, _):
        world.sandbox.faults.add(fault)
        await world.people.pay("numero-exact")
        card = await world.card("NIKE FRANCE", "FACT-2026-042")
        await world.people.click(MAUD, card, "Associer")
        await world.card("✓ Associé", "talent prévenu")
        assert len(await lasting(world)) == 1
        assert len(await world.people.direct_messages(CAMILLE)) == 1


async def test_a_message_that_landed_under_its_former_key_is_adopted(tmp_path: Path) -> None:
    """A call without an answer just before the keys took the bank's id: looked up after the upgrade."""
    async with inside(tmp_path) as (world, _):
        world.sandbox.faults.add(Fault("slack:chat.postMessage", "reset_after"))
        await world.people.pay("numero-exact")
        posted = await eventually(lambda: world.sandbox.workspace.history.get(FINANCE))
        [message] = posted.values()
        assert message.metadata is not None
        message.metadata["event_payload"]["key"] = "payment_card:1"
        await world.people.click(MAUD, await world.card("NIKE FRANCE", "FACT-2026-042"), "Associer")
        await world.card("✓ Associé", "talent prévenu")
        assert len(await lasting(world)) == 1


async def test_refused_blocks_become_a_plain_sentence(tmp_path: Path) -> None:
    async with inside(tmp_path) as (world, _):
        world.sandbox.faults.add(Fault("slack:chat.postMessage", "error", error="invalid_blocks"))
        await world.people.pay("numero-exact")

        async def said() -> object:
            return [one for one in await lasting(world) if "NIKE FRANCE" in str(one["text"])]

        assert len(await eventually(said)) == 1


async def test_a_deleted_card_is_posted_again_once(tmp_path: Path) -> None:
    async with inside(tmp_path) as (world, _):
        await world.people.pay("numero-exact")
        card = await world.card("NIKE FRANCE", "FACT-2026-042")
        world.sandbox.workspace.delete_message(FINANCE, card["ts"])
        payments = await world.people.pay("montant-exact")
        assert payments
        other = await world.card("THE DES BRUMES")
        assert "NIKE" not in text_of(other)
        await world.people.command(MAUD, "/qonto paiements")
        await world.told(MAUD, "à rapprocher")


async def test_a_talent_without_an_account_is_said_on_the_card(tmp_path: Path) -> None:
    async with inside(tmp_path) as (world, _):
        world.sandbox.workspace.deactivate(CAMILLE)
        await world.people.pay("numero-exact")
        card = await world.card("NIKE FRANCE", "FACT-2026-042")
        await world.people.click(MAUD, card, "Associer")
        await world.card("facture payée", "non prévenu")
