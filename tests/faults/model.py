"""A model of the books so small that it is right by reading: fold decisions, keep sums."""

from collections import defaultdict
from typing import Any

Row = dict[str, Any]
WAITING = {"unmatched", "proposed"}


class Books:
    """Payments and invoices as dictionaries of integers; ``problems`` are decisions that cannot be."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self._amounts: dict[int, int] = {}
        self._aside: dict[int, bool] = defaultdict(bool)
        self._given: dict[int, int] = defaultdict(int)
        self._totals: dict[int, tuple[int, int]] = {}
        self._settled: dict[int, int] = defaultdict(int)
        self._live: dict[int, list[Row]] = {}

    def invoice(self, number: int, total: int, *, credit: bool) -> None:
        self._totals[number] = (total, -1 if credit else 1)

    def payment(self, number: int, amount: int) -> None:
        self._amounts[number] = amount

    def decide(self, decision: Row, parts: list[Row]) -> None:
        payment = decision["transaction_id"]
        if decision["kind"] == "ignore":
            self._aside[payment] = True
        elif decision["kind"] == "restore":
            self._aside[payment] = False
        elif decision["kind"] == "associate":
            self._live[decision["id"]] = parts
            self._apply(payment, parts, 1)
        elif decision["reverses_id"] not in self._live:
            self.problems.append(f"decision {decision['id']} undoes what does not stand")
        else:
            self._apply(payment, self._live.pop(decision["reverses_id"]), -1)

    def _apply(self, payment: int, parts: list[Row], way: int) -> None:
        for part in parts:
            total, sense = self._totals[part["invoice_id"]]
            self._given[payment] += way * part["amount_cents"]
            self._settled[part["invoice_id"]] += way * (
                sense * part["amount_cents"] + part["write_off_cents"]
            )
            if not 0 <= self._settled[part["invoice_id"]] <= total:
                self.problems.append(f"invoice {part['invoice_id']} settled beyond its total")
        if self._given[payment] < 0:
            self.problems.append(f"payment {payment} gave less than nothing")

    def compare_payment(self, row: Row) -> list[str]:
        given, amount = self._given[row["id"]], self._amounts.get(row["id"], 0)
        if row["state"] is None:
            return []
        if given > amount:
            return [f"A3 payment {row['id']} spent beyond its amount"]
        if given:
            expected = {"allocated"} if given == amount else {"partly_allocated"}
        elif self._aside[row["id"]] or row["bank_problem"] == "withdrawn":
            expected = {"ignored"}
        else:
            expected = WAITING
        if row["state"] in expected and row["allocated_cents"] == given:
            return []
        return [f"A3 payment {row['id']}: model {sorted(expected)} {given}, table {row['state']}"]

    def compare_invoice(self, row: Row) -> list[str]:
        total, _ = self._totals[row["id"]]
        settled = self._settled[row["id"]]
        expected = "open" if not settled else "paid" if settled == total else "partly_paid"
        if row["status"] in {expected, "cancelled"}:
            return []
        return [f"A3 invoice {row['id']}: model {expected}, table {row['status']}"]
