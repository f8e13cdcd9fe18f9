"""The rows Q1-Q15 and D16 of docs/catalogue.md that concern the whole service."""

import logging
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.bank.nightly import check_books, compare_with_bank
from bot.bank.sync import sync_recent
from bot.errors import AlreadyDecidedError
from bot.reconciliation import associate_suggestion, dismiss_suggestions, ignore, restore, undo
from bot.reconciliation.card_acts import settle
from bot.suggestions.propose import propose_due
from sandbox.bank.state import Account
from sandbox.faults import Fault
from store.books.decisions import history
from store.db.engine import Database, open_database
from store.errors import CommitUnknown
from store.models import AuditEntry, Transaction
from store.types import BankProblem
from tests.catalogue.support import ADMIN, agency, door, the_payment
from tests.support.processes import ROOT
from tests.support.world import FINANCE, MAUD, Json, inside, text_of


async def test_q1_a_refused_key_stops_the_calls_is_told_once_and_webhooks_go_on(tmp_path: Path) -> None:
    async with agency(tmp_path) as at:
        key, at.world.sandbox.bank.api_key = at.world.sandbox.bank.api_key, "autre:cle"
        for scenario in ("numero-exact", "montant-exact", "partiel", "groupe"):
            await at.world.people.pay(scenario)
        await at.handled(4)
        assert await at.alerted("bank_refused")
        await at.world.card("Qonto refuse la clé d’accès")
        metrics = (await at.service.metrics.read(at.service.ctx, active=True)).decode()
        assert 'qonto_bot_bank_calls_total{outcome="401"} 1.0' in metrics
        at.world.sandbox.bank.api_key = key
        await sync_recent(at.service.ctx, days=1)
        assert "bank_refused" not in await at.alerts()


async def test_q2_q12_a_closed_account_is_told_once_and_others_go_on(tmp_path: Path) -> None:
    async with agency(tmp_path) as at:
        bank = at.world.sandbox.bank
        second = Account(name="Second", main=False, iban=None)
        bank.accounts.append(second)
        await sync_recent(at.service.ctx, days=1)
        second.status = "closed"
        bank.pay(1500, "NIKE FRANCE", deliver=False)
        for _ in range(2):
            await sync_recent(at.service.ctx, days=1)
        assert await at.alerts() == ["account_lost"]
        assert (await the_payment(at)).amount_cents == 1500
        second.status = "active"
        await sync_recent(at.service.ctx, days=1)
        assert await at.alerts() == []


@dataclass
class Odd(Account):
    """An account whose answers hold what they should not, until ``odd`` is emptied."""

    odd: Json = field(default_factory=dict)

    def to_json(self) -> Json:
        return super().to_json() | self.odd


@pytest.mark.parametrize(
    ("odd", "alert", "seen"),
    [
        ({"balance": "1.00"}, "balance_doubtful", {1500, 2500}),
        ({"authorized_balance_cents": True}, "balance_doubtful", {1500, 2500}),
        ({"status": ["active"]}, "account_unreadable", {1500}),
    ],
    ids=["balances that disagree", "a balance that is none", "a state nobody can read"],
)
async def test_an_account_that_makes_no_sense_is_told_once_and_the_others_are_synced(
    tmp_path: Path, odd: Json, alert: str, seen: set[int]
) -> None:
    async with agency(tmp_path) as at:
        bank = at.world.sandbox.bank
        second = Odd(name="Second", main=False, iban=None, odd=odd)
        bank.accounts.insert(0, second)
        bank.pay(1500, "NIKE FRANCE", deliver=False)
        bank.pay(2500, "ADIDAS", account_id=second.id, deliver=False)
        for _ in range(2):
            await sync_recent(at.service.ctx, days=1)
        assert {row.amount_cents for row in await at.movements()} == seen
        assert await at.alerts() == [alert]
        await at.world.card("compte Second")
        second.odd = {}
        report = await sync_recent(at.service.ctx, days=1)
        assert (await at.alerts(), report.skipped_accounts) == ([], ())
        assert {row.amount_cents for row in await at.movements()} == {1500, 2500}


async def test_a_movement_nobody_can_read_is_told_and_hides_no_other(tmp_path: Path) -> None:
    async with agency(tmp_path) as at:
        bank = at.world.sandbox.bank
        odd = bank.pay(1500, "NIKE FRANCE", deliver=False)
        bank.pay(2500, "NIKE FRANCE", deliver=False)
        odd.amount_cents = -1500  # a credit that takes money away
        for _ in range(2):
            await sync_recent(at.service.ctx, days=1)
        assert [row.amount_cents for row in await at.movements()] == [2500]
        assert await at.alerts() == ["movement_unreadable"]
        await at.world.card("est illisible", odd.id)
        odd.amount_cents = 1500
        await sync_recent(at.service.ctx, days=1)
        assert sorted(row.amount_cents for row in await at.movements()) == [1500, 2500]
        odd.amount_cents = -1500
        assert await compare_with_bank(at.service.ctx) == 0, "what cannot be read did not vanish"


async def test_q4_a_bank_that_fails_in_the_middle_stores_whole_pages_and_is_read_again(
    tmp_path: Path,
) -> None:
    async with agency(tmp_path) as at:
        at.world.sandbox.bank.load(250)
        at.world.sandbox.faults.add(Fault("bank:GET /v2/transactions", "truncate", skip=1, times=2))
        report = await sync_recent(at.service.ctx, days=30)
        assert report.new == 250
        again = await sync_recent(at.service.ctx, days=30)
        assert (again.new, again.unchanged) == (0, 250)


async def test_q13_a_webhook_and_a_sync_of_one_movement_make_one_card(tmp_path: Path) -> None:
    async with agency(tmp_path) as at:
        await at.world.people.pay("numero-exact")
        await sync_recent(at.service.ctx, days=1)
        await at.world.card("NIKE FRANCE")
        await at.handled()
        assert len(await at.world.people.messages(MAUD, FINANCE)) == 1


async def test_q14_an_old_history_is_stored_without_flooding_slack(tmp_path: Path) -> None:
    async with door(tmp_path) as at:
        at.world.sandbox.bank.load(1_500)
        report = await sync_recent(at.service.ctx, days=60)
        assert report.new == 1_500
        assert (await at.post(at.event()))[0] == 200
        await propose_due(at.service.ctx)
        cards = [text_of(one) for one in await at.world.people.messages(MAUD, FINANCE)]
        assert len(cards) <= 1


async def test_w30_another_currency_is_shown_as_it_is_and_never_suggested(tmp_path: Path) -> None:
    async with agency(tmp_path) as at:
        body = {
            "amount_cents": 150000,
            "payer_name": "NIKE FRANCE",
            "reference": "FACT-2026-042",
            "currency": "USD",
        }
        await at.world.people.post("/bank/sandbox/pay", **body)
        card = await at.world.card("NIKE FRANCE")
        assert "1\u202f500,00\xa0$" in text_of(card)
        assert "Aucune facture ouverte ne correspond" in text_of(card)


def test_q15_certificates_are_always_checked() -> None:
    """httpx and aiohttp verify by default; nothing of ours may say otherwise."""
    wrong = [
        str(path)
        for room in ("bot", "qonto", "store", "sandbox")
        for path in (ROOT / room).rglob("*.py")
        if re.search(r"verify\s*=|ssl\s*=\s*False|CERT_NONE|_create_unverified", path.read_text("utf-8"))
    ]
    assert wrong == []


async def test_x6_rows_edited_by_hand_are_told_the_next_night(tmp_path: Path) -> None:
    async with agency(tmp_path) as at:
        await at.world.people.pay("numero-exact")
        await at.world.card("À rapprocher")
        assert await check_books(at.service.ctx) == 0
        with sqlite3.connect(tmp_path / "bot.db") as by_hand:
            by_hand.execute("PRAGMA ignore_check_constraints = ON")
            by_hand.execute("UPDATE transactions SET allocated_cents = 1")
        assert await check_books(at.service.ctx) > 0
        assert await at.alerts() == ["books_wrong"]


class Unsure(Database):
    """A database whose first COMMIT ends without an answer, done or not."""

    def __init__(self, inner: Database, *, done: bool) -> None:
        self.__dict__ |= inner.__dict__
        self._first, self._done = True, done

    @asynccontextmanager
    async def write(self, *, urgent: bool = False) -> AsyncIterator[AsyncSession]:
        async with super().write(urgent=urgent) as session:
            yield session
            first, self._first = self._first, False
            if first and not self._done:
                raise CommitUnknown("cut before it was done")
        if first:
            raise CommitUnknown("cut after it was done")


@pytest.mark.parametrize("done", [True, False])
async def test_a_commit_without_an_answer_is_read_and_never_guessed(
    tmp_path: Path, database_url: str, caplog: pytest.LogCaptureFixture, *, done: bool
) -> None:
    caplog.set_level(logging.INFO, logger="bot.reconciliation")
    async with inside(tmp_path, database_url) as (world, service):
        await world.people.pay("numero-exact")
        await world.card("À rapprocher")
        inner = open_database(database_url)

        def unsure() -> Any:
            return replace(service.ctx, database=Unsure(inner, done=done))

        assert await dismiss_suggestions(unsure(), ADMIN, suggestion_id=1) is True
        assert await dismiss_suggestions(unsure(), ADMIN, suggestion_id=1) is False
        associated = await associate_suggestion(unsure(), ADMIN, suggestion_id=1)
        async with inner.write() as session:
            payment = await session.get_one(Transaction, associated.transaction_id)
            payment.bank_problem = BankProblem.WITHDRAWN
        await settle(unsure(), ADMIN, transaction_id=associated.transaction_id)
        undone = await undo(unsure(), ADMIN, transaction_id=associated.transaction_id)
        await ignore(unsure(), ADMIN, transaction_id=associated.transaction_id, reason="essai")
        await restore(unsure(), ADMIN, transaction_id=associated.transaction_id)
        async with inner.read() as session:
            kinds = [each.kind for each in await history(session, associated.transaction_id)]
            query = select(AuditEntry.action).where(AuditEntry.action == "bank_problem_settled")
            assert len((await session.scalars(query)).all()) == 1
        assert kinds == ["associate", "undo", "ignore", "restore"]
        logged = [vars(record)["decision"] for record in caplog.records if record.message == "decision"]
        assert logged == ["dismiss", "associate", "bank_problem_settled", "undo", "ignore", "restore"]
        assert not undone.repeated
        with pytest.raises(AlreadyDecidedError):
            await undo(service.ctx, ADMIN, transaction_id=associated.transaction_id)
        await inner.close()
