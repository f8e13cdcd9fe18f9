"""The example agency: its people, its invoices, and clients ready to pay. Everything here is invented."""

import csv
import json
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

EXAMPLE = Path(__file__).parent / "example"

TEAM_NAME = "Atelier Talents"
FINANCE_CHANNEL = "C0PAIEMENTS"
GENERAL_CHANNEL = "C0GENERAL"
ADMIN = "U0MAUD"
ADMIN_GROUP = "S0FINANCE"
ADMIN_GROUP_HANDLE = "finance"
ADMIN_GROUP_MEMBERS = ("U0NORA",)
FINANCE_MEMBERS = ("U0MAUD", "U0NORA", "U0HUGO")

# Obviously fake, and only ever known to the stand-ins of this machine.
SLACK_BOT_TOKEN = "xoxb-exemple-faux-jeton"  # noqa: S105 - invented, for the stand-in only
SLACK_SIGNING_SECRET = "exemple-faux-secret-de-signature"  # noqa: S105 - invented, for the stand-in only
QONTO_API_KEY = "atelier-talents-0000:exemple-fausse-cle"
QONTO_WEBHOOK_SECRET = "exemple-faux-secret-de-webhook-de-la-banque"  # noqa: S105 - invented, for the stand-in only
API_TOKEN = "exemple-faux-jeton-api"  # noqa: S105 - invented, for the stand-in only


@dataclass(frozen=True)
class Person:
    """A member of the agency's workspace; the title says what the page shows beside the name."""

    id: str
    name: str
    real_name: str
    title: str
    email: str
    is_guest: bool = False


@dataclass(frozen=True)
class Payer:
    """Someone who sends transfers, as the bank names them; the IBAN has valid check digits."""

    name: str
    iban: str


@dataclass(frozen=True)
class Scenario:
    """A transfer ready to be sent, with what makes it interesting (French)."""

    id: str
    title: str
    explanation: str
    amount_cents: int
    payer: Payer
    reference: str

    def payment(self) -> dict[str, Any]:
        """Return the body the stand-in bank takes at `/bank/sandbox/pay`."""
        return {
            "amount_cents": self.amount_cents,
            "payer_name": self.payer.name,
            "payer_iban": self.payer.iban,
            "reference": self.reference,
        }


def people() -> tuple[Person, ...]:
    """Return the workspace's members.

    Camille and Jules are talents found by their e-mail, Inès is here under another address, and
    the fourth talent, Théo, has no account at all.
    """
    return tuple(Person(**item) for item in _read("people.json"))


def payers() -> tuple[Payer, ...]:
    """Return everyone who may pay."""
    return tuple(Payer(**item) for item in _read("payers.json"))


def scenarios() -> tuple[Scenario, ...]:
    """Return the ready transfers, simplest first."""
    known = {payer.name: payer for payer in payers()}
    return tuple(Scenario(**item | {"payer": known[item["payer"]]}) for item in _read("scenarios.json"))


def scenario(scenario_id: str) -> Scenario:
    """Return one ready transfer; KeyError when there is none of this id."""
    found = {item.id: item for item in scenarios()}
    return found[scenario_id]


def write_invoices_csv(path: Path, today: date) -> None:
    """Write the agency's invoices in the import format, dated around `today` so that some are overdue."""
    with (EXAMPLE / "factures.csv").open(encoding="utf-8", newline="") as source:
        rows = [_dated(row, today) for row in csv.DictReader(source, delimiter=";")]
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, fieldnames=list(rows[0]), delimiter=";")
        writer.writeheader()
        writer.writerows(rows)


def _dated(row: dict[str, str], today: date) -> dict[str, str]:
    issued = today - timedelta(days=int(row.pop("issued_days_ago")))
    due = today + timedelta(days=int(row.pop("due_in_days")))
    return row | {"issue_date": issued.isoformat(), "due_date": due.isoformat()}


@cache
def _read(name: str) -> tuple[dict[str, Any], ...]:
    return tuple(json.loads((EXAMPLE / name).read_text(encoding="utf-8")))
