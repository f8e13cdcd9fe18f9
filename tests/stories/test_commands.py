"""``/qonto``: what an admin and the others are told."""

from pathlib import Path

import pytest

from sandbox.faults import Fault
from tests.support.world import HUGO, MAUD, button_in, eventually, inside


@pytest.mark.parametrize("words", ["/qonto", "/qonto aide", "/qonto AIDE"])
async def test_help_says_what_can_be_done(tmp_path: Path, words: str) -> None:
    async with inside(tmp_path, example=False) as (world, _):
        await world.people.command(MAUD, words)
        assert "/qonto sync 30" in await world.told(MAUD, "Rapprocher les virements")


async def test_an_unknown_word_is_said_with_the_help(tmp_path: Path) -> None:
    async with inside(tmp_path, example=False) as (world, _):
        await world.people.command(MAUD, "/qonto <!channel>")
        told = await world.told(MAUD, "Commande inconnue")
        assert "<!channel>" not in told


async def test_a_wrong_number_of_days_is_refused(tmp_path: Path) -> None:
    async with inside(tmp_path, example=False) as (world, _):
        await world.people.command(MAUD, "/qonto sync beaucoup")
        await world.told(MAUD, "nombre de jours")
        await world.people.command(MAUD, "/qonto sync 9999")
        await world.told(MAUD, "entre 1 et 3650")


async def test_the_status_says_what_waits(tmp_path: Path) -> None:
    async with inside(tmp_path) as (world, _):
        await world.people.pay("numero-exact")
        await world.card("NIKE FRANCE")
        await world.people.command(MAUD, "/qonto statut")
        assert "1\u00a0paiement · 1\u202f500,00\u00a0€" in await world.told(MAUD, "À rapprocher")


async def test_waiting_payments_are_listed_and_their_card_can_be_shown(tmp_path: Path) -> None:
    async with inside(tmp_path, sync_every_minutes=0) as (world, service):
        world.sandbox.bank.load(3)
        await world.people.command(MAUD, "/qonto sync 3650")
        await world.told(MAUD, "Synchronisation\u00a0: ")
        await world.people.command(MAUD, "/qonto paiements")

        async def listed() -> object:
            messages = await world.people.messages(MAUD, "C0PAIEMENTS")
            return next((one for one in messages if "à rapprocher" in one["text"] and one["blocks"]), None)

        message = await eventually(listed)
        assert button_in(message["blocks"], "Afficher la carte")
        await world.people.click(MAUD, message, "Afficher la carte")
        await world.card("À rapprocher")
        assert service.worker.health["messages"].failures == 0


async def test_a_bank_that_refuses_the_key_is_said_in_words(tmp_path: Path) -> None:
    async with inside(tmp_path, example=False, sync_every_minutes=0) as (world, _):
        world.sandbox.faults.add(Fault("bank:GET /v2/bank_accounts*", "status", status=401, times=None))
        await world.people.command(MAUD, "/qonto sync")
        await world.told(MAUD, "Qonto refuse la clé")


async def test_others_are_told_whom_to_ask_and_learn_nothing(tmp_path: Path) -> None:
    async with inside(tmp_path) as (world, _):
        await world.people.pay("numero-exact")
        await world.card("NIKE FRANCE")
        for words in ("/qonto", "/qonto statut", "/qonto paiements", "/qonto sync"):
            await world.people.command(HUGO, words)
        told = await world.told(HUGO, "réservés aux administrateurs")
        assert "1\u202f500" not in "".join(await world.whispers(HUGO))
        assert "<@U0MAUD>" in told
