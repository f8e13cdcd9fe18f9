import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from sqlalchemy import event, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from matching import (
    Client,
    ClientId,
    ClientRequest,
    Invoice,
    InvoiceId,
    InvoiceKind,
    InvoiceStatus,
    Lookups,
    MemoryIndex,
    Payment,
    PaymentId,
    more,
    wanted,
)
from matching.lookups import CLIENT_LIMIT, COUNT_LIMIT, KEY_HITS_LIMIT, SAME_AMOUNT_LIMIT, TOKEN_LIMIT
from store import models
from store.candidates import sql
from store.candidates.fetch import MOST_STATEMENTS, fetch
from store.db.engine import Database, open_database
from store.payments.accounts import NewAccount, save_accounts
from store.suggestions.rounds import add_rejections
from store.types import PaymentState
from tests.store.candidates.support import a_payment, many_invoices, two_rounds
from tests.support.store_rows import IBAN, NOW, add_invoice, add_payment, associate, later, undo

NAMES = ["NIKE", "Nike Europe", "Adès", "Société Le Pré SAS", "Le Pré Vert", "Zoé & Cie"]


async def fill(database: Database, seed: int = 7) -> MemoryIndex:
    """A small agency, in the tables and in memory."""
    rng = random.Random(seed)  # a repeatable choice, no secret
    async with database.write() as session:
        for n in range(60):
            kind = InvoiceKind.CREDIT_NOTE if n % 10 == 9 else InvoiceKind.INVOICE
            row = await add_invoice(
                session,
                f"FACT-2026-{n:03}",
                client=NAMES[n % len(NAMES)],
                client_email=None,
                total_cents=rng.choice([150_000, 50_000, 7_700 + n]),
                due_date=date(2026, 1, 1 + n % 28),
                currency="USD" if n % 13 == 12 else "EUR",
                kind=kind,
            )
            if n % 11 == 10:
                row.status, row.open_cents = "cancelled", 0
    return await memory_index(database)


async def memory_index(database: Database) -> MemoryIndex:
    async with database.read() as session:
        clients = [
            Client(id=ClientId(row.id), name=row.name) for row in await session.scalars(select(models.Client))
        ]
        rows = await session.scalars(select(models.Invoice))
        invoices = [
            Invoice(
                id=InvoiceId(row.id),
                number=row.number,
                client_id=ClientId(row.client_id),
                currency=row.currency,
                total_cents=row.total_cents,
                open_cents=row.open_cents,
                due_date=row.due_date,
                issue_date=row.issue_date,
                kind=InvoiceKind(row.kind),
                status=InvoiceStatus(row.status),
            )
            for row in rows
        ]
    return MemoryIndex(invoices, clients)


@pytest.mark.parametrize(
    "payment",
    [
        a_payment(),
        a_payment(text="fact 2026 009 et 2026-010", amount_cents=50_000),
        a_payment(text="", payer_name="LE PRE VERT", amount_cents=7_703),
        a_payment(currency="USD", payer_name="ADES"),
        a_payment(text="rien", payer_name="", payer_iban=None, amount_cents=1),
    ],
)
async def test_the_tables_answer_what_memory_answers(database: Database, payment: Payment) -> None:
    index = await fill(database)
    async with database.read() as session:
        for lookups in (wanted(payment), more(payment, index.fetch(wanted(payment)))):
            here, there = await fetch(session, lookups), index.fetch(lookups)
            assert set(here.hits) == set(there.hits)
            assert here.same_amount == there.same_amount
            assert here.same_amount_count == there.same_amount_count
            assert here.open_count == there.open_count
            assert here.client_open == there.client_open
            assert here.token_counts == there.token_counts
            assert here.invoices == there.invoices
            assert here.clients == there.clients
            assert here.capped == there.capped


async def test_every_list_is_capped_and_says_so(database: Database) -> None:
    """D6: the popular amount, the large client, the key everybody bears."""
    await many_invoices(database, COUNT_LIMIT + 200)
    async with database.write() as session:
        client = await session.scalar(select(models.Client.id).limit(1))
        ids = list(await session.scalars(select(models.Invoice.id).limit(KEY_HITS_LIMIT + 1)))
        for key, kind, few in (
            ("POPULAR", "full", False),
            ("#SEQ", "sequence", False),
            ("RARE", "full", True),
        ):
            rows = [
                {"invoice_id": one, "key": key, "kind": kind}
                for one in (ids[:KEY_HITS_LIMIT] if few else ids)
            ]
            await session.execute(insert(models.InvoiceReference), rows)
        names = [
            {"id": 1_000 + n, "name": f"Le Bar {n}", "name_key": f"le bar {n}", "created_at": NOW}
            for n in range(TOKEN_LIMIT + 1)
        ]
        await session.execute(insert(models.Client), names)
        tokens = [{"token": "BAR", "client_id": row["id"]} for row in names]
        await session.execute(insert(models.ClientToken), tokens)
    assert client is not None
    request = ClientRequest(client_id=ClientId(client), currency="EUR", amount_cents=150_000)
    lookups = Lookups(
        keys=frozenset({"POPULAR", "RARE", "NONE"}),
        tokens=frozenset({"BAR", "UNKNOWN"}),
        amount=("EUR", 150_000),
        clients=(request,),
    )
    async with database.read() as session:
        found = await fetch(session, lookups)
        assert len(found.same_amount) == SAME_AMOUNT_LIMIT
        assert found.same_amount_count == COUNT_LIMIT
        group = found.client_open[ClientId(client)]
        assert group.truncated
        assert CLIENT_LIMIT <= len(group.invoice_ids) <= CLIENT_LIMIT + SAME_AMOUNT_LIMIT
        assert {hit.key for hit in found.hits} == {"RARE"}
        assert found.capped == {"key_hits"}
        assert found.token_counts == {"BAR": TOKEN_LIMIT + 1, "UNKNOWN": 0}
        assert ClientId(1_000) not in found.clients
        sequence = await fetch(session, Lookups(keys=frozenset({"#SEQ"})))
        assert (sequence.hits, sequence.capped) == ((), frozenset())
        many_keys = frozenset(f"K{n}" for n in range(300)) | {"RARE"}
        assert len((await fetch(session, Lookups(keys=many_keys))).hits) == KEY_HITS_LIMIT


async def test_a_large_count_is_remembered_for_a_while(
    sqlite_url: str,
) -> None:
    database = open_database(sqlite_url)
    await many_invoices(database, sql.EXACT_UP_TO + 500)
    lookups = Lookups(amount=("EUR", 1))
    async with database.read() as session:
        first = await fetch(session, lookups)
    await many_invoices_more(database)
    async with database.read() as session:
        second = await fetch(session, lookups)
    assert first.open_count == second.open_count >= sql.EXACT_UP_TO + 500
    await database.close()


async def many_invoices_more(database: Database) -> None:
    async with database.write() as session:
        await add_invoice(session, "ONE-MORE")


async def test_what_was_decided_about_a_payer_is_remembered(database: Database) -> None:
    async with database.write() as session:
        invoice = await add_invoice(session, "F-1", due_date=date(2026, 1, 20))
        other = await add_invoice(session, "F-2", client="Adès", client_email=None)
        refused = await add_invoice(session, "F-3", client="Zoé", client_email=None)
        first = await add_payment(session, "t-1")
        second = await add_payment(session, "t-2", settled_at=later(60))
        third = await add_payment(session, "t-3", counterparty_iban=None)
        await associate(session, first.id, (invoice.id, 150_000))
        undone = await associate(session, second.id, (other.id, 150_000))
        await undo(session, undone.id)
        await add_rejections(session, second.id, [refused.id], "U1", later(61))
        third.state = PaymentState.IGNORED
        payment = a_payment(id=PaymentId(second.id), payer_name="nike france s.a.s")
        nike, ades, zoe = (row.client_id for row in (invoice, other, refused))
    async with database.read() as session:
        found = await fetch(session, wanted(payment))
    by_iban = found.memory.ibans[IBAN]
    confirmed, contradicted, turned_down = (by_iban.link(ClientId(one)) for one in (nike, ades, zoe))
    assert confirmed is not None
    assert contradicted is not None
    assert turned_down is not None
    assert (confirmed.confirmations, confirmed.last_date, confirmed.blocked) == (1, date(2026, 1, 27), False)
    assert (contradicted.contradictions, contradicted.blocked) == (1, True)
    assert (turned_down.contradictions, turned_down.refused_date) == (0, date(2026, 1, 27))
    assert by_iban.not_client_count == 0
    assert found.memory.dismissed == {PaymentId(second.id): frozenset({frozenset({InvoiceId(refused.id)})})}
    (past,) = found.past
    assert past.payment.id == first.id
    assert [(one.invoice_id, one.amount_cents) for one in past.allocations] == [(invoice.id, 150_000)]


async def test_a_payment_costs_few_statements_whatever_is_known_of_it(database: Database) -> None:
    """Each statement is a round trip or a hop to another thread; before, a known payer took nineteen."""
    await fill(database)
    async with database.write() as session:
        for n in range(3):
            invoice = await add_invoice(session, f"OLD-{n}", client="NIKE", client_email=None)
            row = await add_payment(session, f"t-{n}")
            await associate(session, row.id, (invoice.id, 150_000))
    asked = {
        "known payer, mistyped number": a_payment(text="facture 2026-0099 2026-1234", amount_cents=1_234),
        "known payer, its amount": a_payment(text="virement"),
        "unknown payer": a_payment(payer_name="INCONNUE", payer_iban="DE89370400440532013000", text=""),
    }
    for name, payment in asked.items():
        async with database.read() as session:
            await session.execute(text("SELECT 1"))
            with counted(session) as statements:
                found = await two_rounds(session, payment)
        assert found.client_count
        assert 0 < len(statements) <= MOST_STATEMENTS, (name, statements)


@contextmanager
def counted(session: AsyncSession) -> Iterator[list[str]]:
    """The statements that reach the database meanwhile."""
    engine, seen = session.get_bind().engine, list[str]()

    def keep(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", keep)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", keep)


async def test_a_name_that_was_set_aside_is_known_not_to_be_a_client(database: Database) -> None:
    async with database.write() as session:
        row = await add_payment(session, "t-1", counterparty_name="URSSAF", counterparty_iban=None)
        row.state = PaymentState.IGNORED
    payment = a_payment(payer_name="Urssaf", payer_iban=None)
    async with database.read() as session:
        found = await fetch(session, wanted(payment))
    (alias,) = found.memory.aliases.values()
    assert (alias.links, alias.not_client_count) == ((), 1)
    assert found.memory.ibans == {}


async def test_the_habits_of_the_clients_asked_about_come_with_the_second_round(database: Database) -> None:
    async with database.write() as session:
        for n, day in enumerate((date(2026, 1, 20), date(2026, 2, 1))):
            invoice = await add_invoice(session, f"OLD-{n}", due_date=day)
            payment = await add_payment(session, f"t-{n}")
            await associate(session, payment.id, (invoice.id, 150_000))
        client_id = invoice.client_id
        await add_invoice(session)
    async with database.read() as session:
        found = await two_rounds(session, a_payment())
    assert sorted(found.memory.delays[ClientId(client_id)]) == [-5, 7]


async def test_own_accounts_come_with_the_first_round(database: Database) -> None:
    account = NewAccount(qonto_id="a", name="C", iban=IBAN, currency="EUR", status="active", is_main=True)
    async with database.write() as session:
        await save_accounts(session, [account], NOW)
        found = await two_rounds(session, a_payment())
    assert found.own_ibans == {IBAN}
