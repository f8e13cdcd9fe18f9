"""What the matcher saw of a payment when it suggested, kept until a person decides: the fit learns from both.

Logged at suggestion time, because invoices, payers and open amounts are others by the time of a refit.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from matching.engine import Weighed
from matching.evidence import Evidence
from matching.values import Allocation, InvoiceId

Vector = Mapping[str, float]

_DECIMALS = 4


@dataclass(frozen=True, slots=True)
class Decision:
    """One decided payment: the evidence vector of every hypothesis, *none* last, and which one was right."""

    options: tuple[Vector, ...]
    chosen: int


@dataclass(frozen=True, slots=True)
class Weighing:
    """Every hypothesis of a payment with its evidence, best first, and that of *none*."""

    hypotheses: tuple[tuple[tuple[Allocation, ...], Vector], ...]
    none: Vector

    def decision(self, right: Iterable[Allocation]) -> Decision:
        """What a person's answer teaches; one that was not among the hypotheses counts as *none*."""
        answer = _in_order(right)
        places = [
            place for place, (some, _) in enumerate(self.hypotheses) if answer and _in_order(some) == answer
        ]
        options = (*(vector for _, vector in self.hypotheses), self.none)
        return Decision(options, places[0] if places else len(self.hypotheses))


def weighing_of(weighed: Weighed) -> Weighing:
    """What to keep of a weighing."""
    hypotheses = tuple((draft.allocations, _vector(evidence)) for draft, evidence, _ in weighed.ranked)
    return Weighing(hypotheses, _vector(weighed.none_evidence))


def weighing_to_json(weighing: Weighing) -> str:
    """One line of the log."""
    hypotheses = [
        [[[one.invoice_id, one.amount_cents] for one in some], dict(vector)]
        for some, vector in weighing.hypotheses
    ]
    return json.dumps({"hypotheses": hypotheses, "none": dict(weighing.none)}, separators=(",", ":"))


def weighing_from_json(line: str) -> Weighing:
    """Read a line of the log back."""
    body = json.loads(line)
    hypotheses = tuple(
        (tuple(Allocation(InvoiceId(invoice_id), cents) for invoice_id, cents in some), vector)
        for some, vector in body["hypotheses"]
    )
    return Weighing(hypotheses, body["none"])


def _vector(evidence: Iterable[Evidence]) -> Vector:
    return {one.code: round(one.value, _DECIMALS) for one in evidence}


def _in_order(allocations: Iterable[Allocation]) -> list[tuple[int, int]]:
    return sorted((one.invoice_id, one.amount_cents) for one in allocations)
