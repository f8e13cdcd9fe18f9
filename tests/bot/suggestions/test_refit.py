"""The log a refit learns from, on both databases: what was weighed before each decision that stands."""

import pytest

from bot import reconciliation
from bot.context import Context
from bot.errors import NotAllowedError, RefusedError
from bot.suggestions.propose import propose_due
from bot.suggestions.refit import refit_model
from matching import Decision
from store.suggestions.rounds import current_round, decided_weighings
from tests.bot.conftest import HUGO, MAUD
from tests.support.store_rows import add_invoice, add_payment


async def learnt(ctx: Context) -> list[Decision]:
    async with ctx.database.read() as session:
        return [one.weighing.decision(one.right) for one in await decided_weighings(session)]


async def test_only_decisions_that_stand_teach_with_what_was_weighed_before_them(ctx: Context) -> None:
    async with ctx.database.write() as session:
        await add_invoice(session)
        payment = (await add_payment(session)).id
        aside = (await add_payment(session, "t-2", reference="remboursement")).id
    await propose_due(ctx)
    assert await learnt(ctx) == []
    async with ctx.database.read() as session:
        current = await current_round(session, payment)
    assert current is not None
    best = current.suggestions[0].id
    given = await reconciliation.associate_suggestion(ctx, MAUD, suggestion_id=best)
    await reconciliation.ignore(ctx, MAUD, transaction_id=aside, reason="autre")
    right, nothing = await learnt(ctx)
    assert right.chosen == 0
    assert right.options[0]["reference_full"] == 1
    assert nothing.chosen == len(nothing.options) - 1

    await reconciliation.undo(ctx, MAUD, transaction_id=payment, decision_id=given.decision_id)
    await reconciliation.restore(ctx, MAUD, transaction_id=aside)
    assert await learnt(ctx) == []


async def test_only_an_admin_refits_and_never_on_a_handful(ctx: Context) -> None:
    with pytest.raises(NotAllowedError):
        await refit_model(ctx, HUGO)
    with pytest.raises(RefusedError, match="Trop peu de décisions"):
        await refit_model(ctx, MAUD)
