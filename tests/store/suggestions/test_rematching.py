from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from store.db.engine import Database
from store.models import Transaction
from store.payments.waiting import get_transaction
from store.suggestions import rematching
from store.suggestions.rounds import save_round
from store.types import PaymentState
from tests.store.suggestions.test_rounds import a_proposal
from tests.support.store_rows import NOW, add_invoice, add_payment


async def fill(session: AsyncSession, count: int) -> list[int]:
    """Payments that nobody asks for."""
    ids = [(await add_payment(session, f"t-{n}")).id for n in range(count)]
    await session.execute(update(Transaction).values(needs_matching=False))
    return ids


async def all_marked(database: Database) -> list[int]:
    while await database.run(lambda session: rematching.spread(session, NOW)):
        pass
    async with database.read() as session:
        assert not await rematching.is_asked(session)
        return list(await rematching.due(session, 10))


async def test_some_are_asked_for_and_an_interrupted_round_leaves_nothing(database: Database) -> None:
    async with database.write() as session:
        ids = await fill(session, 4)
        names = {row_id: f"t-{n}" for n, row_id in enumerate(ids)}
        await rematching.claim(session, ids, 5)
        assert await rematching.due(session, 10) == names, "a round that ends early leaves nothing"
        await session.execute(update(Transaction).values(matching_claim=None))
    async with database.write() as session:
        assert await rematching.due(session, 10) == {}
        assert await rematching.ask_for(session, [ids[1], ids[0], ids[1]]) == 2
        assert await rematching.ask_for(session, [ids[1], ids[2]]) == 2
        assert list(await rematching.due(session, 10)) == ids[:3]
        assert await rematching.ask_for(session, []) == 0


async def test_all_that_wait_are_marked_and_nobody_else(database: Database) -> None:
    async with database.write() as session:
        ids = await fill(session, 4)
        ignored = update(Transaction).where(Transaction.id == ids[1]).values(state=PaymentState.IGNORED)
        await session.execute(ignored)
        await rematching.ask_for_all(session, NOW)
        assert await rematching.is_asked(session)
        assert list(await rematching.due(session, 10)) == [], "that is the worker's to do"
    assert await all_marked(database) == [ids[0], ids[2], ids[3]]


async def test_a_currency_may_be_asked_for_alone(database: Database) -> None:
    async with database.write() as session:
        ids = await fill(session, 3)
        await session.execute(update(Transaction).where(Transaction.id == ids[2]).values(currency="USD"))
        await rematching.ask_for_all(session, NOW, currency="USD")
    assert await all_marked(database) == [ids[2]]


async def test_many_are_marked_in_steps_and_asking_again_starts_anew(database: Database) -> None:
    far = 3 * rematching.AT_ONCE
    async with database.write() as session:
        first, last = await fill(session, 2)
        await session.execute(update(Transaction).where(Transaction.id == last).values(id=far))
        await rematching.ask_for_all(session, NOW)
    assert await database.run(lambda session: rematching.spread(session, NOW))
    async with database.write() as session:
        assert list(await rematching.due(session, 10)) == [first]
        await session.execute(update(Transaction).values(needs_matching=False))
        await rematching.ask_for_all(session, NOW)
    assert await all_marked(database) == [first, far]


async def test_what_is_being_worked_out_is_asked_for_again(database: Database) -> None:
    async with database.write() as session:
        ids = await fill(session, 1)
        await rematching.claim(session, ids, 5)
        await rematching.ask_for_all(session, NOW)
    assert await all_marked(database) == ids
    async with database.read() as session:
        row = await get_transaction(session, ids[0])
    assert row is not None
    assert (row.needs_matching, row.matching_claim) == (True, 5)


async def test_what_suggests_a_moved_invoice_is_asked_for_also_when_it_was_kept_afterwards(
    database: Database,
) -> None:
    async with database.write() as session:
        invoice, other = [(await add_invoice(session, f"FACT-{n}")).id for n in range(2)]
        ids = await fill(session, 3)
        await rematching.claim(session, ids, 5)
        rematching.ask_about(session, [invoice])
    async with database.write() as session:
        assert await rematching.moved_meanwhile(session, [invoice, other])
        assert not await rematching.moved_meanwhile(session, [other])
        for payment, named in zip(ids, (invoice, other, invoice), strict=True):
            await save_round(session, payment, "suggest", [], [a_proposal(named)], NOW)
        await session.execute(update(Transaction).values(matching_claim=None))
    assert await all_marked(database) == [ids[0], ids[2]]
