"""A payment, many invoices, and both rounds of look-ups for the tests of ``store.candidates.fetch``."""

from dataclasses import replace
from datetime import date

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from matching import Found, Payment, PaymentId, more, reference_keys, wanted
from store import models
from store.candidates.fetch import fetch
from store.db.engine import Database
from tests.support.store_rows import IBAN, NOW, add_invoice


def a_payment(**changes: object) -> Payment:
    base = Payment(
        id=PaymentId(999),
        currency="EUR",
        amount_cents=150_000,
        settled_on=date(2026, 1, 27),
        payer_name="NIKE FRANCE",
        payer_iban=IBAN,
        text="FACT-2026-042",
    )
    return replace(base, **changes)  # type: ignore[arg-type]  # as each test says


async def two_rounds(session: AsyncSession, payment: Payment) -> Found:
    found = await fetch(session, wanted(payment))
    return found | await fetch(session, more(payment, found))


async def many_invoices(database: Database, count: int, *, first: int = 0, **changes: object) -> None:
    """Store open invoices of one client and amount, numbered from ``first`` on, with their keys."""
    async with database.write() as session:
        client = await session.scalar(select(models.Client.id).limit(1))
        if client is None:
            (await add_invoice(session, "FIRST", total_cents=1)).settled_cents = 0
            client = await session.scalar(select(models.Client.id).limit(1))
    for start in range(first, count, 2_000):
        rows = [row_of(n, client) | changes for n in range(start, min(count, start + 2_000))]
        async with database.write() as session:
            stored = await session.scalars(insert(models.Invoice).returning(models.Invoice.id), rows)
            keys = [
                {"invoice_id": invoice_id, "key": key, "kind": kind.value}
                for invoice_id, row in zip(stored, rows, strict=True)
                for key, kind in reference_keys(str(row["number"]))
            ]
            await session.execute(insert(models.InvoiceReference), keys)


def row_of(n: int, client_id: object) -> dict[str, object]:
    return {
        "number": f"A{n:07}",
        "number_key": f"a{n:07}",
        "client_id": client_id,
        "kind": "invoice",
        "status": "open",
        "currency": "EUR",
        "total_cents": 150_000,
        "settled_cents": 0,
        "open_cents": 150_000,
        "due_date": date(2026, 1, 1 + n % 28),
        "language": "fr",
        "search_text": f"a{n:07}",
        "version": 1,
        "created_at": NOW,
        "updated_at": NOW,
    }
