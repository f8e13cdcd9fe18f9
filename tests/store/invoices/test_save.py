import asyncio
from datetime import date
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select

from matching import name_tokens
from store.db.engine import Database, open_database
from store.invoices.parties import InvoiceConflict
from store.invoices.read import get_by_number
from store.invoices.save import save_invoice
from store.models import Client, ClientToken, Collaboration, Invoice, InvoiceReference, Talent
from store.types import InvoiceKind
from tests.store.support import cancel, save
from tests.support.store_rows import NOW, add_invoice, add_payment, an_invoice, associate


async def count(database: Database, model: type[Any]) -> int:
    async with database.read() as session:
        return await session.scalar(select(func.count()).select_from(model)) or 0


async def test_an_invoice_brings_client_talent_and_collaboration(database: Database) -> None:
    saved = await save(database)
    assert saved.kind == "created"
    invoice = saved.invoice
    assert (invoice.status, invoice.open_cents, invoice.total_cents) == ("open", 150_000, 150_000)
    assert (invoice.client.name, invoice.client.email) == ("NIKE", "compta@nike.example")
    assert invoice.collaboration is not None
    assert invoice.collaboration.talent is not None
    assert (invoice.collaboration.title, invoice.collaboration.talent.name) == (
        "Campagne printemps",
        "Camille Dupré",
    )
    async with database.read() as session:
        keys = dict((await session.execute(select(InvoiceReference.key, InvoiceReference.kind))).all())
        assert keys["FACT2026042"] == "full"
        assert keys["2026/42"] == "year"
        assert list(await session.scalars(select(ClientToken.token))) == list(name_tokens("NIKE"))


async def test_the_same_again_changes_nothing(database: Database) -> None:
    """F8"""
    await save(database)
    again = await save(
        database, client="  nike ", talent="CAMILLE DUPRE", talent_email="Camille@Agence.example "
    )
    assert (again.kind, again.invoice.version) == ("unchanged", 1)
    for model in (Client, Talent, Collaboration, Invoice):
        assert await count(database, model) == 1


async def test_a_number_is_one_however_case_and_spaces_are_written(database: Database) -> None:
    await save(database, "fact  2026 42")
    async with database.read() as session:
        found = await get_by_number(session, " FACT 2026 42")
        assert found is not None
        assert (found.number, found.client.name) == ("fact  2026 42", "NIKE")
        assert await get_by_number(session, "FACT-2026-42") is None
    assert (await save(database, "FACT 2026 42")).kind == "changed"
    assert await count(database, Invoice) == 1


async def test_a_change_before_any_payment_is_taken(database: Database) -> None:
    await save(database)
    saved = await save(
        database,
        total_cents=99,
        client="Autre",
        client_email=None,
        collaboration="Été",
        due_date=date(2026, 3, 1),
    )
    assert (saved.kind, saved.invoice.version, saved.invoice.open_cents) == ("changed", 2, 99)
    assert saved.invoice.client.name == "Autre"
    assert saved.invoice.collaboration is not None
    assert saved.invoice.collaboration.title == "Été"
    assert saved.invoice.search_text.startswith("fact-2026-042 fact2026042 autre camille dupre ete")


async def test_other_references_are_kept_as_keys_and_replaced(database: Database) -> None:
    await save(database, other_references=("PO-7781",))
    saved = await save(database, other_references=("PO-7782",))
    assert saved.kind == "changed"
    async with database.read() as session:
        keys = set(await session.scalars(select(InvoiceReference.key)))
        assert "PO7782" in keys
        assert "PO7781" not in keys


@pytest.mark.parametrize(
    "change",
    [
        {"total_cents": 1},
        {"client": "Autre", "client_email": None},
        {"currency": "USD"},
        {"kind": InvoiceKind.CREDIT_NOTE},
    ],
)
async def test_a_change_that_contradicts_a_payment_is_refused(
    database: Database, change: dict[str, Any]
) -> None:
    """F7"""
    async with database.write() as session:
        payment = await add_payment(session)
        invoice = await add_invoice(session)
        await associate(session, payment.id, (invoice.id, 100))
    with pytest.raises(InvoiceConflict) as caught:
        await save(database, **change)
    assert caught.value.code == "has_payments"
    with pytest.raises(InvoiceConflict):
        await cancel(database, invoice.id)
    assert (await save(database)).kind == "unchanged"
    assert (await save(database, due_date=date(2026, 5, 1))).kind == "changed"


async def test_a_cancelled_invoice_stays_cancelled(database: Database) -> None:
    saved = await save(database)
    await cancel(database, saved.invoice.id)
    again = await save(database, total_cents=7)
    assert (again.kind, again.invoice.status, again.invoice.open_cents) == ("changed", "cancelled", 0)


async def test_a_client_is_found_by_an_address_only_one_has(database: Database) -> None:
    await save(database, "F-1", client="NIKE", client_email=None)
    first = await save(database, "F-2", client="NIKE", client_email="A@x.example")
    assert first.invoice.client.email == "a@x.example"
    by_address = await save(database, "F-3", client="Nike Europe", client_email="a@x.example")
    assert by_address.invoice.client_id == first.invoice.client_id
    await save(database, "F-4", client="Adès", client_email="b@x.example")
    kept = await save(database, "F-5", client="ades", client_email="c@x.example")
    assert (kept.invoice.client.name, kept.invoice.client.email) == ("Adès", "b@x.example")


async def test_talents_are_told_apart_by_address_and_never_guessed(database: Database) -> None:
    """S18"""
    first = await save(database, "F-1", talent="Jo", talent_email=None)
    completed = await save(database, "F-2", talent="JO", talent_email="jo@x.example")
    namesake = await save(database, "F-3", talent="Jo", talent_email="other@x.example")
    by_address = await save(database, "F-4", talent=None, talent_email="jo@x.example")
    ids = [
        saved.invoice.collaboration.talent_id
        for saved in (first, completed, namesake, by_address)
        if saved.invoice.collaboration
    ]
    assert ids[0] == ids[1] == ids[3]
    assert ids[2] != ids[0]
    for talent, email, code in (
        ("Jo", None, "talent_ambiguous"),
        ("Al", "jo@x.example", "talent_email_taken"),
    ):
        with pytest.raises(InvoiceConflict) as caught:
            await save(database, "F-5", talent=talent, talent_email=email)
        assert caught.value.code == code
    nameless = await save(database, "F-6", talent=None, talent_email="new@x.example")
    assert nameless.invoice.collaboration is not None
    assert nameless.invoice.collaboration.talent is not None
    assert nameless.invoice.collaboration.talent.name == "new@x.example"


async def test_an_invoice_without_talent_or_title_has_no_collaboration(database: Database) -> None:
    alone = await save(database, "F-1", talent=None, talent_email=None, collaboration=None)
    assert alone.invoice.collaboration is None
    titled = await save(database, "F-2", talent=None, talent_email=None, collaboration="Salon")
    again = await save(database, "F-3", talent=None, talent_email=None, collaboration="salon")
    assert titled.invoice.collaboration_id == again.invoice.collaboration_id
    untitled = await save(database, "F-4", collaboration=" ")
    assert untitled.invoice.collaboration is not None
    assert untitled.invoice.collaboration.title == "F-4"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"number": "  "}, "number_empty"),
        ({"client": " "}, "client_name_empty"),
        ({"total_cents": 0}, "total_not_positive"),
        ({"total_cents": -5}, "total_not_positive"),
    ],
)
async def test_an_invoice_that_makes_no_sense_is_refused(
    database: Database, changes: dict[str, object], code: str
) -> None:
    with pytest.raises(InvoiceConflict) as caught:
        await save(database, **{"number": "F-1", **changes})  # type: ignore[arg-type]  # as the row says
    assert caught.value.code == code


async def test_the_same_invoice_from_several_sessions_is_one(database_url: str) -> None:
    databases = [open_database(database_url) for _ in range(3)]

    async def import_all(own: Database) -> list[str]:
        kinds = []
        for n in range(10):
            save_it = partial(save_invoice, new=an_invoice(f"F-{n}"), now=NOW)
            kinds.append((await own.run(save_it)).kind)
        return list(kinds)

    kinds = await asyncio.gather(*(import_all(own) for own in databases), return_exceptions=True)
    flat = [kind for result in kinds if isinstance(result, list) for kind in result]
    assert flat.count("created") == 10, kinds
    assert flat.count("unchanged") == 20
    for model, expected in ((Invoice, 10), (Client, 1), (Talent, 1), (Collaboration, 1)):
        assert await count(databases[0], model) == expected
    for own in databases:
        await own.close()
