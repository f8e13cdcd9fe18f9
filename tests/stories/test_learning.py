"""What the bot learns from a click, seen on the card."""

from pathlib import Path

from sqlalchemy import select

from bot.slack.blocks.kit import actions, button
from store.models import AuditEntry
from store.suggestions import rematching
from tests.support.homes import act, click, home, modal, open_home
from tests.support.modals import Modal
from tests.support.world import CAMILLE, HUGO, MAUD, Json, World, buttons_in, eventually, inside, text_of


async def test_none_of_these_invoices_takes_them_off_the_card_for_good(tmp_path: Path) -> None:
    async with inside(tmp_path) as (world, service):
        await world.people.pay("meme-montant")
        card = await world.card("MAISON ORVAL", "2 factures ouvertes de ce montant")
        assert text_of(card).count("FACT-2026-0") >= 2

        await world.people.click(HUGO, card, "Aucune de ces factures")
        await world.told(HUGO, "Seuls les administrateurs")
        assert "FACT-2026-0" in text_of(await world.card("MAISON ORVAL"))

        assert await world.people.click(MAUD, card, "Aucune de ces factures") == {"ok": True}
        card = await world.card("MAISON ORVAL", "Aucune facture ouverte ne correspond")
        labels = [button["text"]["text"] for _, button in buttons_in(card["blocks"])]
        assert labels == ["Chercher une facture…", "Pas un paiement client"]

        async with service.ctx.database.write() as session:
            await rematching.ask_for_all(session, service.ctx.clock())
        await world.people.pay("numero-exact")
        await world.card("NIKE FRANCE", "FACT-2026-042")
        assert "FACT-2026-0" not in text_of(await world.card("MAISON ORVAL"))


async def test_what_was_learnt_is_read_and_forgotten_in_slack_by_admins_alone(tmp_path: Path) -> None:
    async with inside(tmp_path) as (world, service):
        await world.people.pay("numero-exact")
        card = await world.card("NIKE FRANCE", "FACT-2026-042")
        await world.people.click(MAUD, card, "Associer")
        await world.card("✓ Associé à")

        for user in (CAMILLE, HUGO):
            forged = {"type": "home", "blocks": [actions([button("Mémoire", "memory.open", "v1:1")])]}
            await service.slack.client.views_publish(user_id=user, view=forged)
            await click(world, user, await home(world, user, "Mémoire"), "Mémoire")
            assert "Seuls les administrateurs" in text_of(await modal(world, user, "Rapprochement"))

        await click(world, MAUD, await open_home(world, MAUD, "Derniers rapprochements"), "Réglages")
        await click(world, MAUD, await modal(world, MAUD, "Réglages"), "Mémoire des payeurs")
        shown = await listed(world, "*IBAN FR••", "*Nom NIKE FRANCE*", "→ NIKE\u00a0: 1\u00a0confirmation")
        assert "FR76" not in str(shown)

        search = Modal(world, MAUD)
        await search.type("Rechercher", "un inconnu")
        assert await search.submit() == {"ok": True}
        await listed(world, "Aucun payeur ne correspond.")
        await search.type("Rechercher", "nike")
        await search.submit()
        shown = await listed(world, "*IBAN FR••")

        [block, *_] = [one for one in shown["blocks"] if str(one["block_id"]).startswith("iban-")]
        chosen = next(one for one in block["elements"][0]["options"] if one["text"]["text"] == "Affacturage")
        what = {"selected_option": chosen["value"]}
        await act(world, MAUD, shown, block["block_id"], block["elements"][0]["action_id"], **what)
        shown = await listed(world, "Noté\u00a0: FR••", "affacturage")

        forget = block["elements"][1]
        await act(world, MAUD, shown, block["block_id"], forget["action_id"], value=forget["value"])
        shown = await listed(world, "Oublié\u00a0: FR••", "*Nom NIKE FRANCE*")
        assert "*IBAN" not in text_of(shown)
        async with service.ctx.database.read() as session:
            lines = await session.scalars(select(AuditEntry).where(AuditEntry.object_type == "payer"))
            traced = [(one.actor, one.action, one.object_id[:4], one.details) for one in lines]
        assert traced == [
            (MAUD, "declare_payer", "FR••", {"kind": "iban", "class": "factor"}),
            (MAUD, "forget_payer", "FR••", {"kind": "iban"}),
        ]
        assert list(world.sandbox.workspace.problems) == []


async def listed(world: World, *words: str) -> Json:
    """Wait until the memory on Maud's screen says all these words."""

    async def look() -> Json | None:
        view = await modal(world, MAUD, "Mémoire des payeurs")
        return view if all(word in text_of(view) for word in words) else None

    return dict(await eventually(look))
