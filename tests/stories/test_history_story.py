"""The history as an admin reads it, and as nobody else may, over real HTTP (no browser)."""

from pathlib import Path

from sqlalchemy import select

from store.models import AuditEntry
from tests.support.modals import Modal, all_text
from tests.support.world import HUGO, MAUD, eventually, inside


async def test_everything_that_happened_to_a_payment_is_told_by_whom_and_when(tmp_path: Path) -> None:
    async with inside(tmp_path) as (world, service):
        await world.people.pay("numero-exact")
        card = await world.card("NIKE FRANCE", "FACT-2026-042")
        await world.people.click(HUGO, card, "Associer")
        await world.told(HUGO, "Seuls les administrateurs")
        await world.people.click(MAUD, card, "Associer")
        card = await world.card("✓ Associé à", "talent prévenu")
        await world.people.click("U0NORA", card, "Annuler l’association")
        card = await world.card("Association annulée par <@U0NORA>")
        await world.people.pay("remboursement-tva")
        await world.card("DGFIP")

        assert await world.people.command(MAUD, "/qonto historique") == {"ok": True}
        listed = Modal(world, MAUD)
        text = await listed.text()
        assert "2\u00a0paiements" in text
        assert "*4\u202f217,00\u00a0€ de DGFIP*" in text
        await listed.type("Rechercher", "fact-2026-042")
        assert await listed.submit() == {"ok": True}
        text = await listed.text()
        assert "1\u00a0paiement " in text
        assert "DGFIP" not in text

        view = await listed.view()
        line = next(block for block in view["blocks"] if block.get("accessory"))
        answer = await world.people.post(
            "/ui/click",
            user=MAUD,
            container={"type": "view", "view_id": view["id"]},
            block_id=line["block_id"],
            action_id=line["accessory"]["action_id"],
            value=line["accessory"]["value"],
        )
        assert answer == {"ok": True}

        async def story() -> str:
            top = await listed.top()
            return all_text(top) if top and top["title"]["text"] == "Historique du paiement" else ""

        told = await eventually(story)
        for words in (
            "*Reçu* de Qonto",
            "*Suggestion*\u00a0: FACT-2026-042, 1\u202f500,00\u00a0€ (très probable)",
            "_Numéro FACT-2026-042 lu dans le libellé · Montant exact",
            "*Tentative refusée*\u00a0: <@U0HUGO> a voulu associer ce paiement",
            "*Associé* par <@U0MAUD>",
            "Suggestion suivie",
            "*Association annulée* par <@U0NORA>",
            "FACT-2026-042 (NIKE)\u00a0: −1\u202f500,00\u00a0€",
            "Paiement annoncé à Camille Durand",
        ):
            assert words in told
        assert list(world.sandbox.workspace.problems) == []

        card = await world.card("Association annulée", "Autre facture…")
        assert await world.people.click(HUGO, card, "Autre facture…") == {"ok": True}
        await world.people.command(HUGO, "/qonto historique")
        await eventually(lambda: _refusals(service))
        assert await Modal(world, HUGO).top() is None


async def _refusals(service: object) -> bool:
    async with service.ctx.database.read() as session:  # type: ignore[attr-defined]  # the running service
        rows = await session.scalars(select(AuditEntry.action).where(AuditEntry.actor == HUGO))
        return {"refused:associate", "refused:open_associate", "refused:command:historique"} <= set(rows)
