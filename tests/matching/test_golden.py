"""Hand-written cases, reviewed one by one: golden/clients.csv, invoices.csv, payments.csv (contract of the backtest).

payments.csv adds what must come out: outcome, codes that must be among the reasons, codes that must be among the doubts.
"""

import csv
import io
from pathlib import Path

import pytest

from bot.suggestions.backtest.reading import PastPaymentRow, read_history
from matching import MemoryIndex, match

GOLDEN = Path(__file__).parent / "golden"
HISTORY = read_history(GOLDEN)
WANTED = {
    row["payment_id"]: row
    for row in csv.DictReader(
        io.StringIO((GOLDEN / "payments.csv").read_text(encoding="utf-8"), newline=""), delimiter=";"
    )
}


@pytest.fixture(scope="module")
def index() -> MemoryIndex:
    return HISTORY.index()


def test_there_are_at_least_150_cases() -> None:
    assert len(HISTORY.rows) >= 150


@pytest.mark.parametrize("row", HISTORY.rows, ids=lambda row: row.payment_id)
def test_a_golden_case_holds(row: PastPaymentRow, index: MemoryIndex) -> None:
    wanted = WANTED[row.payment_id]
    outcome = match(row.payment, index)
    best = outcome.proposals[0] if outcome.proposals else None
    assert (best.allocations if best else ()) == row.expected
    assert outcome.kind == wanted["outcome"]
    assert (
        _codes(wanted["reasons"]) <= {reason.code for reason in best.reasons}
        if best
        else not wanted["reasons"]
    )
    assert _codes(wanted["flags"]) <= {flag.code for flag in outcome.flags}


def _codes(text: str) -> set[str]:
    return set(text.split("|")) - {""}
