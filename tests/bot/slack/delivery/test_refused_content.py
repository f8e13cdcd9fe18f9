"""Content that Slack refuses: less and less is shown, and a payment is never without buttons that work."""

import logging
from pathlib import Path
from typing import Any

import pytest

from bot.messages.effects import want_card
from sandbox.slack import Refusal
from store.models import Transaction
from tests.catalogue.slack_support import caught_up, decisions, lasting, paid
from tests.support.world import CAMILLE, FINANCE, MAUD, World, buttons_in, eventually, inside

EVERYTHING = Refusal()
LONG = Refusal(more_than=2, pointed=False)
TOO_LONG = Refusal(more_than=2, pointed=False, code="msg_too_long")


def labels(message: dict[str, Any]) -> list[str]:
    return [button["text"]["text"] for _, button in buttons_in(message["blocks"])]


async def plain_card(world: World, *words: str) -> dict[str, Any]:
    """Wait for a card that says no more than one sentence above its buttons."""

    async def look() -> Any:
        for message in await world.people.messages(MAUD, FINANCE):
            said = message["blocks"][0].get("text", {}).get("text", "") if message["blocks"] else ""
            if len(message["blocks"]) == 2 and all(word in said for word in words):
                return message
        return None

    return dict(await eventually(look))


async def test_a_post_goes_without_the_block_that_slack_points_at(tmp_path: Path) -> None:
    async with inside(tmp_path) as (world, service):
        world.sandbox.workspace.refusal = Refusal(types=("rich_text",))
        await world.people.pay("numero-exact")
        card = await world.card("FACT-2026-042", "À rapprocher")
        assert "rich_text" not in [block["type"] for block in card["blocks"]]
        assert labels(card) == ["Associer", "Autre facture…", "Pas cette facture", "Pas un paiement client"]
        await world.people.click(MAUD, card, "Associer")
        await world.card("✓ Associé", "talent prévenu")
        await caught_up(service)
        assert await decisions(service) == ["associate"]
        assert len(lasting(world)) == 1


@pytest.mark.parametrize("refusal", [LONG, TOO_LONG], ids=["no pointer", "too long"])
async def test_a_post_becomes_a_plain_card_whose_buttons_work(tmp_path: Path, refusal: Refusal) -> None:
    async with inside(tmp_path) as (world, service):
        world.sandbox.workspace.refusal = refusal
        await world.people.pay("numero-exact")
        card = await plain_card(world, "probablement la facture FACT-2026-042")
        assert labels(card) == ["Associer", "Chercher une facture…", "Pas un paiement client"]
        await opens_forms(world, card)
        await world.people.click(MAUD, card, "Associer")
        await plain_card(world, "associé à FACT-2026-042")
        assert await decisions(service) == ["associate"]


async def test_a_card_that_would_lose_its_buttons_becomes_a_plain_one(tmp_path: Path) -> None:
    async with inside(tmp_path) as (world, _):
        world.sandbox.workspace.refusal = Refusal(types=("actions",), more_than=2)
        await world.people.pay("payeur-inconnu")
        card = await plain_card(world, "aucune facture ouverte ne correspond")
        assert labels(card) == ["Chercher une facture…", "Pas un paiement client"]
        await opens_forms(world, card)


async def opens_forms(world: World, card: dict[str, Any]) -> None:
    for label in ("Chercher une facture…", "Pas un paiement client"):
        await world.people.click(MAUD, card, label)
    assert [call.outcome for call in world.sandbox.workspace.calls_of("views.open")] == ["ok", "ok"]


async def test_a_plain_card_that_is_refused_too_is_still_said_and_drawn_again(tmp_path: Path) -> None:
    async with inside(tmp_path) as (world, service):
        world.sandbox.workspace.refusal = EVERYTHING
        await world.people.pay("numero-exact")

        async def said() -> Any:
            return [one for one in world.sandbox.workspace.messages(FINANCE) if "NIKE FRANCE" in one.text]

        assert not (await eventually(said))[0].blocks
        world.sandbox.workspace.refusal = None
        async with service.ctx.database.write() as session:
            payment = await session.get_one(Transaction, 1)
            payment.version += 1
            await want_card(session, payment, FINANCE, service.ctx.clock())
        assert "Associer" in labels(await world.card("FACT-2026-042", "À rapprocher"))
        assert len(lasting(world)) == 1


async def test_an_update_goes_without_the_block_that_slack_points_at(tmp_path: Path) -> None:
    async with inside(tmp_path) as (world, _):
        card = await paid(world)
        world.sandbox.workspace.refusal = Refusal(types=("rich_text",))
        await world.people.click(MAUD, card, "Associer")
        card = await world.card("✓ Associé", "talent prévenu")
        assert "rich_text" not in [block["type"] for block in card["blocks"]]
        assert "Annuler l’association" in labels(card)


@pytest.mark.parametrize("refusal", [LONG, TOO_LONG], ids=["no pointer", "too long"])
async def test_an_update_becomes_a_plain_card_whose_buttons_work(tmp_path: Path, refusal: Refusal) -> None:
    async with inside(tmp_path) as (world, service):
        card = await paid(world)
        world.sandbox.workspace.refusal = refusal
        await world.people.click(MAUD, card, "Associer")
        card = await plain_card(world, "associé à FACT-2026-042")
        assert card["ts"] == world.sandbox.workspace.messages(FINANCE)[0].ts
        await world.people.click(MAUD, card, "Annuler l’association")
        card = await plain_card(world, "probablement la facture FACT-2026-042")
        await world.people.click(MAUD, card, "Associer")
        await plain_card(world, "associé à FACT-2026-042")
        assert await decisions(service) == ["associate", "undo", "associate"]


async def test_an_update_refused_whole_is_one_sentence(tmp_path: Path) -> None:
    async with inside(tmp_path) as (world, service):
        card = await paid(world)
        world.sandbox.workspace.refusal = EVERYTHING
        await world.people.click(MAUD, card, "Associer")

        async def said() -> bool:
            message = world.sandbox.workspace.messages(FINANCE)[0]
            return "associé à FACT-2026-042" in message.text and not message.blocks

        await eventually(said)
        await caught_up(service)


async def test_what_is_no_card_becomes_one_sentence(tmp_path: Path) -> None:
    async with inside(tmp_path) as (world, service):
        card = await paid(world)
        world.sandbox.workspace.refusal = Refusal(types=("section",))
        await world.people.click(MAUD, card, "Associer")

        async def told() -> Any:
            return await world.people.direct_messages(CAMILLE)

        messages = await eventually(told)
        await caught_up(service)
        assert [message["blocks"] for message in messages] == [[]]
        assert "NIKE a réglé votre collaboration" in messages[0]["text"]


async def test_a_refusal_is_logged_once_per_message_and_version(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with inside(tmp_path) as (world, service):
        world.sandbox.workspace.refusal = EVERYTHING
        with caplog.at_level(logging.ERROR):
            await world.people.pay("numero-exact")
            await eventually(lambda: world.sandbox.workspace.messages(FINANCE))
            await caught_up(service)
        refused = [each for each in caplog.records if each.message == "content refused"]
        versions = {(each.__dict__["ledger_key"], each.__dict__["version"]) for each in refused}
        assert refused
        assert len(refused) == len(versions)
        assert {each.__dict__["slack_error"] for each in refused} == {"invalid_blocks"}
