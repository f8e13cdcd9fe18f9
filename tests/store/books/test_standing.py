"""Which allocations stand, said once: over any decisions and undos it gives what payments and invoices hold."""

import ast
import random
from pathlib import Path

import pytest
from sqlalchemy import case, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from store.books.arithmetic import LedgerError
from store.books.reversal import reverse_allocations
from store.db.engine import Database
from store.models import Allocation, Decision, Invoice, Transaction
from store.models.selects import applied, as_text, standing
from store.payments.waiting import lock_transaction
from store.types import ActorKind, DecisionKind, InvoiceKind
from tests.support.store_rows import add_invoice, add_payment, associate, later, undo

ROOT = Path(__file__).resolve().parents[3]
STEPS = 40


async def sums(session: AsyncSession) -> tuple[dict[int, int], dict[int, int]]:
    """What stands of each payment and of each invoice, in cents; those with nothing left out."""
    sense = case((Invoice.kind == InvoiceKind.CREDIT_NOTE, -1), else_=1)
    settled = func.sum(sense * Allocation.amount_cents + Allocation.write_off_cents)
    given = select(Allocation.transaction_id, func.sum(Allocation.amount_cents)).where(standing())
    covered = select(Allocation.invoice_id, settled).join(Invoice).where(standing())
    payments = await session.execute(given.group_by(Allocation.transaction_id))
    invoices = await session.execute(covered.group_by(Allocation.invoice_id))
    return (
        {row[0]: int(row[1]) for row in payments if row[1]},
        {row[0]: int(row[1]) for row in invoices if row[1]},
    )


async def held(session: AsyncSession) -> tuple[dict[int, int], dict[int, int]]:
    """What payments and invoices say of themselves; those with nothing left out."""
    payments = select(Transaction.id, Transaction.allocated_cents).where(Transaction.allocated_cents != 0)
    invoices = select(Invoice.id, Invoice.settled_cents).where(Invoice.settled_cents != 0)
    return (
        {row[0]: row[1] for row in await session.execute(payments)},
        {row[0]: row[1] for row in await session.execute(invoices)},
    )


async def decide(session: AsyncSession, chance: random.Random) -> None:
    """Associate some of a payment with an invoice, and perhaps a credit note; with or without a gap."""
    payment = chance.choice((await session.scalars(select(Transaction.id).order_by(Transaction.id))).all())
    *invoices, note = (await session.scalars(select(Invoice.id).order_by(Invoice.id))).all()
    part = chance.choice(invoices), chance.choice((100, 900, 1_500))
    if chance.random() < 0.3:
        await associate(session, payment, part, (note, -50))
    else:
        await associate(session, payment, part, write_off=chance.choice((None, (10, "fee"))))


async def take_back(session: AsyncSession, chance: random.Random) -> None:
    """Undo one decision, or one invoice of one payment."""
    if chance.random() < 0.5:
        decisions = select(Decision.id).where(Decision.kind == DecisionKind.ASSOCIATE)
        await undo(session, chance.choice((await session.scalars(decisions.order_by(Decision.id))).all()))
        return
    row = chance.choice((await session.scalars(select(Allocation).order_by(Allocation.id))).all())
    transaction = await lock_transaction(session, row.transaction_id)
    assert transaction is not None
    await reverse_allocations(
        session, transaction, [row.id], actor_kind=ActorKind.SLACK, actor="U2", now=later(5)
    )


@pytest.mark.parametrize("seed", range(4))
async def test_what_stands_is_what_payments_and_invoices_hold(database: Database, seed: int) -> None:
    chance = random.Random(seed)  # repeatable
    async with database.write() as session:
        for number in range(3):
            await add_payment(session, f"t-{number}", amount_cents=3_000)
            await add_invoice(session, f"F-{number}", total_cents=2_000)
        await add_invoice(session, "A-1", total_cents=500, kind=InvoiceKind.CREDIT_NOTE)
    done = {decide: 0, take_back: 0}
    for _ in range(STEPS):
        step = chance.choice((decide, take_back))
        try:
            async with database.write() as session:
                await step(session, chance)
                done[step] += 1
        except (LedgerError, IndexError):  # refused by the books, or nothing there to take back
            continue
        async with database.read() as session:
            assert await sums(session) == await held(session)
            for condition in (standing, applied):
                rows = await session.scalars(select(Allocation.id).where(condition()))
                written = f"SELECT id FROM allocations given WHERE {as_text(condition, 'given')}"  # ours
                assert set(rows) == set(await session.scalars(text(written)))
    assert min(done.values()) > 3, "too few steps were possible to say anything"


def test_no_other_module_says_which_allocations_stand() -> None:
    wrong = []
    for path in sorted(each for room in ("store", "bot") for each in (ROOT / room).rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith("store/migrations/") or name == "store/models/selects.py":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Attribute(ast.Name("Decision"), "reverses_id"):
                    continue
                case ast.Attribute(attr="reverses_id", lineno=line):
                    wrong.append(f"{name}:{line}")
                case ast.Constant(str(words), lineno=line) if "reverses_id " in words:
                    wrong.append(f"{name}:{line}")
    assert wrong == []
