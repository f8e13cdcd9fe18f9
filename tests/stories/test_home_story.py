"""The Home tab as each person sees it, against the stand-ins over real HTTP (no browser)."""

from pathlib import Path

from sqlalchemy import update

from bot.app import Service
from bot.slack.blocks.kit import actions, button
from sandbox import agency
from sandbox.faults import Fault
from store.models import Message
from tests.support.homes import act, click, home, modal, open_home, submit
from tests.support.world import CAMILLE, HUGO, MAUD, Json, World, eventually, inside, text_of


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
        view = await home(world, CAMILLE, "My collaborations", "✓ Paid")
        assert "Payée" not in text_of(view)
        assert await world.people.direct_messages(CAMILLE) == []
        await _told_once_a_day(world, service, view)


async def _told_once_a_day(world: World, service: Service, view: Json) -> None:
    """Two payments of a day are one message, also when its answer is lost; undoing one corrects that one."""
    await click(world, CAMILLE, view, "My settings")
    mine = await modal(world, CAMILLE, "Settings")
    await submit(world, CAMILLE, mine, notices={"selected_option": "digest"})
    cards = []
    books = {"amount_cents": 56_000, "payer_name": "LIBRAIRIE CARAMBOLE", "reference": "FACT-2026-052"}
    books["payer_iban"] = "FR7630052005010002005639419"
    for payment, payer in (
        (agency.scenario("montant-exact").payment(), "THE DES BRUMES"),
        (books, "LIBRAIRIE CARAMBOLE"),
    ):
        await world.people.post("/bank/sandbox/pay", **payment)
        card = await world.card(payer, "À rapprocher")
        await world.people.click(MAUD, card, "Associer")
        cards.append(await world.card(payer, "facture payée"))
    assert await world.people.direct_messages(CAMILLE) == []
    world.sandbox.faults.add(Fault("slack:chat.postMessage", "reset_after"))
    await _hour_comes(service)
    await world.card("THE DES BRUMES", "talent prévenu")
    card = await world.card("LIBRAIRIE CARAMBOLE", "talent prévenu")
    [told] = await world.people.direct_messages(CAMILLE)
    assert told["text"].startswith("Paid!\n• ")
    assert "Recettes d’automne" in told["text"]
    assert "Club de lecture" in told["text"]
    await world.people.click(MAUD, card, "Annuler l’association")
    await world.card("LIBRAIRIE CARAMBOLE", "Association annulée")
    await _hour_comes(service)

    async def corrected() -> list[Json] | None:
        found = await world.people.direct_messages(CAMILLE)
        return found if len(found) > 1 else None

    _, correction = await eventually(corrected)
    assert "Librairie Carambole" in correction["text"]
    assert "Brumes" not in correction["text"]


async def _hour_comes(service: Service) -> None:
    async with service.ctx.database.write() as session:
        await session.execute(update(Message).values(next_attempt_at=service.ctx.clock()))


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
