"""Reading the three files, and saying what is wrong with them."""

from datetime import date
from pathlib import Path

import pytest

from bot.suggestions.backtest import BacktestUnreadableError
from bot.suggestions.backtest.reading import cents, read_history
from matching import Allocation, InvoiceId, InvoiceKind, InvoiceStatus, Side

CLIENTS = "client_id,name,aliases,ibans\nC1,NIKE France,NIKE|NIKE RETAIL,FR31 9458 0730 2157 3681 9303 642\n"
INVOICES = (
    "number,client_id,currency,total,open,issue_date,due_date,status,kind,net_total,creditor_reference,other_references\n"
    "F-1,C1,eur,1500.00,1500.00,2026-01-01,2026-01-31,open,,1250.00,RF18539007547034,PO-1234|X\n"
    "F-2,C1,EUR,900.00,300.00,,2026-01-31,open,invoice,,,\n"
    "AV-3,C1,EUR,100.00,,,2026-01-31,paid,credit_note,,,\n"
)
PAYMENTS = (
    "payment_id,currency,amount,settled_on,payer_name,payer_iban,text,side,expected\n"
    'P1,EUR,"1 400,00",2026-02-01,NIKE,fr3194580730215736819303642,"facture\nF-1",credit,F-1:1500.00|AV-3:-100.00\n'
    "P2,EUR,5.00,2026-02-01,,,x,debit,none\n"
    "P3,EUR,5.00,2026-02-01,,,x,,\n"
)


def files(
    directory: Path, clients: str = CLIENTS, invoices: str = INVOICES, payments: str = PAYMENTS
) -> Path:
    for name, text in (("clients", clients), ("invoices", invoices), ("payments", payments)):
        (directory / f"{name}.csv").write_text(text, encoding="utf-8")
    return directory


def test_the_three_files_become_values(tmp_path: Path) -> None:
    history = read_history(files(tmp_path))
    first, second, note = history.invoices
    assert history.clients[0].aliases == ("NIKE", "NIKE RETAIL")
    assert list(history.memory.ibans) == ["FR3194580730215736819303642"]
    assert (first.currency, first.net_cents, first.references) == (
        "EUR",
        125_000,
        ("RF18539007547034", "PO-1234", "X"),
    )
    assert first.due_date == date(2026, 1, 31)
    assert (second.status, second.open_cents, second.issue_date) == (InvoiceStatus.PARTLY_PAID, 30_000, None)
    assert (note.kind, note.open_cents) == (InvoiceKind.CREDIT_NOTE, 0)


def test_payments_keep_their_text_and_their_answer(tmp_path: Path) -> None:
    first, second, third = read_history(files(tmp_path)).rows
    assert (first.payment_id, first.payment.amount_cents, first.payment.text) == (
        "P1",
        140_000,
        "facture\nF-1",
    )
    assert first.payment.payer_iban == "FR3194580730215736819303642"
    assert {one.amount_cents for one in first.expected or ()} == {150_000, -10_000}
    assert (second.payment.side, second.expected) == (Side.DEBIT, ())
    assert third.expected is None


def test_semicolons_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    directory = files(tmp_path, clients="\ufeffclient_id;name\nC1;NIKE, France\n")
    assert read_history(directory).clients[0].name == "NIKE, France"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"clients": "name\nNIKE\n"}, "clients.csv\u00a0: colonnes manquantes\u00a0: client_id."),
        (
            {"invoices": INVOICES.replace("F-2,C1", "F-2,C9")},
            "invoices.csv, ligne 3\u00a0: «\u00a0C9\u00a0» est inconnu.",
        ),
        (
            {"invoices": INVOICES.replace("900.00", "beaucoup")},
            "montant illisible\u00a0: «\u00a0beaucoup\u00a0».",
        ),
        ({"invoices": INVOICES.replace("2026-01-31,open,inv", "31/01/2026,open,inv")}, "date illisible"),
        ({"invoices": INVOICES.replace(",paid,", ",soldee,")}, "invoices.csv, ligne 4"),
        ({"payments": PAYMENTS.replace("F-1:1500.00", "F-9:1500.00")}, "«\u00a0F-9\u00a0» est inconnu."),
        ({"payments": PAYMENTS.replace("P2,EUR,5.00", "P2,EUR,0.00")}, "payments.csv, ligne 4"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, changed: dict[str, str], says: str) -> None:
    with pytest.raises(BacktestUnreadableError, match=says.replace("(", r"\(")):
        read_history(files(tmp_path, **changed))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BacktestUnreadableError, match=r"clients\.csv.*absent ou illisible"):
        read_history(tmp_path)


@pytest.mark.parametrize(
    ("text", "value"), [("1500.00", 150_000), ("1\u202f500,5", 150_050), ("-12", -1_200)]
)
def test_amounts_become_whole_cents(text: str, value: int) -> None:
    assert cents(text) == value


@pytest.mark.parametrize("text", ["", "1.005", "NaN", "1,2,3"])
def test_an_amount_finer_than_a_cent_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="montant illisible"):
        cents(text)


def test_an_allocation_of_a_known_number_is_expected(tmp_path: Path) -> None:
    expected = read_history(files(tmp_path)).rows[0].expected
    assert expected is not None
    assert expected[0] == Allocation(InvoiceId(2), 150_000)
