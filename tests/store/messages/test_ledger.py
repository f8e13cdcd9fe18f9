import asyncio
from datetime import datetime

import pytest
from sqlalchemy.exc import IntegrityError

from store.db.engine import Database, open_database
from store.invoices.parties import find_or_add_talent
from store.messages import ledger
from store.models import Message
from store.types import MessagePurpose, MessageState
from tests.support.store_rows import NOW, later

KEY = "payment_card:1"


async def want(
    database: Database, version: int = 1, key: str = KEY, target: str | None = "C1", now: datetime = NOW
) -> Message:
    async with database.write() as session:
        return await ledger.want(
            session,
            key=key,
            purpose=MessagePurpose.PAYMENT_CARD,
            object_id=1,
            target=target,
            version=version,
            now=now,
        )


async def lagging(database: Database, now: datetime = NOW) -> list[str]:
    async with database.read() as session:
        return [row.key for row in await ledger.lagging(session, now, 10)]


async def row(database: Database, key: str = KEY) -> Message:
    async with database.read() as session:
        found = await ledger.find(session, key)
        assert found is not None
        return found


async def start(database: Database, *message_ids: int) -> bool:
    async with database.write() as session:
        return await ledger.start_sending(session, message_ids, NOW)


async def send(database: Database, version: int = 1, ts: str = "1.1", key: str = KEY) -> Message:
    message = await want(database, version, key)
    await start(database, message.id)
    async with database.write() as session:
        await ledger.mark_sent(session, [message.id], channel="C1", ts=ts, version=version, now=NOW)
    return await row(database, key)


async def test_a_wanted_message_lags_until_it_is_sent(database: Database) -> None:
    message = await want(database)
    assert (message.state, message.wanted_version, message.shown_version) == ("wanted", 1, 0)
    assert await lagging(database) == [KEY]
    assert await start(database, message.id)
    sending = await row(database)
    assert (sending.state, sending.attempts, sending.attempted_at) == ("sending", 1, NOW)
    async with database.write() as session:
        await ledger.mark_sent(session, [message.id], channel="C1", ts="1.1", version=1, now=NOW)
    sent = await row(database)
    assert (sent.state, sent.shown_version, sent.attempts, sent.sent_at) == ("sent", 1, 0, NOW)
    assert await lagging(database) == []


async def test_wanting_again_raises_and_never_lowers(database: Database) -> None:
    await send(database, 3)
    assert (await want(database, 2)).wanted_version == 3
    assert await lagging(database) == []
    assert (await want(database, 5)).wanted_version == 5
    assert await lagging(database) == [KEY]
    async with database.write() as session:
        await ledger.mark_updated(session, (await row(database)).id, 4)
    assert await lagging(database) == [KEY]


async def test_what_grew_while_the_message_was_sent_still_lags(database: Database) -> None:
    """S29"""
    message = await want(database, 1)
    assert await start(database, message.id)
    await want(database, 2)
    async with database.write() as session:
        await ledger.mark_sent(session, [message.id], channel="C1", ts="1", version=1, now=NOW)
    assert await lagging(database) == [KEY]


async def test_only_one_sender_gets_the_right_to_post(database_url: str, database: Database) -> None:
    """A5: two workers, for a moment, during a fail-over."""
    message = await want(database)
    others = [open_database(database_url) for _ in range(3)]
    granted = await asyncio.gather(*(start(other, message.id) for other in others))
    assert sorted(granted) == [False, False, True]
    for other in others:
        await other.close()


async def test_nothing_is_posted_that_stands_or_was_cancelled(database: Database) -> None:
    sent = await send(database, 1)
    assert not await start(database, sent.id)
    other = await want(database, key="x")
    async with database.write() as session:
        assert await ledger.cancel(session, "x")
    assert not await start(database, other.id)
    assert await lagging(database) == []


async def test_an_unfinished_or_unknown_sending_is_found_again(database: Database) -> None:
    """D6, S22, P2"""
    message = await want(database)
    await start(database, message.id)
    assert await lagging(database) == [KEY]
    assert not await start(database, message.id)
    async with database.write() as session:
        await ledger.mark_unknown(session, [message.id], "timeout", later(1))
    unknown = await row(database)
    assert (unknown.state, unknown.last_error) == ("unknown", "timeout")
    assert await lagging(database) == []
    assert await lagging(database, later(1)) == [KEY]
    assert not await start(database, message.id)
    async with database.write() as session:
        assert not await ledger.cancel(session, KEY)
        await ledger.forget_post(session, message.id, later(2))
    assert await start(database, message.id)


async def test_a_refusal_for_now_waits_and_keeps_its_state(database: Database) -> None:
    """S20"""
    message = await want(database)
    await start(database, message.id)
    async with database.write() as session:
        await ledger.mark_retry(session, [message.id], "ratelimited", later(1))
    waiting = await row(database)
    assert (waiting.state, waiting.attempts, waiting.last_error) == ("wanted", 1, "ratelimited")
    assert await lagging(database) == []
    assert (await want(database, 2, now=later(0.1))).next_attempt_at == later(1)
    async with database.write() as session:
        await ledger.postpone(session, message.id, later(2))
    assert (await row(database)).state == "wanted"
    sent = await send(database, 1, ts="2", key="y")
    async with database.write() as session:
        await ledger.mark_retry(session, [sent.id], "http_503", later(3))
    retried = await row(database, "y")
    assert (retried.state, retried.attempts, retried.last_error) == ("sent", 1, "http_503")


async def test_a_blocked_message_waits_for_a_person(database: Database) -> None:
    """S15"""
    message = await want(database)
    sent = await send(database, key="y", ts="7")
    for one, error in ((message.id, "is_archived"), (sent.id, "channel_not_found")):
        async with database.write() as session:
            await ledger.mark_blocked(session, [one], error)
    await want(database, 2)
    await want(database, 2, "y")
    assert await lagging(database) == []
    async with database.write() as session:
        await ledger.unblock(session, [message.id], NOW)
    assert await lagging(database) == [KEY]
    async with database.write() as session:
        assert await ledger.unblock_place(session, NOW, target="C1", talent_id=None)
        assert not await ledger.unblock_place(session, NOW, target="C1", talent_id=None)
    assert (await row(database, "y")).state == "sent"
    async with database.read() as session:
        assert await ledger.lagging_count(session) == 2


async def test_a_talent_who_gets_linked_gets_the_message_that_waited(database: Database) -> None:
    """S18"""
    async with database.write() as session:
        talent = await find_or_add_talent(session, "Jo", None, NOW)
        assert talent is not None
        message = await ledger.want(
            session,
            key="talent_paid:1:1",
            purpose=MessagePurpose.TALENT_PAID,
            object_id=1,
            target=None,
            talent_id=talent.id,
            version=1,
            now=NOW,
        )
        await ledger.mark_blocked(session, [message.id], "talent_not_linked")
    again = await want(database, 1, "talent_paid:1:1", None)
    assert again.state == "blocked"
    linked = await want(database, 1, "talent_paid:1:1", "U7")
    assert (linked.state, linked.target, linked.talent_id) == ("wanted", "U7", talent.id)


async def test_a_target_does_not_move_under_a_message_that_may_stand(database: Database) -> None:
    message = await want(database)
    await start(database, message.id)
    assert (await want(database, 1, target="C2")).target == "C1"
    await send(database, key="y")
    assert (await want(database, 2, "y", "C2")).target == "C1"


async def test_a_cancelled_message_wanted_again_revives(database: Database) -> None:
    await want(database)
    async with database.write() as session:
        assert await ledger.cancel(session, KEY)
        assert not await ledger.cancel(session, KEY)
        assert not await ledger.cancel(session, "unknown")
    revived = await want(database, 1, now=later(1))
    assert (revived.state, revived.next_attempt_at) == ("wanted", later(1))


async def test_a_deleted_message_is_posted_anew(database: Database) -> None:
    """S16"""
    sent = await send(database, 4)
    async with database.write() as session:
        await ledger.forget_post(session, sent.id, later(1))
    gone = await row(database)
    assert (gone.ts, gone.channel, gone.sent_at, gone.shown_version, gone.state) == (
        None,
        None,
        None,
        0,
        "wanted",
    )
    assert await lagging(database, later(1)) == [KEY]


async def test_two_rows_cannot_claim_one_slack_message(database: Database) -> None:
    """A5"""
    await send(database)
    with pytest.raises(IntegrityError):
        await send(database, key="y")


async def test_messages_are_counted_by_state(database: Database) -> None:
    await send(database)
    await want(database, key="y")
    async with database.read() as session:
        found = await ledger.counts(session)
    assert (found[MessageState.SENT], found[MessageState.WANTED], found[MessageState.BLOCKED]) == (1, 1, 0)


async def test_the_same_wish_from_several_sessions_is_one_message(database_url: str) -> None:
    databases = [open_database(database_url) for _ in range(4)]
    found = await asyncio.gather(*(want(one, n + 1) for n, one in enumerate(databases)))
    assert len({message.id for message in found}) == 1
    assert (await row(databases[0])).wanted_version == 4
    for one in databases:
        await one.close()
