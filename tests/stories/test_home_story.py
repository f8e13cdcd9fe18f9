"""The Home tab as each person sees it, against the stand-ins over real HTTP (no browser)."""

from pathlib import Path

from bot.slack.blocks import actions, button
from tests.homes import act, click, home, modal, open_home, submit
from tests.world import CAMILLE, HUGO, MAUD, eventually, inside, text_of


async def test_an_admin_associates_from_the_home_and_it_follows_by_itself(tmp_path: Path) -> None:
    async with inside(tmp_path) as (world, service):
        await open_home(world, MAUD, "Rapprochement Qonto", "Tout est rapproché.")
        await world.people.pay("numero-exact")
        view = await home(world, MAUD, "1\u00a0paiement", "NIKE FRANCE", "*FACT-2026-042*", "très probable")
        assert await click(world, MAUD, view, "Associer") == {"ok": True}
        done = await home(world, MAUD, "Tout est rapproché.", "Derniers rapprochements", "par <@U0MAUD>")
        assert "FACT-2026-042" in text_of(done)

        # A view drawn behind our back: the state is read and drawn again instead of trusting what we knew.
        await service.slack.client.views_publish(
            user_id=MAUD, view={"type": "home", "blocks": view["blocks"]}
        )
        await world.people.pay("montant-exact")
        done = await home(world, MAUD, "THE DES BRUMES", "Derniers rapprochements")

        await click(world, MAUD, done, "Factures")
        listed = await modal(world, MAUD, "Factures à encaisser")
        assert "FACT-2026-051" in text_of(listed)
        assert "FACT-2026-042" not in text_of(listed)
        assert list(world.sandbox.workspace.problems) == []


async def test_a_talent_sees_their_own_collaborations_and_others_one_sentence(tmp_path: Path) -> None:
    async with inside(tmp_path) as (world, service):
        await open_home(world, CAMILLE)
        view = await home(world, CAMILLE, "Mes collaborations", "Campagne printemps", "Club de lecture")
        assert "Coffret d’hiver" not in text_of(view)
        assert "Océane" not in text_of(view)

        other = await open_home(world, HUGO, "demandez à <@U0MAUD>")
        assert "€" not in text_of(other)
        # An admin's button in somebody else's view is refused, in a modal: a view has no other place to answer.
        forged = {"type": "home", "blocks": [actions([button("Synchroniser", "home.sync", "now")])]}
        await service.slack.client.views_publish(user_id=HUGO, view=forged)
        await click(world, HUGO, await home(world, HUGO, "Synchroniser"), "Synchroniser")
        assert "Seuls les administrateurs" in text_of(await modal(world, HUGO, "Rapprochement"))

        await click(world, CAMILLE, view, "Mes réglages")
        mine = await modal(world, CAMILLE, "Réglages")
        assert "Pour l’agence" not in text_of(mine)
        await submit(
            world,
            CAMILLE,
            mine,
            notices={"selected_option": "nothing"},
            language={"selected_option": "en"},
        )
        await world.people.pay("numero-exact")
        card = await world.card("NIKE FRANCE", "FACT-2026-042")
        await world.people.click(MAUD, card, "Associer")
        card = await world.card("✓ Associé à", "facture payée")
        assert "talent prévenu" not in text_of(card)
        await home(world, CAMILLE, "✓ Payée")
        assert await world.people.direct_messages(CAMILLE) == []


async def test_the_period_and_the_synchronisation_are_chosen_in_the_home(tmp_path: Path) -> None:
    async with inside(tmp_path, sync_every_minutes=0) as (world, _):
        view = await open_home(world, MAUD, "Pour commencer", "À faire")
        await world.people.pay("montant-exact", deliver=False)
        await click(world, MAUD, view, "Synchroniser")
        view = await home(world, MAUD, "1\u00a0nouveau", "THE DES BRUMES")
        assert "Pour commencer" not in text_of(view)
        [block] = [
            one for one in view["blocks"] if one.get("accessory", {}).get("action_id") == "home.period"
        ]
        await act(world, MAUD, view, block["block_id"], "home.period", selected_option="year")
        view = await home(world, MAUD, "Reçus en 20")
        assert await eventually(lambda: "THE DES BRUMES" in text_of(view))
        assert list(world.sandbox.workspace.problems) == []
