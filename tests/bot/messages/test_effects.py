"""What a decision makes other things do, where two processes do it at once."""

import asyncio
from pathlib import Path

from sqlalchemy import select

from bot.context import utc_now
from bot.messages.effects import correct_talents
from sandbox.agency import write_invoices_csv
from store.db.engine import open_database
from store.messages import ledger
from store.messages.keys import talent_key
from store.models import Talent
from store.types import MessagePurpose, MessageState
from tests.support.store_rows import add_payment
from tests.support.templates import import_example

PAYMENT = "the bank's id"


async def test_a_notice_that_leaves_while_it_is_cancelled_gets_its_correction(
    tmp_path: Path, postgres_url: str
) -> None:
    """Found by seed 17 of the fault runner on PostgreSQL: told that it was paid, and never told otherwise."""
    now = utc_now()
    write_invoices_csv(tmp_path / "factures.csv", now.date())
    await import_example(postgres_url, tmp_path / "factures.csv")
    database = open_database(postgres_url)
    async with database.write() as session:
        payment = await add_payment(session, PAYMENT)
        talent = (await session.scalars(select(Talent).limit(1))).one()
        key = talent_key(MessagePurpose.TALENT_PAID, PAYMENT, 1, talent.id)
        told = await ledger.want(
            session,
            key=key,
            purpose=MessagePurpose.TALENT_PAID,
            object_id=1,
            target=None,
            talent_id=talent.id,
            version=1,
            now=now,
        )

    async def undo() -> None:
        async with database.write() as session:
            await correct_talents(session, payment, 1, [talent], now)

    async with database.write() as session:
        assert await ledger.start_sending(session, [told.id], now)
        undoing = asyncio.create_task(undo())
        await asyncio.sleep(0.2)
        assert not undoing.done()
    await undoing
    async with database.read() as session:
        left = await ledger.find(session, key)
        correction = await ledger.find(
            session, talent_key(MessagePurpose.TALENT_CORRECTION, PAYMENT, 1, talent.id)
        )
    await database.close()
    assert left is not None
    assert left.state == MessageState.SENDING
    assert correction is not None
