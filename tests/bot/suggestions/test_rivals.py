"""Two payments of one invoice: the doubt is on both cards, in any order, until one of them is settled."""

from bot import reconciliation
from bot.context import Context
from bot.queries.payment import PaymentView, load_view
from bot.suggestions.propose import propose_due
from store.payments.waiting import lock_transaction
from store.suggestions import rematching
from tests.bot.conftest import MAUD
from tests.support.store_rows import add_invoice, add_payment

TURNS = 6


async def at_rest(ctx: Context) -> None:
    """Propose until nothing asks for it any more: it must come to rest."""
    for _ in range(TURNS):
        if not await propose_due(ctx):
            return
    raise AssertionError("payments ask for each other without end")


async def view_of(ctx: Context, payment: int) -> PaymentView:
    async with ctx.database.read() as session:
        view = await load_view(session, payment)
    assert view is not None
    return view


async def test_both_cards_say_that_two_payments_want_the_invoice(ctx: Context) -> None:
    async with ctx.database.write() as session:
        await add_invoice(session)
        first, second, other = [(await add_payment(session, f"t-{n}")).id for n in range(3)]
        row = await lock_transaction(session, other)
        assert row is not None
        row.needs_matching = False
    await at_rest(ctx)
    for each in (first, second):
        assert "2 paiements demandent la même facture" in (await view_of(ctx, each)).doubts

    async with ctx.database.write() as session:
        await rematching.ask_for(session, [other])
    await at_rest(ctx)
    for each in (first, second, other):
        assert "3 paiements demandent la même facture" in (await view_of(ctx, each)).doubts

    await reconciliation.ignore(ctx, MAUD, transaction_id=other, reason="autre")
    await reconciliation.ignore(ctx, MAUD, transaction_id=second, reason="autre")
    await at_rest(ctx)
    assert not any("demandent" in doubt for doubt in (await view_of(ctx, first)).doubts)


async def test_a_payment_that_wants_something_else_again_frees_the_other(ctx: Context) -> None:
    async with ctx.database.write() as session:
        await add_invoice(session)
        await add_invoice(session, "FACT-2026-077")
        first, second = [(await add_payment(session, f"t-{n}")).id for n in range(2)]
    await at_rest(ctx)
    assert any("2 paiements" in doubt for doubt in (await view_of(ctx, first)).doubts)
    async with ctx.database.write() as session:
        row = await lock_transaction(session, second)
        assert row is not None
        row.reference, row.needs_matching = "FACT-2026-077", True
    await at_rest(ctx)
    for each in (first, second):
        assert not any("2 paiements" in doubt for doubt in (await view_of(ctx, each)).doubts)
