"""What the bot learns from a click, seen on the card."""

from pathlib import Path

from store import payments
from tests.world import HUGO, MAUD, buttons_in, inside, text_of


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
            await payments.mark_needs_matching_for(session)
        service.ctx.wake.notify()
        await world.people.pay("numero-exact")
        await world.card("NIKE FRANCE", "FACT-2026-042")
        assert "FACT-2026-0" not in text_of(await world.card("MAISON ORVAL"))
