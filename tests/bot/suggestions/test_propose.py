"""Suggestions are worked out while others write: whoever asks again meanwhile is heard."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import update

from bot import reconciliation
from bot.context import Context
from bot.reconciliation import Choice
from bot.suggestions.propose import propose_due
from matching import Model
from store.db.engine import Database, open_database
from store.errors import DatabaseUnavailable
from store.models import Transaction
from store.payments.waiting import get_transaction
from store.suggestions.rounds import current_round
from store.types import PaymentState
from tests.bot.conftest import MAUD
from tests.support.store_rows import add_invoice, add_payment


async def a_waiting_payment(database: Database) -> int:
    async with database.write() as session:
        await add_invoice(session)
        return (await add_payment(session)).id


async def rounds(database: Database, payment: int) -> tuple[int, PaymentState | str | None, int | None]:
    """How many rounds were kept, in which state the payment is, and who works on it."""
    async with database.read() as session:
        current = await current_round(session, payment)
        row = await get_transaction(session, payment)
        assert row is not None
        return (current.number if current else 0, row.state, row.matching_claim)


def meanwhile(do: Callable[[], object]) -> Callable[[], Model]:
    """Hand out the model, and do something while the payment is being weighed."""

    def model() -> Model:
        do()
        return Model()

    return model


@pytest.mark.parametrize(
    ("written", "state", "left"),
    [
        ("needs_matching = 1", PaymentState.UNMATCHED, 1),
        ("matching_claim = 7", PaymentState.UNMATCHED, 1),
        ("state = 'ignored'", PaymentState.IGNORED, 0),
    ],
    ids=["asked again", "taken over by another worker", "set aside"],
)
async def test_what_another_process_writes_meanwhile_counts(
    ctx: Context, sqlite_url: str, written: str, state: PaymentState, left: int
) -> None:
    database = open_database(sqlite_url)
    payment = await a_waiting_payment(database)
    assert database.file is not None
    other = sqlite3.connect(database.file, isolation_level=None)
    weighing = meanwhile(lambda: other.execute(f"UPDATE transactions SET {written}"))
    assert await propose_due(replace(ctx, database=database, model=weighing)) == 1
    assert (await rounds(database, payment))[:2] == (0, state), "what was found was stale"
    assert await propose_due(replace(ctx, database=database)) == left
    if left:
        assert await rounds(database, payment) == (1, PaymentState.PROPOSED, None)
    assert await propose_due(replace(ctx, database=database)) == 0
    other.close()
    await database.close()


async def test_a_round_that_breaks_off_is_taken_up_again(ctx: Context) -> None:
    payment = await a_waiting_payment(ctx.database)

    def cut() -> None:
        raise DatabaseUnavailable("the server went away")

    with pytest.raises(DatabaseUnavailable):
        await propose_due(replace(ctx, model=meanwhile(cut)))
    number, state, claim = await rounds(ctx.database, payment)
    assert (number, state) == (0, PaymentState.UNMATCHED)
    assert claim is not None
    assert await propose_due(ctx) == 1
    assert await rounds(ctx.database, payment) == (1, PaymentState.PROPOSED, None)


async def test_an_invoice_that_is_paid_meanwhile_is_not_suggested(ctx: Context) -> None:
    """The other payment's suggestions did not name it yet, so nothing but its claim tells who weighs it."""
    async with ctx.database.write() as session:
        invoice = (await add_invoice(session)).id
        paying, other = [(await add_payment(session, f"t-{n}")).id for n in range(2)]
        await session.execute(
            update(Transaction).where(Transaction.id == paying).values(needs_matching=False)
        )

    async def associate() -> None:
        database = open_database(ctx.database.url.render_as_string(hide_password=False))
        choices = [Choice(invoice)]
        beside = replace(ctx, database=database)
        await reconciliation.associate(beside, MAUD, transaction_id=paying, choices=choices)
        await database.close()

    def in_another_thread() -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(asyncio.run, associate()).result()

    await propose_due(replace(ctx, model=meanwhile(in_another_thread)))
    assert (await rounds(ctx.database, other))[0] == 0, "it was read before the invoice was paid"
    while await propose_due(ctx):
        pass
    async with ctx.database.read() as session:
        current = await current_round(session, other)
    assert current is not None
    assert list(current.suggestions) == []
