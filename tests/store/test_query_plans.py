"""What runs all day follows an index, and costs the same in a table a hundred times as long."""

import time

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from store import models
from store.engine import Database, open_database
from tests.store.candidate_support import a_payment, many_invoices, two_rounds


async def explain(session: AsyncSession, sql: str) -> str:
    rows = await session.execute(text(f"EXPLAIN QUERY PLAN {sql}"))
    return " / ".join(str(row[3]) for row in rows)


@pytest.mark.parametrize(
    ("sql", "index"),
    [
        (f"SELECT id FROM inbox WHERE {models.IS_PENDING} AND next_attempt_at <= '2026'", "ix_inbox_pending"),
        (f"SELECT id FROM messages WHERE {models.LAGS} AND next_attempt_at <= '2026'", "ix_messages_lagging"),
        (f"SELECT id FROM transactions WHERE {models.NEEDS_MATCHING} ORDER BY id", "needs_matching"),
        (f"SELECT id FROM transactions WHERE {models.NEEDS_REREAD} ORDER BY id", "needs_reread"),
        (
            (
                f"SELECT id FROM invoices WHERE client_id = 1 AND currency = 'EUR' AND {models.IS_OPEN}"
                " ORDER BY due_date, id"
            ),
            "ix_invoices_client_due",
        ),
        (
            (
                "SELECT id FROM invoices WHERE currency = 'EUR' AND kind = 'invoice' AND open_cents = 5"
                " ORDER BY due_date, id"
            ),
            "ix_invoices_open_amount",
        ),
        ("SELECT id FROM transactions WHERE counterparty_iban = 'x' ORDER BY ordered_at DESC", "payer_iban"),
    ],
)
async def test_what_runs_all_day_uses_its_index(sqlite_url: str, sql: str, index: str) -> None:
    database = open_database(sqlite_url)
    async with database.read() as session:
        plan = await explain(session, sql)
    await database.close()
    assert index in plan, plan
    assert "SCAN" not in plan or "USING" in plan, plan


@pytest.mark.slow
async def test_a_hundred_times_more_invoices_hardly_cost_more(database: Database) -> None:
    """D6, with the popular amount: every one of them has the payment's cents."""
    spent = []
    for there, total in ((0, 300), (300, 30_000)):
        await many_invoices(database, total, first=there)
        if not database.is_sqlite:
            # What autovacuum does a minute after a table has grown.
            async with database.write() as session:
                await session.execute(text("ANALYZE"))
        payment = a_payment(text="A0000200")
        times = []
        for _ in range(9):
            async with database.read() as session:
                started = time.perf_counter()
                found = await two_rounds(session, payment)
                times.append(time.perf_counter() - started)
        assert {hit.invoice_id for hit in found.hits}
        spent.append(sorted(times)[4])
    print([round(seconds * 1000, 1) for seconds in spent])  # noqa: T201  # the measure
    assert spent[1] < spent[0] * 3 + 0.05
