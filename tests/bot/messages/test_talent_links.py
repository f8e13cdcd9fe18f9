"""Which account is a talent's: asked, confirmed by the person asked and by nobody else, never taken twice."""

from typing import Any

import pytest

from bot import reconciliation
from bot.context import Actor, Context
from bot.errors import AlreadyDecidedError, NotAllowedError, NotFoundError
from bot.messages.talent_links import answer_link, ask_person, link_account, link_key
from bot.reconciliation import Choice
from store import people
from store.messages import ledger
from store.messages.keys import talent_key
from store.types import MessagePurpose, MessageState
from tests.bot.conftest import HUGO, MAUD
from tests.support.store_rows import add_invoice, add_payment

INES = Actor(HUGO.kind, "U0INES", is_admin=False)


async def a_talent(ctx: Context, number: str = "FACT-2026-042", **changes: Any) -> int:
    async with ctx.database.write() as session:
        await add_invoice(session, number, **changes)
        return max(row.id for row in await people.unlinked(session, 10))


async def test_a_yes_links_and_lets_the_waiting_message_leave(ctx: Context) -> None:
    talent = await a_talent(ctx)
    async with ctx.database.write() as session:
        payment, invoice = await add_payment(session), await add_invoice(session)
    decided = await reconciliation.associate(
        ctx, MAUD, transaction_id=payment.id, choices=[Choice(invoice.id)]
    )
    key = talent_key(MessagePurpose.TALENT_PAID, payment.qonto_id, decided.decision_id, talent)
    async with ctx.database.write() as session:
        told = await ledger.find(session, key)
        assert told is not None
        await ledger.mark_blocked(session, [told.id], "talent_not_linked")

    await ask_person(ctx, MAUD, talent_id=talent, user_id="U0INES")
    with pytest.raises(NotFoundError):
        await answer_link(ctx, HUGO, link_id=1, is_me=True)
    await answer_link(ctx, INES, link_id=1, is_me=True)
    with pytest.raises(AlreadyDecidedError):
        await answer_link(ctx, INES, link_id=1, is_me=False)
    async with ctx.database.read() as session:
        linked = await people.talent_of(session, "U0INES")
        assert linked is not None
        assert linked.id == talent
        told = await ledger.find(session, key)
        assert told is not None
        assert (told.state, told.target) == (MessageState.WANTED, "U0INES")
        question = await ledger.find(session, link_key(1))
        assert question is not None
        assert question.wanted_version == 2
    with pytest.raises(AlreadyDecidedError, match="déjà relié"):
        await ask_person(ctx, MAUD, talent_id=talent, user_id="U0JULES")


async def test_a_no_is_kept_and_a_new_question_withdraws_the_old_one(ctx: Context) -> None:
    talent = await a_talent(ctx)
    await ask_person(ctx, MAUD, talent_id=talent, user_id="U0HUGO")
    await answer_link(ctx, HUGO, link_id=1, is_me=False)
    await ask_person(ctx, MAUD, talent_id=talent, user_id="U0HUGO")
    await ask_person(ctx, MAUD, talent_id=talent, user_id="U0INES")
    with pytest.raises(AlreadyDecidedError):
        await answer_link(ctx, HUGO, link_id=2, is_me=True)
    async with ctx.database.read() as session:
        assert await people.count_unlinked(session) == 1
        assert (await people.latest_links(session, [talent]))[talent].user_id == "U0INES"


async def test_an_account_belongs_to_one_talent_only(ctx: Context) -> None:
    first = await a_talent(ctx)
    second = await a_talent(ctx, "F-2", talent="Théo Garnier", talent_email="theo@agence.example")
    await link_account(ctx, INES, first, "U0INES")
    await link_account(ctx, INES, first, "U0INES")
    with pytest.raises(AlreadyDecidedError):
        await link_account(ctx, INES, second, "U0INES")
    with pytest.raises(AlreadyDecidedError):
        await link_account(ctx, INES, first, "U0OTHER")
    with pytest.raises(AlreadyDecidedError, match="déjà celui"):
        await ask_person(ctx, MAUD, talent_id=second, user_id="U0INES")


async def test_only_admins_ask_and_only_about_known_talents(ctx: Context) -> None:
    with pytest.raises(NotAllowedError):
        await ask_person(ctx, HUGO, talent_id=1, user_id="U0INES")
    with pytest.raises(NotFoundError):
        await ask_person(ctx, MAUD, talent_id=99, user_id="U0INES")
    with pytest.raises(NotFoundError):
        await answer_link(ctx, INES, link_id=99, is_me=True)
