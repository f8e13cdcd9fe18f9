"""The example agency holds together."""

import csv
from datetime import date
from pathlib import Path

import pytest
from stdnum import iban

from sandbox import agency

TODAY = date(2026, 1, 27)


def invoices(path: Path) -> list[dict[str, str]]:
    agency.write_invoices_csv(path, TODAY)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def test_every_payer_has_an_iban_with_valid_check_digits() -> None:
    ibans = [payer.iban for payer in agency.payers()]
    assert all(iban.is_valid(value) for value in ibans)
    assert len(set(ibans)) == len(ibans)


def test_the_invoices_have_the_headings_of_the_import(tmp_path: Path) -> None:
    rows = invoices(tmp_path / "factures.csv")
    headings = (
        "number,client,client_email,talent,talent_email,collaboration,total,currency,issue_date,due_date"
    )
    assert list(rows[0]) == headings.split(",")
    assert len(rows) == 14
    assert len({row["number"] for row in rows}) == 14
    assert rows[2]["total"] == "1500,00"


def test_some_invoices_are_overdue_and_none_is_due_before_it_was_issued(tmp_path: Path) -> None:
    rows = invoices(tmp_path / "factures.csv")
    overdue = [row["number"] for row in rows if date.fromisoformat(row["due_date"]) < TODAY]
    assert overdue == ["FACT-2026-031", "FACT-2026-049", "FACT-2026-051"]
    assert all(row["issue_date"] < row["due_date"] for row in rows)
    assert all(date.fromisoformat(row["issue_date"]) <= TODAY for row in rows)


def test_the_scenarios_fit_the_invoices(tmp_path: Path) -> None:
    cents = {row["number"][-3:]: int(row["total"].replace(",", "")) for row in invoices(tmp_path / "f.csv")}
    amounts = {item.id: item.amount_cents for item in agency.scenarios()}
    assert amounts["numero-exact"] == amounts["deja-payee"] == cents["042"]
    assert amounts["montant-exact"] == cents["048"]
    assert list(cents.values()).count(cents["048"]) == 1
    assert amounts["meme-montant"] == cents["031"] == cents["038"]
    assert amounts["groupe"] == cents["044"] + cents["045"] + cents["046"]
    assert 0 < amounts["partiel"] < cents["047"]
    assert amounts["numero-mal-tape"] == cents["049"]
    assert amounts["payeur-tiers"] == cents["050"]
    assert amounts["payeur-inconnu"] not in cents.values()
    assert amounts["remboursement-tva"] not in cents.values()


def test_a_scenario_is_found_by_its_id() -> None:
    assert agency.scenario("partiel").payment() == {
        "amount_cents": 100000,
        "payer_name": "VELOS PIMPRENELLE",
        "payer_iban": "FR7630024004490002005275061",
        "reference": "ACOMPTE FACT-2026-047",
    }
    with pytest.raises(KeyError):
        agency.scenario("inconnu")


def test_two_talents_are_in_the_workspace_by_their_e_mail_one_by_another_and_one_not(tmp_path: Path) -> None:
    talents = {row["talent"]: row["talent_email"] for row in invoices(tmp_path / "f.csv")}
    members = {person.real_name: person.email for person in agency.people()}
    assert {name for name, email in talents.items() if members.get(name) == email} == {
        "Camille Durand",
        "Jules Moreau",
    }
    assert {name for name, email in talents.items() if members.get(name, email) != email} == {"Inès Benali"}
    assert {name for name in talents if name not in members} == {"Théo Garnier"}
