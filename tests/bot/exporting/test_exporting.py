import csv
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from bot.context import Context
from bot.exporting import HEADINGS, write_export
from bot.exporting.neutral import neutral
from bot.exporting.rows import lettering
from bot.queries.periods import ALL, between
from bot.settings import FixedSettings
from qonto import QontoClient
from store.db.engine import Database
from store.queries.export import Group
from store.types import PaymentState
from tests.support.store_rows import NOW, add_invoice, add_payment, associate

HOSTILE = [
    '=HYPERLINK("https://evil.example")',
    "+33 1 23",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =1",
]


def context(database: Database) -> Context:
    settings = FixedSettings(database_url="sqlite+aiosqlite:///unused.db")
    bank: QontoClient = None  # type: ignore[assignment]  # an export never asks the bank
    return Context(settings, database, bank)


def name(_kind: str, actor: str) -> str:
    return f"Nom de {actor}"


async def exported(database: Database, folder: Path) -> tuple[list[dict[str, str]], list[dict[str, Any]]]:
    files = [folder / "e.csv", folder / "e.xlsx"]
    await write_export(context(database), ALL, files, name)
    with files[0].open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.DictReader(stream, delimiter=";"))
    sheet = load_workbook(files[1]).worksheets[0]
    rows = [dict(zip(HEADINGS, row, strict=True)) for row in sheet.iter_rows(min_row=2, values_only=True)]
    return lines, rows


async def test_every_line_says_who_when_and_how_much_and_numbers_stay_numbers(
    database: Database, tmp_path: Path
) -> None:
    async with database.write() as session:
        payment = await add_payment(session, amount_cents=160_000)
        invoice = await add_invoice(session)
        credit = await add_invoice(session, "AV-1", kind="credit_note", total_cents=20_000)
        await associate(session, payment.id, (invoice.id, 150_000), (credit.id, -20_000))
        (await add_payment(session, "t-2", amount_cents=999)).state = PaymentState.IGNORED
    lines, rows = await exported(database, tmp_path)
    assert [line["Affecté"] for line in lines] == ["1500,00", "-200,00", "300,00", "9,99"]
    assert (
        lines[0]
        | {
            "Date": "27/01/2026",
            "Montant": "1600,00",
            "Facture": "FACT-2026-042",
            "Talent": "Camille Dupré",
            "Décidé par": "Nom de U1",
            "Décidé le": "27/01/2026 14:05",
            "Lettrage": "a",
        }
        == lines[0]
    )
    assert rows[0]["Date"] == datetime(2026, 1, 27)  # noqa: DTZ001  # a sheet has days without a zone
    assert [row["Affecté"] for row in rows] == [1500, -200, 300, 9.99]
    assert (lines[3]["État"], lines[3]["Facture"], lines[3]["Lettrage"]) == ("Hors facturation", "", "")


async def test_no_cell_is_a_formula(database: Database, tmp_path: Path) -> None:
    async with database.write() as session:
        for rank, text in enumerate(HOSTILE):
            await add_payment(session, f"t-{rank}", reference=text, counterparty_name=text, label=text)
    lines, rows = await exported(database, tmp_path)
    texts = [line["Référence"] for line in lines] + [line["Payeur"] for line in lines]
    texts += [str(row["Libellé"]) for row in rows]
    assert len(texts) == 3 * len(HOSTILE)
    assert all(text.startswith("'") for text in texts)
    sheet = load_workbook(tmp_path / "e.xlsx").worksheets[0]
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


@given(st.text())
def test_a_text_never_begins_like_a_formula(text: str) -> None:
    assert not neutral(text).lstrip(" \n\u00a0").startswith(("=", "+", "-", "@", "\t", "\r", "\x00"))


async def test_a_period_takes_its_days_only(database: Database, tmp_path: Path) -> None:
    async with database.write() as session:
        await add_payment(session)
    file = tmp_path / "e.csv"
    day = NOW.date()
    assert (await write_export(context(database), between(day, day), [file], name)).payments == 1
    other = between(date(2026, 1, 1), date(2026, 1, 26))
    assert (await write_export(context(database), other, [file], name)).lines == 0


async def test_another_kind_of_file_is_refused(database: Database, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no export"):
        await write_export(context(database), ALL, [tmp_path / "e.ods"], name)


async def test_payments_tied_by_an_invoice_share_their_letters(database: Database, tmp_path: Path) -> None:
    async with database.write() as session:
        one = await add_payment(session, "t-1", amount_cents=100_000)
        two = await add_payment(session, "t-2", amount_cents=50_000)
        three = await add_payment(session, "t-3", amount_cents=150_000)
        shared = await add_invoice(session)
        alone = await add_invoice(session, "F-2")
        for payment, invoice, cents in (
            (one, shared, 100_000),
            (two, shared, 50_000),
            (three, alone, 150_000),
        ):
            await associate(session, payment.id, (invoice.id, cents))
    lines, _ = await exported(database, tmp_path)
    assert [line["Lettrage"] for line in lines] == ["A", "A", "C"]


@pytest.mark.parametrize(("number", "letters"), [(1, "A"), (26, "Z"), (27, "AA"), (703, "AAA")])
def test_letters_count_like_columns(number: int, letters: str) -> None:
    assert lettering(Group(number, is_balanced=True)) == letters
    assert lettering(Group(number, is_balanced=False)) == letters.lower()
