from typing import Any

from store.db.engine import Database
from store.suggestions.rounds import (
    add_rejections,
    current_round,
    get_suggestion,
    rejected_invoices,
    save_round,
    suggestions_naming,
)
from store.types import PaymentState
from tests.support.store_rows import NOW, add_invoice, add_payment, associate, undo


def a_proposal(*invoice_ids: int, probability: float = 0.9) -> dict[str, Any]:
    return {
        "allocations": [{"invoice_id": one, "amount_cents": 100} for one in invoice_ids],
        "residual_cents": -5,
        "residual_reason": "fee",
        "probability": probability,
        "confidence": "likely",
        "reasons": [{"code": "amount_exact", "params": {}}],
        "model_version": "1",
    }


async def test_the_latest_round_is_current_and_old_proposals_stay_known(database: Database) -> None:
    async with database.write() as session:
        payment = await add_payment(session)
        first, second = [(await add_invoice(session, f"F-{n}")).id for n in range(2)]
        assert await current_round(session, payment.id) is None
        old = await save_round(
            session, payment.id, "suggest", [{"code": "x"}], [a_proposal(first), a_proposal(second)], NOW
        )
        await save_round(session, payment.id, "preselect", [], [a_proposal(second)], NOW)
    async with database.read() as session:
        current = await current_round(session, payment.id)
        assert current is not None
        assert (current.number, current.outcome, current.flags) == (2, "preselect", [])
        assert [row.rank for row in current.suggestions] == [1]
        kept = await get_suggestion(session, old.suggestions[0].id)
        assert kept is not None
        assert kept.allocations == [{"invoice_id": first, "amount_cents": 100}]
        assert (kept.residual_cents, kept.residual_reason, kept.probability) == (-5, "fee", 0.9)


async def test_only_waiting_payments_that_still_name_the_invoice_are_found(database: Database) -> None:
    async with database.write() as session:
        invoice = (await add_invoice(session)).id
        other = (await add_invoice(session, "F-2")).id
        rows = [await add_payment(session, f"t-{n}") for n in range(4)]
        for row in rows:
            await save_round(session, row.id, "suggest", [], [a_proposal(invoice, other)], NOW)
        await save_round(session, rows[1].id, "suggest", [], [a_proposal(other)], NOW)
        await save_round(session, rows[2].id, "none", [], [], NOW)
        rows[3].state = PaymentState.IGNORED
    async with database.read() as session:
        named = await suggestions_naming(session, [invoice])
        assert [row.id for row in named] == [rows[0].id]
        assert len(await suggestions_naming(session, [other])) == 2


async def test_an_undone_payment_shows_its_suggestions_again(database: Database) -> None:
    async with database.write() as session:
        payment = await add_payment(session)
        invoice = await add_invoice(session)
        await save_round(session, payment.id, "suggest", [], [a_proposal(invoice.id)], NOW)
        decision = await associate(session, payment.id, (invoice.id, 150_000))
        await undo(session, decision.id)
        assert payment.state == PaymentState.PROPOSED


async def test_a_refused_pair_is_remembered_once(database: Database) -> None:
    async with database.write() as session:
        payment = await add_payment(session)
        ids = [(await add_invoice(session, f"F-{n}")).id for n in range(2)]
        await add_rejections(session, payment.id, ids, "U1", NOW)
        await add_rejections(session, payment.id, ids[:1], "U2", NOW)
        assert await rejected_invoices(session, payment.id) == frozenset(ids)
