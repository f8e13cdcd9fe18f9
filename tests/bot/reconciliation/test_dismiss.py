"""« Aucune de ces factures » on both databases: what it refuses, for how long, and what it teaches."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from bot import reconciliation
from bot.context import Actor, Context
from bot.errors import AlreadyDecidedError, NotAllowedError, NotFoundError
from bot.queries.payment import PaymentView, load_view
from bot.reconciliation import Choice
from bot.suggestions.propose import payment_of, propose_due
from matching import ClientId, Memory, wanted
from store.candidates.fetch import fetch
from store.db.engine import open_database
from store.models import AuditEntry, Invoice
from store.payments.waiting import lock_transaction
from store.suggestions import rematching
from store.suggestions.rounds import rejected_invoices
from tests.bot.conftest import HUGO, MAUD, NORA
from tests.support.store_rows import IBAN, NOW, a_transaction, add_invoice, add_payment, upsert_transaction


async def two_alike(ctx: Context) -> tuple[int, int, int]:
    """One payment and two open invoices of its amount, suggested; returns the three ids."""
    async with ctx.database.write() as session:
        payment = await add_payment(session, reference="virement")
        first = await add_invoice(session, "FACT-2026-042")
        second = await add_invoice(session, "FACT-2026-043")
        ids = (payment.id, first.id, second.id)
    await propose_due(ctx)
    assert await shown(ctx, ids[0]) == {"FACT-2026-042", "FACT-2026-043"}
    return ids


async def view_of(ctx: Context, payment: int) -> PaymentView:
    async with ctx.database.read() as session:
        view = await load_view(session, payment)
    assert view is not None
    return view


async def shown(ctx: Context, payment: int) -> set[str]:
    view = await view_of(ctx, payment)
    return {line.number for proposal in view.suggestions for line in proposal.lines}


async def rejected(ctx: Context, payment: int) -> frozenset[int]:
    async with ctx.database.read() as session:
        return await rejected_invoices(session, payment)


async def audited(ctx: Context) -> list[tuple[str, str]]:
    async with ctx.database.read() as session:
        lines = await session.scalars(select(AuditEntry).order_by(AuditEntry.seq))
        return [(line.actor, line.action) for line in lines]


async def dismiss(ctx: Context, actor: Actor, payment: int) -> bool:
    best = (await view_of(ctx, payment)).suggestions[0]
    return await reconciliation.dismiss_suggestions(ctx, actor, suggestion_id=best.id)


async def match_again(ctx: Context) -> None:
    async with ctx.database.write() as session:
        await rematching.ask_for_all(session, NOW, currency="EUR")
    await propose_due(ctx)


async def memory_for(ctx: Context, qonto_id: str) -> Memory:
    async with ctx.database.write() as session:
        payment = await add_payment(session, qonto_id)
        return (await fetch(session, wanted(payment_of(payment)))).memory


async def test_what_was_dismissed_never_returns_for_this_payment(ctx: Context) -> None:
    payment, first, second = await two_alike(ctx)
    assert await dismiss(ctx, MAUD, payment) is True
    await propose_due(ctx)
    assert await shown(ctx, payment) == set()
    await match_again(ctx)
    assert await shown(ctx, payment) == set()
    assert await rejected(ctx, payment) == {first, second}
    assert await audited(ctx) == [("U0MAUD", "dismiss")]


async def test_a_refusal_outlives_a_sync_an_import_and_a_restart(ctx: Context) -> None:
    payment, _, _ = await two_alike(ctx)
    await dismiss(ctx, MAUD, payment)
    async with ctx.database.write() as session:
        again = a_transaction(reference="virement", label="NIKE FR", bank_updated_at=NOW + timedelta(days=1))
        await upsert_transaction(session, again, NOW + timedelta(days=1))
        await add_invoice(
            session, "FACT-2026-042", due_date=date(2026, 3, 1), client_email="new@nike.example"
        )
    database = open_database(ctx.database.url.render_as_string(hide_password=False))
    restarted = replace(ctx, database=database)
    await match_again(restarted)
    assert (await view_of(restarted, payment)).label == "NIKE FR"
    assert await shown(restarted, payment) == set()
    await database.close()


async def test_another_payment_is_still_offered_what_this_one_refused(ctx: Context) -> None:
    payment, _, _ = await two_alike(ctx)
    await dismiss(ctx, MAUD, payment)
    async with ctx.database.write() as session:
        twin = (await add_payment(session, "t-2", reference="FACT-2026-042")).id
    await propose_due(ctx)
    assert "FACT-2026-042" in await shown(ctx, twin)


async def test_an_invoice_that_came_later_is_suggested_after_a_dismissal(ctx: Context) -> None:
    payment, _, _ = await two_alike(ctx)
    await dismiss(ctx, MAUD, payment)
    async with ctx.database.write() as session:
        late = await add_invoice(session, "FACT-2026-099")
        row = await lock_transaction(session, payment)
        assert row is not None
        row.reference = late.number
    await match_again(ctx)
    assert await shown(ctx, payment) == {"FACT-2026-099"}


async def test_dismissing_twice_writes_one_line(ctx: Context) -> None:
    payment, _, _ = await two_alike(ctx)
    await dismiss(ctx, MAUD, payment)
    assert await dismiss(ctx, NORA, payment) is False
    assert await audited(ctx) == [("U0MAUD", "dismiss")]


async def test_an_old_card_refuses_what_it_showed_and_nothing_newer(ctx: Context) -> None:
    payment, first, second = await two_alike(ctx)
    old = (await view_of(ctx, payment)).suggestions[0].id
    async with ctx.database.write() as session:
        newer = (await add_invoice(session, "FACT-2026-044")).id
    await match_again(ctx)
    await reconciliation.dismiss_suggestions(ctx, MAUD, suggestion_id=old)
    assert await rejected(ctx, payment) == {first, second}
    assert newer not in await rejected(ctx, payment)


async def test_only_an_admin_dismisses_and_the_attempt_is_written_down(ctx: Context) -> None:
    payment, _, _ = await two_alike(ctx)
    with pytest.raises(NotAllowedError):
        await dismiss(ctx, HUGO, payment)
    assert await rejected(ctx, payment) == frozenset()
    assert await audited(ctx) == [("U0HUGO", "refused:dismiss")]


async def test_a_payment_that_was_decided_is_dismissed_no_more(ctx: Context) -> None:
    payment, first, _ = await two_alike(ctx)
    best = (await view_of(ctx, payment)).suggestions[0].id
    decided = await reconciliation.associate(ctx, MAUD, transaction_id=payment, choices=[Choice(first)])
    with pytest.raises(AlreadyDecidedError, match="Déjà associé à FACT-2026-042"):
        await reconciliation.dismiss_suggestions(ctx, NORA, suggestion_id=best)
    await reconciliation.undo_decision(ctx, MAUD, decision_id=decided.decision_id)
    await reconciliation.ignore(ctx, MAUD, transaction_id=payment, reason="autre")
    with pytest.raises(AlreadyDecidedError, match="hors facturation"):
        await reconciliation.dismiss_suggestions(ctx, NORA, suggestion_id=best)
    assert await rejected(ctx, payment) == frozenset()


async def test_unknown_suggestions_are_said(ctx: Context) -> None:
    with pytest.raises(NotFoundError, match="n’existent plus"):
        await reconciliation.dismiss_suggestions(ctx, MAUD, suggestion_id=999)


async def test_a_dismissal_weighs_on_the_pair_of_payer_and_client(ctx: Context) -> None:
    payment, first, _ = await two_alike(ctx)
    await dismiss(ctx, MAUD, payment)
    link = (await memory_for(ctx, "t-2")).ibans[IBAN].link(await client_of(ctx, first))
    assert link is not None
    assert (link.confirmations, link.refused_date) == (0, NOW.date())


async def client_of(ctx: Context, invoice: int) -> ClientId:
    async with ctx.database.read() as session:
        row = await session.get_one(Invoice, invoice)
        return ClientId(row.client_id)


async def test_choosing_another_by_hand_refuses_what_was_shown_without_blaming_the_client(
    ctx: Context,
) -> None:
    payment, first, second = await two_alike(ctx)
    async with ctx.database.write() as session:
        other = (await add_invoice(session, "FACT-2026-050", total_cents=300_000)).id
    decided = await reconciliation.associate(ctx, MAUD, transaction_id=payment, choices=[Choice(other)])
    assert await rejected(ctx, payment) == {first, second}
    link = (await memory_for(ctx, "t-2")).ibans[IBAN].link(await client_of(ctx, first))
    assert link is not None
    assert (link.confirmations, link.refused_date) == (1, None)
    later_ctx = replace(ctx, clock=_later)
    await reconciliation.undo_decision(later_ctx, MAUD, decision_id=decided.decision_id)
    await propose_due(later_ctx)
    assert not await shown(ctx, payment) & {"FACT-2026-042", "FACT-2026-043"}


def _later() -> datetime:
    return NOW + timedelta(hours=1)


async def test_choosing_one_of_those_shown_refuses_none(ctx: Context) -> None:
    payment, first, _ = await two_alike(ctx)
    await reconciliation.associate(ctx, MAUD, transaction_id=payment, choices=[Choice(first)])
    assert await rejected(ctx, payment) == frozenset()


async def test_a_part_given_elsewhere_leaves_the_suggestions_their_chance(ctx: Context) -> None:
    payment, _, _ = await two_alike(ctx)
    async with ctx.database.write() as session:
        other = (await add_invoice(session, "FACT-2026-050", total_cents=50_000)).id
    await reconciliation.associate(ctx, MAUD, transaction_id=payment, choices=[Choice(other)])
    assert await rejected(ctx, payment) == frozenset()
