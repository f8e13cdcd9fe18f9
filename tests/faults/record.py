"""What the driver of a seed saw: the checks compare the service with this, never with its own word."""

from collections import Counter
from dataclasses import dataclass, field

from sandbox.faults import Fault, Faults


class CountedFaults(Faults):
    """The planned faults, and how many of each kind really happened."""

    def __init__(self) -> None:
        super().__init__()
        self.happened: Counter[str] = Counter()

    def take(self, name: str) -> Fault | None:
        fault = super().take(name)
        if fault is not None:
            self.happened[f"{name.partition(':')[0]} {fault.kind}"] += 1
        return fault


@dataclass(frozen=True)
class Click:
    """What somebody clicked, and whether Slack was answered."""

    who: str
    action_id: str
    value: str
    acknowledged: bool


@dataclass
class Record:
    """Every click, every message somebody deleted, what was counted and what was seen to happen."""

    clicks: list[Click] = field(default_factory=list)
    deleted: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    sometimes: set[str] = field(default_factory=set)


@dataclass
class Outcome:
    """What became of one seed."""

    seed: int
    problems: list[str]
    counts: Counter[str]
    sometimes: set[str]
    seconds: float
