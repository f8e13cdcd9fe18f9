"""What a column takes and refuses is the same on both databases."""

from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import DBAPIError

from store.db.engine import Database
from store.errors import ValueRefused
from store.models import Client, Transaction
from store.payments.waiting import get_transaction
from tests.store.support import put
from tests.support.store_rows import NOW, a_transaction, add_payment, upsert_transaction


async def test_text_that_one_database_refuses_is_stored_alike(database: Database) -> None:
    odd = "a\x00b\ud800c\U0001f600"
    async with database.write() as session:
        await add_payment(session, label=odd, payload={"odd": odd})
    async with database.read() as session:
        stored = await session.scalar(select(Transaction))
        assert stored is not None
        assert stored.label == "a\ufffdb\ufffdc\U0001f600"
        assert stored.payload == {"odd": odd}
        assert await session.scalar(select(Transaction.id).where(Transaction.label == odd)) == stored.id


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, "12,50", 1.5, True])
async def test_what_is_no_64_bit_integer_is_refused_alike(database: Database, value: object) -> None:
    """D13, W26"""
    with pytest.raises(ValueRefused):
        async with database.write() as session:
            await add_payment(session, amount_cents=value)
    with pytest.raises(ValueRefused):
        async with database.read() as session:
            await get_transaction(session, value)  # type: ignore[arg-type]  # on purpose


async def test_the_largest_amount_is_stored(database: Database) -> None:
    async with database.write() as session:
        await add_payment(session, amount_cents=2**63 - 1)
    async with database.read() as session:
        assert await session.scalar(select(Transaction.amount_cents)) == 2**63 - 1


@pytest.mark.parametrize("field", [{"currency": "EURO"}, {"qonto_id": "x" * 256}, {"note": 12}])
async def test_text_that_does_not_fit_is_refused_alike(database: Database, field: dict[str, Any]) -> None:
    with pytest.raises(ValueRefused):
        async with database.write() as session:
            await upsert_transaction(session, a_transaction(**field), NOW)


async def test_nan_in_a_payload_is_refused_alike(database: Database) -> None:
    with pytest.raises(Exception, match="JSON compliant"):
        await put(database, "nan", {"n": float("nan")})


async def test_an_instant_without_zone_is_refused(database: Database) -> None:
    with pytest.raises(ValueRefused, match="time zone"):
        async with database.write() as session:
            session.add(Client(name="A", name_key="a", created_at=NOW.replace(tzinfo=None)))


async def test_errors_do_not_quote_values(database: Database) -> None:
    """A7"""
    with pytest.raises(DBAPIError) as caught:
        async with database.write() as session:
            await session.execute(
                insert(Client).values(id=1, name="Nom Secret", name_key="n", email=None, created_at=None)
            )
    assert "Nom Secret" not in str(caught.value).replace(str(caught.value.orig), "")
