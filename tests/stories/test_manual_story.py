"""Associating by hand, undoing, setting aside: what people do and see, over real HTTP (no browser)."""

from pathlib import Path
from typing import Any

from sandbox.agency import API_TOKEN
from store.books.checks import check_all
from tests.support.modals import Modal
from tests.support.world import HUGO, MAUD, World, buttons_in, inside, text_of


async def invoice(world: World, number: str) -> dict[str, Any]:
    url = f"{world.sandbox.bot_url}/api/invoices?limit=200"
    async with world.http.get(url, headers={"Authorization": f"Bearer {API_TOKEN}"}) as answer:
        rows = (await answer.json())["invoices"]
    return dict(next(row for row in rows if row["number"] == number))


async def pay(world: World, cents: int, reference: str, payer: str = "OCEANE COSMETIQUES SAS") -> None:
    await world.people.post(
        "/bank/sandbox/pay",
        amount_cents=cents,
        payer_name=payer,
        payer_iban="FR7630006000011234567890189",
        reference=reference,
    )


async def opened(world: World, *words: str, label: str = "Autre facture…") -> Modal:
    card = await world.card(*words)
    assert await world.people.click(MAUD, card, label) == {"ok": True}
    return Modal(world, MAUD)


async def test_three_invoices_with_a_partial_one_and_then_one_undone(tmp_path: Path) -> None:
    async with inside(tmp_path) as (world, service):
        await world.people.pay("groupe")
        modal = await opened(world, "OCEANE", "Associer les 3")
        await modal.pick("Factures", "fact-2026-044", "1130,50", "theo garnier solaire")
        text = await modal.text()
        assert "Reste à associer\u00a0: 0,00\u00a0€" in text
        await modal.type("FACT-2026-046", "900")
        text = await modal.text()
        assert "Reste à associer\u00a0: 75,00\u00a0€" in text
        assert "FACT-2026-046\u00a0: il manque 75,00\u00a0€" in text
        assert "Rien pour l’instant" in text
        assert await modal.submit() == {"ok": True}
        card = await world.card("Associé en partie", "reste 75,00")
        assert (await invoice(world, "FACT-2026-046"))["open"] == "75.00"

        await world.people.click(MAUD, card, "Annuler l’association…")
        undo = Modal(world, MAUD)
        await undo.tick("Que faut-il annuler", "FACT-2026-045")
        await undo.type("Pourquoi", "mauvaise facture")
        assert await undo.submit() == {"ok": True}
        card = await world.card("Associé en partie", "Association annulée par <@U0MAUD>", "mauvaise facture")
        assert (await invoice(world, "FACT-2026-045"))["status"] == "open"
        assert (await invoice(world, "FACT-2026-044"))["status"] == "paid"
        async with service.ctx.database.read() as session:
            assert await check_all(session) == []
        assert list(world.sandbox.workspace.problems) == []


async def test_an_overpayment_is_closed_and_reopened(tmp_path: Path) -> None:
    async with inside(tmp_path) as (world, service):
        await pay(world, 160000, "ACOMPTE SOLDE NIKE", "NIKE FRANCE")
        modal = await opened(world, "ACOMPTE SOLDE NIKE", label="Chercher une facture…")
        await modal.pick("Factures", "FACT-2026-042")
        assert "Reste à associer\u00a0: 100,00\u00a0€" in await modal.text()
        await modal.tick("Que faire de l’écart", "Trop-perçu à rembourser")
        assert await modal.submit() == {"ok": True}
        card = await world.card("✓ Associé à", "trop-perçu de 100,00\u00a0€ à rembourser")
        async with service.ctx.database.read() as session:
            assert await check_all(session) == []

        await world.people.click(MAUD, card, "Annuler l’association…")
        undo = Modal(world, MAUD)
        await undo.tick("Que faut-il annuler", "Seulement rouvrir")
        assert await undo.submit() == {"ok": True}
        card = await world.card("Associé en partie", "reste 100,00")
        assert (await invoice(world, "FACT-2026-042"))["status"] == "paid"

        assert await _search(world) == {"ok": True}
        again = Modal(world, MAUD)
        await again.tick("Que faire de l’écart", "Trop-perçu conservé")
        assert await again.submit() == {"ok": True}
        card = await world.card("✓ Associé à", "trop-perçu de 100,00\u00a0€ conservé")
        await world.people.click(MAUD, card, "Annuler l’association…")
        await undo.tick("Que faut-il annuler", "Tout")
        assert await undo.submit() == {"ok": True}
        await world.card("À rapprocher", "Association annulée")
        async with service.ctx.database.read() as session:
            assert await check_all(session) == []


async def _search(world: World) -> Any:
    """Click the way to the form, whether something is suggested for the rest or not."""
    card = await world.card("Associé en partie", "reste 100,00")
    labels = [element["text"]["text"] for _, element in buttons_in(card["blocks"])]
    label = next(one for one in labels if one in {"Autre facture…", "Chercher une facture…"})
    return await world.people.click(MAUD, card, label)


async def test_a_bank_fee_settles_the_invoice_with_its_reason(tmp_path: Path) -> None:
    async with inside(tmp_path) as (world, _):
        await pay(world, 148500, "VIREMENT NIKE", "NIKE FRANCE")
        modal = await opened(world, "VIREMENT NIKE", label="Chercher une facture…")
        await modal.pick("Factures", "fact-2026-042")
        await modal.tick("Que faire de l’écart", "Frais bancaires")
        await modal.type("Précision", "frais de la banque du client")
        assert await modal.submit() == {"ok": True}
        await world.card("✓ Associé à", "facture payée", "écart accepté 15,00\u00a0€")
        assert (await invoice(world, "FACT-2026-042"))["status"] == "paid"


async def test_a_wrong_amount_is_said_under_its_field_and_changes_nothing(tmp_path: Path) -> None:
    async with inside(tmp_path) as (world, _):
        await world.people.pay("numero-exact")
        modal = await opened(world, "NIKE FRANCE", "FACT-2026-042")
        await modal.pick("Factures", "FACT-2026-042", "FACT-2026-043")
        for amount, said in (
            ("beaucoup", "Écrivez un montant"),
            ("900", "ne doit plus que 800,00"),
            ("0", "supérieur à zéro"),
            ("700,00", "700,00\u00a0€ de trop en tout"),
        ):
            await modal.type("FACT-2026-043", amount)
            answer = await modal.submit()
            assert list(answer["errors"]) == [(await modal.block("FACT-2026-043"))["block_id"]]
            assert said in next(iter(answer["errors"].values()))
        assert (await invoice(world, "FACT-2026-043"))["status"] == "open"


async def test_a_payment_that_changed_under_the_form_is_not_touched(tmp_path: Path) -> None:
    async with inside(tmp_path) as (world, _):
        await world.people.pay("numero-exact")
        modal = await opened(world, "NIKE FRANCE", "FACT-2026-042")
        await modal.pick("Factures", "FACT-2026-043")
        card = await world.card("NIKE FRANCE", "FACT-2026-042")
        await world.people.click("U0NORA", card, "Associer")
        await world.card("✓ Associé à")
        assert await modal.submit() == {"ok": True}
        text = await modal.text()
        assert "Déjà associé à FACT-2026-042 par <@U0NORA>" in text
        assert (await invoice(world, "FACT-2026-043"))["status"] == "open"


async def test_an_invoice_paid_meanwhile_is_shown_as_it_is_now(tmp_path: Path) -> None:
    async with inside(tmp_path) as (world, _):
        await pay(world, 50000, "VIR 1 NIKE", "NIKE FRANCE")
        modal = await opened(world, "VIR 1 NIKE", label="Chercher une facture…")
        await modal.pick("Factures", "FACT-2026-043")
        await pay(world, 40000, "VIR 2 NIKE", "NIKE FRANCE")
        card = await world.card("VIR 2 NIKE")
        await world.people.click("U0NORA", card, "Chercher une facture…")
        other = Modal(world, "U0NORA")
        await other.pick("Factures", "FACT-2026-043")
        assert await other.submit() == {"ok": True}
        assert await modal.submit() == {"ok": True}
        text = await modal.text()
        assert "FACT-2026-043 a changé pendant votre saisie\u00a0: reste dû 400,00" in text
        assert (await invoice(world, "FACT-2026-043"))["open"] == "400.00"
        await modal.type("FACT-2026-043", "400")
        assert await modal.submit() == {"ok": True}
        assert (await invoice(world, "FACT-2026-043"))["status"] == "paid"


async def test_a_tax_refund_is_set_aside_with_its_reason_and_comes_back(tmp_path: Path) -> None:
    async with inside(tmp_path) as (world, _):
        await world.people.pay("remboursement-tva")
        card = await world.card("DGFIP")
        await world.people.click(MAUD, card, "Pas un paiement client")
        modal = Modal(world, MAUD)
        view = await modal.view()
        radio = next(block for block in view["blocks"] if block.get("block_id") == "reason")
        assert radio["element"]["initial_option"]["text"]["text"] == "TVA, impôts ou organisme social"
        await modal.tick("De quoi", "Autre")
        assert "quelques mots" in str((await modal.submit())["errors"])
        await modal.tick("De quoi", "TVA")
        await modal.type("Précision", "crédit de janvier")
        assert await modal.submit() == {"ok": True}
        card = await world.card(
            "Hors facturation (TVA, impôts ou organisme social — crédit de janvier)", "<@U0MAUD>"
        )
        await world.people.click(MAUD, card, "Remettre à rapprocher")
        await world.card("DGFIP", "Remis à rapprocher par <@U0MAUD>")


async def test_a_colleague_without_rights_opens_nothing(tmp_path: Path) -> None:
    async with inside(tmp_path) as (world, _):
        await world.people.pay("numero-exact")
        card = await world.card("NIKE FRANCE", "FACT-2026-042")
        for label in ("Associer", "Autre facture…", "Pas un paiement client"):
            assert await world.people.click(HUGO, card, label) == {"ok": True}
        await world.told(HUGO, "Seuls les administrateurs")
        assert await Modal(world, HUGO).top() is None
        assert "Associé" not in text_of(await world.card("NIKE FRANCE"))


async def test_credit_notes_are_taken_off(tmp_path: Path) -> None:
    async with inside(tmp_path) as (world, service):
        url = f"{world.sandbox.bot_url}/api/invoices/AV-2026-001"
        body = {"client": "NIKE", "total": "200.00", "due_date": "2026-12-31", "kind": "credit_note"}
        headers = {"Authorization": f"Bearer {API_TOKEN}"}
        async with world.http.put(url, json=body, headers=headers) as answer:
            assert answer.status == 201
        await pay(world, 130000, "NIKE MOINS AVOIR", "NIKE FRANCE")
        modal = await opened(world, "NIKE MOINS AVOIR", label="Chercher une facture…")
        await modal.pick("Factures", "FACT-2026-042", "AV-2026-001")
        text = await modal.text()
        assert "AV-2026-001 — avoir à déduire, 200,00\u00a0€ disponibles" in text
        assert "Reste à associer\u00a0: 0,00\u00a0€" in text
        assert await modal.submit() == {"ok": True}
        await world.card("✓ Associé à", "AV-2026-001", "2\u00a0factures payées")
        async with service.ctx.database.read() as session:
            assert await check_all(session) == []
