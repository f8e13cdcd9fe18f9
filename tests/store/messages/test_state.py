import asyncio
from datetime import timedelta

from store.db.engine import Database, open_database
from store.messages import state
from store.payments import oauth
from store.payments.oauth import NewToken
from tests.support.store_rows import NOW, later


async def test_a_fact_is_remembered_replaced_and_forgotten(database: Database) -> None:
    async with database.write() as session:
        assert await state.get(session, "cards_since") is None
        await state.put(session, "cards_since", {"at": "a"}, NOW)
        await state.put(session, "cards_since", {"at": "b"}, NOW)
        assert await state.get(session, "cards_since") == {"at": "b"}
        await state.forget(session, "cards_since")
        await state.forget(session, "cards_since")
        assert await state.get(session, "cards_since") is None


async def test_processes_that_start_together_agree_on_a_first_fact(database_url: str) -> None:
    databases = [open_database(database_url) for _ in range(3)]

    async def first(database: Database, n: int) -> bool:
        async with database.write() as session:
            return await state.put_once(session, "since", {"n": n}, NOW)

    results = await asyncio.gather(*(first(database, n) for n, database in enumerate(databases)))
    assert sorted(results) == [False, False, True]
    async with databases[0].read() as session:
        assert await state.get(session, "since") == {"n": results.index(True)}
    for database in databases:
        await database.close()


async def test_the_newest_token_replaces_the_old_one(database: Database) -> None:
    for n in range(2):
        token = NewToken(
            access_token=f"a{n}", refresh_token=f"r{n}", scope="s", expires_at=NOW + timedelta(hours=n)
        )
        assert "a0" not in repr(token)
        async with database.write() as session:
            await oauth.save_token(session, token, later(n))
    async with database.write() as session:
        stored = await oauth.lock_token(session)
        assert stored is not None
        assert (stored.access_token, stored.refresh_token, stored.updated_at) == ("a1", "r1", later(1))


async def test_a_subscription_is_stored_before_the_bank_knows_it(database: Database) -> None:
    async with database.write() as session:
        row = await oauth.add_subscription(
            session, event_type="v1/transactions", callback_url="https://x.example", secret="s" * 32, now=NOW
        )
        assert row.qonto_id is None
        await oauth.confirm_subscription(session, row.id, "q-1")
        (stored,) = await oauth.list_subscriptions(session)
        assert (stored.qonto_id, stored.secret) == ("q-1", "s" * 32)
        await oauth.remove_subscription(session, row.id)
        assert list(await oauth.list_subscriptions(session)) == []
