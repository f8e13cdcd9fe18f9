"""The main job, told by what people do and see, against the stand-ins over real HTTP (no browser)."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.runtime.logs import configure_logging
from bot.settings import FixedSettings
from tests.support.world import CAMILLE, FINANCE, HUGO, MAUD, World, buttons_in, eventually, inside, text_of


async def invoice(world: World, number: str) -> dict[str, Any]:
    token = {"Authorization": f"Bearer {world.sandbox.environment('http://x')['API_TOKEN']}"}
    url = f"{world.sandbox.bot_url}/api/invoices?limit=200"
    async with world.http.get(url, headers=token) as answer:
        rows = (await answer.json())["invoices"]
    return next(row for row in rows if row["number"] == number)


async def test_a_client_pays_an_admin_clicks_once_and_everything_follows(
    tmp_path: Path, database_url: str
) -> None:
    async with inside(tmp_path, database_url) as (world, _):
        await world.people.pay("numero-exact")
        card = await world.card("NIKE FRANCE", "FACT-2026-042")
        assert "Numéro FACT-2026-042 lu dans le libellé" in text_of(card)

        assert await world.people.click(MAUD, card, "Associer") == {"ok": True}

        card = await world.card("✓ Associé à", "facture payée", "talent prévenu")
        assert "<@U0MAUD>" in text_of(card)
        paid = await invoice(world, "FACT-2026-042")
        assert (paid["status"], paid["open"]) == ("paid", "0.00")
        assert paid["collaboration"]["status"] == "paid"
        [message] = await world.people.direct_messages(CAMILLE)
        assert message["text"].startswith("Payé\u202f! NIKE a réglé votre collaboration Campagne printemps")
        assert len(await world.people.messages(MAUD, FINANCE)) == 1

        await world.people.click(MAUD, card, "Annuler l’association")
        card = await world.card("À rapprocher", "FACT-2026-042")
        assert (await invoice(world, "FACT-2026-042"))["status"] == "open"
        await eventually(lambda: _count(world, CAMILLE, 2))
        correction = (await world.people.direct_messages(CAMILLE))[-1]["text"]
        assert correction.startswith("Une erreur s’est glissée")


async def test_one_search_in_the_log_tells_a_payments_story(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], root_log: None
) -> None:
    """The bank's id, from its webhook to what the talent was told; no name and no amount beside it."""
    configure_logging(FixedSettings(log_format="json"))
    log: list[str] = []

    def logged(words: str) -> bool:
        log.extend(capsys.readouterr().err.splitlines())
        return words in "".join(log)

    async with inside(tmp_path) as (world, _):
        payment_id = (await world.people.pay("numero-exact"))["transaction"]["id"]
        await world.people.click(MAUD, await world.card("NIKE FRANCE"), "Associer")
        card = await world.card("✓ Associé à", "talent prévenu")
        await world.people.click(MAUD, card, "Annuler l’association")
        await eventually(lambda: logged("talent_correction:"))
    story = [line for line in log if payment_id in line]
    lines = [json.loads(line) for line in story]
    events = [
        (line["event"], line.get("decision") or line.get("ledger_key", "").split(":")[0]) for line in lines
    ]
    milestones = [event for event in events if event[0] in {"webhook handled", "message sent", "decision"}]
    assert milestones == [
        ("webhook handled", ""),
        ("message sent", "payment_card"),
        ("decision", "associate"),
        ("message sent", "talent_paid"),
        ("decision", "undo"),
        ("message sent", "talent_correction"),
    ]
    assert ("card wanted", "") in events
    assert {line["payment_id"] for line in lines} == {payment_id}
    assert not any(word in "".join(story) for word in ("NIKE", "Camille", "1500", "FR76"))


@pytest.fixture
def root_log() -> Iterator[None]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    root.handlers = before
    root.setLevel(level)


async def _count(world: World, user: str, number: int) -> bool:
    return len(await world.people.direct_messages(user)) == number


async def test_a_colleague_without_rights_is_refused_and_nothing_changes(
    tmp_path: Path, database_url: str
) -> None:
    async with inside(tmp_path, database_url) as (world, _):
        await world.people.pay("numero-exact")
        card = await world.card("NIKE FRANCE", "FACT-2026-042")
        for _, button in buttons_in(card["blocks"]):
            await world.people.click(HUGO, card, button["text"]["text"])
        told = await world.told(HUGO, "Seuls les administrateurs")
        assert "<@U0MAUD>" in told
        assert (await invoice(world, "FACT-2026-042"))["status"] == "open"
        assert "Associé" not in text_of(await world.card("NIKE FRANCE"))


async def test_a_double_click_and_a_second_admin_change_nothing_more(
    tmp_path: Path, database_url: str
) -> None:
    async with inside(tmp_path, database_url) as (world, _):
        await world.people.pay("numero-exact")
        card = await world.card("NIKE FRANCE", "FACT-2026-042")
        await world.people.click(MAUD, card, "Associer")
        await world.people.click(MAUD, card, "Associer")
        await world.card("✓ Associé à", "talent prévenu")
        assert len(await world.people.direct_messages(CAMILLE)) == 1


async def test_a_payment_whose_webhook_was_lost_is_brought_by_the_command(
    tmp_path: Path, database_url: str
) -> None:
    async with inside(tmp_path, database_url, sync_every_minutes=0) as (world, _):
        await world.people.pay("montant-exact", deliver=False)
        await world.people.command(MAUD, "/qonto sync 30")
        await world.card("THE DES BRUMES")
        await world.told(MAUD, "Synchronisation", "1\u00a0nouveau")


@pytest.mark.parametrize(
    "scenario",
    ["meme-montant", "payeur-inconnu", "remboursement-tva", "partiel", "groupe", "numero-mal-tape"],
)
async def test_every_payment_of_the_example_gets_one_card_that_slack_accepts(
    tmp_path: Path, scenario: str
) -> None:
    async with inside(tmp_path) as (world, _):
        payment = await world.people.pay(scenario)
        assert payment
        await eventually(lambda: _cards(world))
        assert list(world.sandbox.workspace.problems) == []


async def _cards(world: World) -> bool:
    return len(await world.people.messages(MAUD, FINANCE)) == 1
