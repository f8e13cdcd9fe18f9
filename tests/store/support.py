"""What several tests of the tables do in one transaction of its own."""

from typing import Any

from store.books import checks
from store.books.arithmetic import lock_invoices
from store.db.engine import Database
from store.invoices.read import get_invoice
from store.invoices.save import Saved, cancel_invoice, save_invoice
from store.messages import state
from store.models import Collaboration, Invoice, Transaction
from store.payments.waiting import get_transaction
from tests.support.store_rows import NOW, add_invoice, add_payment, an_invoice


async def put(database: Database, name: str, value: dict[str, object]) -> None:
    async with database.write() as session:
        await state.put(session, name, value, NOW)


async def get(database: Database, name: str) -> dict[str, object] | None:
    async with database.read() as session:
        return await state.get(session, name)


async def save(database: Database, number: str = "FACT-2026-042", **changes: Any) -> Saved:
    async with database.write() as session:
        return await save_invoice(session, an_invoice(number, **changes), NOW)


async def cancel(database: Database, invoice_id: int) -> None:
    async with database.write() as session:
        locked = (await lock_invoices(session, [invoice_id]))[invoice_id]
        await cancel_invoice(session, locked, NOW)


async def one_of_each(database: Database) -> tuple[int, int]:
    async with database.write() as session:
        return (await add_payment(session)).id, (await add_invoice(session)).id


async def read(
    database: Database, payment_id: int, invoice_id: int
) -> tuple[Transaction, Invoice, Collaboration]:
    """Read both and the collaboration, once the books were checked."""
    async with database.read() as session:
        transaction = await get_transaction(session, payment_id)
        invoice = await get_invoice(session, invoice_id)
        assert transaction is not None
        assert invoice is not None
        assert invoice.collaboration is not None
        assert await checks.check_all(session) == []
        return transaction, invoice, invoice.collaboration
