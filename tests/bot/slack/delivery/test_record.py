"""What one result writes, in one transaction and few statements, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import event, select
from sqlalchemy.engine import Engine

from bot.context import Context
from bot.slack.delivery.record import record
from bot.slack.delivery.result import Outcome, Result
from store.messages import alerts, ledger
from store.models import Message
from store.types import MessagePurpose
from tests.support.store_rows import NOW

CHANNEL = "C1"
POSTED = Result(Outcome.SENT, channel=CHANNEL, ts="1.1", version=1)


async def want(
    ctx: Context, key: str, target: str = CHANNEL, purpose: str = MessagePurpose.DIGEST
) -> Message:
    async with ctx.database.write() as session:
        return await ledger.want(
            session,
            key=key,
            purpose=MessagePurpose(purpose),
            object_id=1,
            target=target,
            version=1,
            now=NOW,
        )


async def states(ctx: Context) -> dict[str, str]:
    async with ctx.database.read() as session:
        rows = await session.scalars(select(Message).where(Message.purpose != MessagePurpose.ALERT))
        return {row.key: row.state for row in rows}


async def raised(ctx: Context) -> list[str]:
    async with ctx.database.read() as session:
        return [alert.kind for alert in await alerts.raised(session)]


async def sending(ctx: Context, *rows: Message) -> None:
    async with ctx.database.write() as session:
        assert await ledger.start_sending(session, [row.id for row in rows], NOW)


async def test_a_success_writes_its_row_and_looks_at_the_alerts_no_more(ctx: Context) -> None:
    row = await want(ctx, "a")
    await sending(ctx, row)
    written: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        written.append(statement.split(maxsplit=1)[0])

    event.listen(Engine, "before_cursor_execute", note)
    await record(ctx, row, POSTED)
    event.remove(Engine, "before_cursor_execute", note)
    assert written.count("UPDATE") == 2
    assert "SELECT" not in written
    assert await states(ctx) == {"a": "sent"}


async def test_the_rows_that_a_message_carries_share_its_fate(ctx: Context) -> None:
    row, other = await want(ctx, "a"), await want(ctx, "b")
    await sending(ctx, row, other)
    await record(ctx, row, Result(Outcome.UNKNOWN, "TimeoutError", carried=(other,)))
    assert await states(ctx) == {"a": "unknown", "b": "unknown"}
    await record(ctx, row, Result(Outcome.SENT, channel=CHANNEL, ts="1.1", version=1, carried=(other,)))
    assert await states(ctx) == {"a": "sent", "b": "sent"}


async def test_all_or_none_are_on_their_way(ctx: Context) -> None:
    row, other = await want(ctx, "a"), await want(ctx, "b")
    async with ctx.database.write() as session:
        assert await ledger.cancel(session, "b")
    with pytest.raises(AssertionError):
        await sending(ctx, row, other)
    assert await states(ctx) == {"a": "wanted", "b": "cancelled"}


async def test_one_that_gets_through_frees_its_place_alone(ctx: Context) -> None:
    here, beside, elsewhere = await want(ctx, "a"), await want(ctx, "b"), await want(ctx, "c", "C2")
    for row in (here, beside, elsewhere):
        await record(ctx, row, Result(Outcome.BLOCKED, "is_archived"))
    assert await raised(ctx) == ["channel_blocked", "channel_blocked"], "one for each place"
    new = await want(ctx, "d")
    await sending(ctx, new)
    await record(ctx, new, POSTED)
    assert await states(ctx) == {"a": "wanted", "b": "wanted", "c": "blocked", "d": "sent"}
    assert await raised(ctx) == ["channel_blocked"]


@pytest.mark.parametrize("outcome", [Outcome.BLOCKED, Outcome.LATER, Outcome.TOKEN_REFUSED])
async def test_what_may_have_landed_stays_so_however_its_look_up_fails(
    ctx: Context, outcome: Outcome
) -> None:
    row = await want(ctx, "a")
    await sending(ctx, row)
    async with ctx.database.read() as session:
        row = await session.get_one(Message, row.id)
    await record(ctx, row, Result(outcome, "some_error", timedelta(seconds=5)))
    assert await states(ctx) == {"a": "unknown"}


async def test_a_turn_that_comes_later_leaves_the_row_as_it_is(ctx: Context) -> None:
    row = await want(ctx, "a")
    await record(ctx, row, Result(Outcome.PUT_OFF, wait=timedelta(seconds=5)))
    async with ctx.database.read() as session:
        row = await session.get_one(Message, row.id)
    assert (row.state, row.attempts, row.last_error) == ("wanted", 0, None)
    assert await raised(ctx) == []


async def test_one_carried_by_another_message_stands_nowhere_of_its_own(ctx: Context) -> None:
    row = await want(ctx, "a")
    await sending(ctx, row)
    await record(ctx, row, Result(Outcome.CARRIED))
    async with ctx.database.read() as session:
        row = await session.get_one(Message, row.id)
    assert (row.state, row.ts, row.shown_version) == ("sent", None, 1)
