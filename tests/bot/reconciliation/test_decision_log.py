"""Each decision leaves one log line: who, what, which payment, which invoices; nobody's name, no amount."""

import logging
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from bot import reconciliation
from bot.context import Context
from bot.errors import RefusedError
from bot.reconciliation import Choice, Rest
from bot.reconciliation.card_acts import settle
from bot.reconciliation.dismiss import dismiss
from store.books.decisions import live_allocations
from store.models import Transaction
from store.suggestions.rounds import save_round
from store.types import BankProblem
from tests.bot.conftest import HUGO, MAUD
from tests.support.store_rows import NOW, add_invoice, add_payment

PAYMENT, NUMBER = "0190-bank-id", "FACT-2026-042"
Act = Callable[[Context, int, int], Awaitable[object]]


async def associate(ctx: Context, payment: int, invoice: int) -> object:
    return await reconciliation.associate(ctx, MAUD, transaction_id=payment, choices=[Choice(invoice)])


async def associate_part(ctx: Context, payment: int, invoice: int) -> object:
    choices = [Choice(invoice, 100_000)]
    return await reconciliation.associate(ctx, MAUD, transaction_id=payment, choices=choices)


async def close_remainder(ctx: Context, payment: int, _invoice: int) -> object:
    rest = Rest("kept")
    return await reconciliation.associate(ctx, MAUD, transaction_id=payment, choices=[], rest=rest)


async def undo(ctx: Context, payment: int, _invoice: int) -> object:
    return await reconciliation.undo(ctx, MAUD, transaction_id=payment)


async def undo_invoices(ctx: Context, payment: int, _invoice: int) -> object:
    async with ctx.database.read() as session:
        ids = [row.id for row in await live_allocations(session, payment)]
    return await reconciliation.undo_invoices(ctx, MAUD, transaction_id=payment, allocation_ids=ids)


async def reopen(ctx: Context, payment: int, _invoice: int) -> object:
    return await reconciliation.reopen_remainder(ctx, MAUD, transaction_id=payment)


async def ignore(ctx: Context, payment: int, _invoice: int) -> object:
    return await reconciliation.ignore(ctx, MAUD, transaction_id=payment, reason="remboursement de NIKE")


async def restore(ctx: Context, payment: int, _invoice: int) -> object:
    return await reconciliation.restore(ctx, MAUD, transaction_id=payment)


async def refuse(ctx: Context, payment: int, _invoice: int) -> object:
    return await dismiss(ctx, MAUD, transaction_id=payment, shown_round=1)


async def bank_changed(ctx: Context, payment: int, _invoice: int) -> None:
    async with ctx.database.write() as session:
        row = await session.get(Transaction, payment)
        assert row is not None
        row.bank_problem = BankProblem.AMOUNT_CHANGED


async def settle_problem(ctx: Context, payment: int, _invoice: int) -> None:
    await settle(ctx, MAUD, transaction_id=payment)


@pytest.fixture(autouse=True)
def at_info(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level(logging.INFO, logger="bot.reconciliation"):
        yield


async def stored(ctx: Context) -> tuple[int, int]:
    """One payment, its invoice, and a suggestion that names it."""
    async with ctx.database.write() as session:
        payment, invoice = await add_payment(session, PAYMENT), await add_invoice(session, NUMBER)
        proposal: dict[str, Any] = {
            "allocations": [{"invoice_id": invoice.id, "amount_cents": 150_000}],
            "residual_cents": 0,
            "residual_reason": None,
            "probability": 0.9,
            "confidence": "likely",
            "reasons": [],
            "model_version": "test",
        }
        await save_round(session, payment.id, "suggest", [], [proposal], NOW)
        return payment.id, invoice.id


def lines_of(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [vars(record) for record in caplog.records if record.message == "decision"]


@pytest.mark.parametrize(
    ("before", "act", "kind", "invoices"),
    [
        ([], associate, "associate", [NUMBER]),
        ([associate_part], close_remainder, "close_remainder", []),
        ([associate], undo, "undo", [NUMBER]),
        ([associate], undo_invoices, "undo", [NUMBER]),
        ([associate_part, close_remainder], reopen, "undo", []),
        ([], ignore, "ignore", []),
        ([ignore], restore, "restore", []),
        ([], refuse, "dismiss", [NUMBER]),
        ([associate, bank_changed], settle_problem, "bank_problem_settled", []),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
async def test_a_decision_leaves_one_line(
    ctx: Context,
    caplog: pytest.LogCaptureFixture,
    before: list[Act],
    act: Act,
    kind: str,
    invoices: list[str],
) -> None:
    payment, invoice = await stored(ctx)
    for earlier in before:
        await earlier(ctx, payment, invoice)
    caplog.clear()
    await act(ctx, payment, invoice)
    [line] = lines_of(caplog)
    assert (line["levelname"], line["decision"], line["invoices"]) == ("INFO", kind, invoices)
    assert (line["actor_kind"], line["actor"], line["payment_id"]) == ("slack", MAUD.id, PAYMENT)
    said = " ".join(str(value) for record in caplog.records for value in vars(record).values())
    assert not any(word in said for word in ("NIKE", "Camille", "1500", "150000", "150_000", "FR76"))


async def test_what_changes_nothing_leaves_no_line(ctx: Context, caplog: pytest.LogCaptureFixture) -> None:
    payment, invoice = await stored(ctx)
    await associate(ctx, payment, invoice)
    caplog.clear()
    await associate(ctx, payment, invoice)
    with pytest.raises(RefusedError):
        await ignore(ctx, payment, invoice)
    with pytest.raises(RefusedError):
        await reconciliation.undo(ctx, HUGO, transaction_id=payment)
    assert lines_of(caplog) == []
