"""Linking a talent to a Slack account: an admin guesses, the person confirms, the waiting message leaves."""

from pathlib import Path

from tests.support.homes import click, home, modal, open_home, submit
from tests.support.world import HUGO, MAUD, World, eventually, inside, text_of

INES = "U0INES"
SCENARIO = {"amount_cents": 64000, "payer_name": "OCEANE COSMETIQUES", "reference": "FACT-2026-044"}


async def ask(world: World, talent: str, user: str) -> None:
    view = await home(world, MAUD, "sans compte Slack", talent)
    await click(world, MAUD, view, "Relier un talent")
    asked = await modal(world, MAUD, "Relier un talent")
    [options] = [
        block["element"]["options"] for block in asked["blocks"] if block.get("block_id") == "talent"
    ]
    chosen = next(one["value"] for one in options if one["text"]["text"] == talent)
    answer = await submit(
        world, MAUD, asked, talent={"selected_option": chosen}, person={"selected_user": user}
    )
    assert answer == {"ok": True}


async def test_a_guess_is_confirmed_by_the_person_before_any_amount(tmp_path: Path) -> None:
    async with inside(tmp_path) as (world, _):
        await open_home(world, MAUD, "2\u00a0talents sans compte Slack", "Inès Benali", "Théo Garnier")
        iban = "FR7630006000011234567890189"
        await world.people.post("/bank/sandbox/pay", **SCENARIO, payer_iban=iban, deliver=True)
        card = await world.card("OCEANE", "FACT-2026-044")
        await world.people.click(MAUD, card, "Associer")
        await world.card("Inès Benali non prévenu")

        await ask(world, "Inès Benali", HUGO)
        [question] = await eventually(lambda: world.people.direct_messages(HUGO))
        assert "€" not in text_of(question)
        assert "Océane" not in text_of(question)
        channel = await direct_channel(world, HUGO)
        await world.people.click(HUGO, question, "Ce n’est pas moi", channel)
        await eventually(lambda: said(world, HUGO, "vous n’êtes pas Inès Benali"))
        await home(world, MAUD, "a répondu non")
        assert await world.people.direct_messages(INES) == []

        await ask(world, "Inès Benali", INES)
        [question] = await eventually(lambda: world.people.direct_messages(INES))
        await world.people.click(INES, question, "C’est moi", await direct_channel(world, INES))
        await eventually(lambda: said(world, INES, "Payé", "640,00"))
        await world.card("✓ Associé à", "talent prévenu")
        view = await home(world, MAUD, "1\u00a0talent sans compte Slack", "Théo Garnier")
        assert "Inès" not in text_of({"blocks": view["blocks"][:6]})
        assert list(world.sandbox.workspace.problems) == []


async def direct_channel(world: World, user: str) -> str:
    state = await world.people.state(user)
    return next(str(one["id"]) for one in state["channels"] if one["is_im"])


async def said(world: World, user: str, *words: str) -> bool:
    messages = await world.people.direct_messages(user)
    return any(all(word in text_of(one) for word in words) for one in messages)
