from typing import Any

import pytest

from bot.context import Context
from store.books import audit
from store.db.engine import Database
from tests.bot.web.support import Api, receive

WHOLE = {
    "client": "NIKE",
    "client_email": "compta@nike.example",
    "talent": "Camille D.",
    "talent_email": "camille@agence.example",
    "collaboration": "Campagne printemps",
    "total": "1500.00",
    "currency": "EUR",
    "issue_date": "2026-01-02",
    "due_date": "2026-01-30",
    "kind": "invoice",
    "language": "fr",
}


async def test_an_invoice_is_created_once_and_given_again_changes_nothing(api: Api) -> None:
    created = await api.put("/api/invoices/FACT-2026-042", WHOLE)
    assert created.status_code == 201
    assert created.json() == {
        "number": "FACT-2026-042",
        "kind": "invoice",
        "status": "open",
        "client": "NIKE",
        "client_email": "compta@nike.example",
        "talent": "Camille D.",
        "talent_email": "camille@agence.example",
        "collaboration": {"title": "Campagne printemps", "talent": "Camille D.", "status": "open"},
        "total": "1500.00",
        "open": "1500.00",
        "currency": "EUR",
        "issue_date": "2026-01-02",
        "due_date": "2026-01-30",
        "paid_at": None,
        "language": "fr",
    }
    again = await api.put("/api/invoices/FACT-2026-042", WHOLE)
    assert (again.status_code, again.json()) == (200, created.json())


async def test_a_change_is_saved_and_audited(api: Api, database: Database) -> None:
    await api.put_invoice("F-1")
    changed = await api.put_invoice("F-1", total="12.5", due_date="2026-02-28")
    assert (changed.status_code, changed.json()["total"], changed.json()["open"]) == (200, "12.50", "12.50")
    async with database.read() as session:
        assert await audit.check_chain(session) == []


@pytest.mark.parametrize("number", ["F%2F2026%2F42", "F 42", "Fé°42", "%3Cscript%3E"])
async def test_a_number_may_hold_any_printable_sign(api: Api, number: str) -> None:
    assert (await api.put_invoice(number)).status_code == 201


@pytest.mark.parametrize("number", ["%20", "F%0A1", "F" * 256])
async def test_a_number_that_nobody_could_read_is_refused(api: Api, number: str) -> None:
    answer = await api.put_invoice(number)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_payments_that_contradict_a_change_refuse_it(api: Api, ctx: Context) -> None:
    await api.put_invoice("F-1")
    await receive(ctx.database)
    await api.post("/api/qonto/associate", {"transaction_id": "t-1", "invoice": "F-1"})
    refused = await api.put_invoice("F-1", total="1600.00")
    assert refused.status_code == 409
    assert refused.json()["error"] == "conflict"
    assert "paiements" in refused.json()["message"]
    assert (await api.put_invoice("F-1")).status_code == 200


async def test_an_email_that_belongs_to_somebody_else_is_a_conflict(api: Api) -> None:
    await api.put_invoice("F-1", talent="Camille", talent_email="c@agence.example")
    refused = await api.put_invoice("F-2", talent="Hugo", talent_email="c@agence.example")
    assert (refused.status_code, refused.json()["error"]) == (409, "conflict")


async def test_invoices_are_listed_by_state_search_and_page(api: Api, ctx: Context) -> None:
    for index in range(1, 6):
        await api.put_invoice(
            f"F-{index}", due_date=f"2026-01-0{index}", client="ACME" if index == 5 else "NIKE"
        )
    await receive(ctx.database)
    await api.post("/api/qonto/associate", {"transaction_id": "t-1", "invoice": "F-1"})
    paid = (await api.get("/api/invoices", state="paid")).json()["invoices"]
    assert [(one["number"], one["status"], one["open"]) for one in paid] == [("F-1", "paid", "0.00")]
    assert [one["number"] for one in (await api.get("/api/invoices", q="acme")).json()["invoices"]] == ["F-5"]
    assert (await api.get("/api/invoices", q="100%_")).json()["invoices"] == []
    first = (await api.get("/api/invoices", limit=3)).json()
    rest = (await api.get("/api/invoices", limit=3, after=first["next"])).json()
    assert [one["number"] for one in first["invoices"] + rest["invoices"]] == [
        "F-5",
        "F-4",
        "F-3",
        "F-2",
        "F-1",
    ]
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"total": 1500}, "total : texte attendu"),
        ({"total": 1500.5}, "total : texte attendu"),
        ({"total": True}, "total : texte attendu"),
        ({"total": "1500,00"}, "total : format inattendu"),
        ({"total": "1500.001"}, "total : format inattendu"),
        ({"total": "1e3"}, "total : format inattendu"),
        ({"total": "١٥"}, "total : format inattendu"),
        ({"total": "10\n"}, "total : format inattendu"),
        ({"total": "99999999999999"}, "total : montant hors limites"),
        ({"total": "0.00"}, "total : montant supérieur à zéro attendu"),
        ({"total": "-5.00"}, "total : montant supérieur à zéro attendu"),
        ({"due_date": "30/01/2026"}, "due_date : date AAAA-MM-JJ attendue"),
        ({"due_date": "2026-02-30"}, "due_date : date AAAA-MM-JJ attendue"),
        ({"due_date": "1769472000"}, "due_date : date AAAA-MM-JJ attendue"),
        ({"due_date": 1769472000}, "due_date : date AAAA-MM-JJ attendue"),
        ({"due_date": None}, "due_date : date AAAA-MM-JJ attendue"),
        ({"client": ""}, "client : texte trop court"),
        ({"client": "   "}, "client : texte vide"),
        ({"client": "x" * 256}, "client : texte trop long (255 caractères au plus)"),
        ({"client": "a\x00b"}, "client : caractère de contrôle"),
        ({"client": ["NIKE"]}, "client : texte attendu"),
        ({"client_email": "pas une adresse"}, "client_email : format inattendu"),
        ({"currency": "eur"}, "currency : format inattendu"),
        ({"kind": "devis"}, "kind : valeurs possibles : invoice, credit_note"),
        ({"language": "de"}, "language : valeurs possibles : fr, en"),
        ({"settled_cents": 5}, "settled_cents : champ inconnu"),
        ({"id": 1}, "id : champ inconnu"),
    ],
)
async def test_a_wrong_field_is_named_in_french(api: Api, changes: dict[str, Any], message: str) -> None:
    answer = await api.put_invoice("F-1", **changes)
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_request"
    assert answer.json()["message"] == message


async def test_every_missing_field_is_named(api: Api) -> None:
    answer = await api.put("/api/invoices/F-1", {})
    assert answer.json()["message"] == (
        "client : champ obligatoire ; total : champ obligatoire ; due_date : champ obligatoire"
    )
