"""The digest: working days, once, silent when nothing waits; talents who chose an hour are told then."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot import reconciliation
from bot.context import Actor, Context
from bot.errors import InvalidRequestError, NotAllowedError
from bot.locale import fr
from bot.messages.digest import LISTED, digest_key, is_due, want_digest
from bot.messages.preferences import (
    Choices,
    Notices,
    Personal,
    read_choices,
    read_personal,
    save_choices,
    save_personal,
)
from bot.messages.talent_links import link_account
from bot.queries.payment_lists import read_listing
from bot.reconciliation import Choice
from store import people
from store.books.checks import check_all
from store.messages import ledger
from store.messages.keys import talent_key
from store.types import MessagePurpose, MessageState
from tests.bot.conftest import HUGO, MAUD
from tests.support.store_rows import NOW, add_invoice, add_payment

TUESDAY = fr.paris_day(NOW)  # 27 January 2026
CHANNEL = "C0PAIEMENTS"
CAMILLE = Actor(HUGO.kind, "U0CAMILLE", is_admin=False)


def at(ctx: Context, instant: datetime) -> Context:
    clock: Callable[[], datetime] = lambda: instant  # noqa: E731  # one instant
    return replace(ctx, clock=clock)


def test_the_hour_comes_on_working_days_only() -> None:
    assert not is_due(fr.at_hour(TUESDAY, 8), 9)
    assert is_due(fr.at_hour(TUESDAY, 9), 9)
    for weekend in (4, 5):
        assert not is_due(fr.at_hour(TUESDAY + timedelta(days=weekend), 12), 9)
    assert is_due(fr.at_hour(TUESDAY + timedelta(days=6), 12), 9)


async def test_a_digest_is_wanted_once_a_day_for_each_reader(ctx: Context) -> None:
    async with ctx.database.write() as session:
        await add_payment(session)
    tomorrow = TUESDAY + timedelta(days=1)
    morning = at(ctx, fr.at_hour(tomorrow, 9))
    assert not await want_digest(at(ctx, fr.at_hour(tomorrow, 8)), CHANNEL, 9)
    assert await want_digest(morning, CHANNEL, 9)
    assert not await want_digest(morning, CHANNEL, 9)
    assert await want_digest(morning, "U0NORA", 9)
    assert await want_digest(at(ctx, fr.at_hour(tomorrow + timedelta(days=1), 9)), CHANNEL, 9)
    async with ctx.database.read() as session:
        row = await ledger.find(session, digest_key(tomorrow, "U0NORA"))
        assert row is not None
        assert row.target == "U0NORA"
        listing = await read_listing(session, row.key, fr.at_hour(tomorrow, 9))
    assert [each.line.amount_cents for each in listing.lines] == [150_000]
    assert listing.oldest_days == 1


async def test_a_digest_counts_what_it_has_no_line_for(ctx: Context) -> None:
    async with ctx.database.write() as session:
        for number in range(LISTED + 2):
            await add_payment(session, f"t-{number}", amount_cents=1_000 + number)
    morning = fr.at_hour(TUESDAY + timedelta(days=1), 9)
    assert await want_digest(at(ctx, morning), CHANNEL, 9)
    async with ctx.database.read() as session:
        key = digest_key(TUESDAY + timedelta(days=1), CHANNEL)
        listing = await read_listing(session, key, morning, waiting_before=morning)
    assert len(listing.lines) == LISTED
    assert (listing.others, listing.others_cents) == (2, {"EUR": 2 * 1_000 + LISTED + LISTED + 1})


async def test_nothing_waiting_stays_silent_all_day(ctx: Context) -> None:
    assert not await want_digest(at(ctx, fr.at_hour(TUESDAY, 9)), CHANNEL, 9)
    async with ctx.database.write() as session:
        await add_payment(session)
    assert not await want_digest(at(ctx, fr.at_hour(TUESDAY, 17)), CHANNEL, 9)
    async with ctx.database.read() as session:
        row = await ledger.find(session, digest_key(TUESDAY, CHANNEL))
        assert row is not None
        assert row.state == MessageState.CANCELLED


async def test_a_decision_redraws_the_digest_that_lists_the_payment(ctx: Context) -> None:
    async with ctx.database.write() as session:
        payment = await add_payment(session)
    tomorrow = TUESDAY + timedelta(days=1)
    await want_digest(at(ctx, fr.at_hour(tomorrow, 9)), CHANNEL, 9)
    await reconciliation.ignore(ctx, MAUD, transaction_id=payment.id, reason="remboursement")
    async with ctx.database.read() as session:
        row = await ledger.find(session, digest_key(tomorrow, CHANNEL))
        assert row is not None
        assert row.wanted_version == 2
        listing = await read_listing(session, row.key, NOW)
        assert [each.waits for each in listing.lines] == [False]


async def test_a_talent_who_chose_an_hour_is_told_then(ctx: Context) -> None:
    async with ctx.database.write() as session:
        payment, invoice = await add_payment(session), await add_invoice(session)
        talent = await people.unlinked(session, 1)
    await link_account(ctx, HUGO, talent[0].id, "U0CAMILLE")
    await save_personal(ctx, CAMILLE, Personal(Notices.DIGEST, 18, "en"))
    decided = await reconciliation.associate(
        ctx, MAUD, transaction_id=payment.id, choices=[Choice(invoice.id)]
    )
    async with ctx.database.read() as session:
        key = talent_key(MessagePurpose.TALENT_PAID, payment.qonto_id, decided.decision_id, talent[0].id)
        notice = await ledger.find(session, key)
        assert notice is not None
        assert notice.next_attempt_at == fr.at_hour(TUESDAY, 18)
        assert await check_all(session) == []


async def test_choices_are_kept_and_refused_when_wrong(ctx: Context) -> None:
    await save_choices(ctx, MAUD, Choices(threshold_cents=5_000, digest_hour=None, tell_partial=False))
    async with ctx.database.read() as session:
        assert await read_choices(session) == Choices(5_000, None, tell_partial=False)
        assert (await read_personal(session, "U0MAUD", is_admin=True)).notices is Notices.NOTHING
        assert (await read_personal(session, None, is_admin=False)).notices is Notices.IMMEDIATE
    with pytest.raises(NotAllowedError):
        await save_choices(ctx, HUGO, Choices())
    with pytest.raises(InvalidRequestError):
        await save_choices(ctx, MAUD, Choices(threshold_cents=-1))
    with pytest.raises(InvalidRequestError):
        await save_personal(ctx, HUGO, Personal(Notices.NOTHING, 9, "de"))
