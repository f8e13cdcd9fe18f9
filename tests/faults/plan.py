"""What one seed makes happen: people's actions, the world's faults, where our process breaks. Pure."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.agency import scenarios
from sandbox.faults import Fault, Kind

MAUD, NORA, HUGO = "U0MAUD", "U0NORA", "U0HUGO"
ADMINS = frozenset({MAUD, NORA})
BUTTONS = ("Associer", "Associer", "Associer", "Annuler l’association", "Pas un paiement client",
           "Remettre à rapprocher", "Associer et solder", "Associer en partiel", "Associer les 3",
           "Aucune de ces factures")  # fmt: skip
# What two people may disagree about: the same, another invoice, another answer.
PAIRS = (("Associer", "Associer"), ("Associer", "Aucune de ces factures"), ("Associer", "Pas un paiement client"),
         ("Aucune de ces factures", "Associer"))  # fmt: skip

SLACK_CALLS = ("slack:chat.postMessage", "slack:chat.update", "slack:conversations.open",
               "slack:conversations.history", "slack:users.lookupByEmail", "slack:*")  # fmt: skip
BANK_CALLS = ("bank:GET /v2/transactions/*", "bank:GET /v2/transactions", "bank:GET /v2/bank_accounts")
POINTS = ("commit.before", "commit.after", "send.before", "send.after")
# Asyncio's names of who commits: a request (a click, an order of the API), the inbox's writer, the worker.
TASKS = ("*", "Task-*", "Task-*", "inbox-writer", "worker:inbox", "worker:matching", "worker:messages")


@dataclass(frozen=True)
class Step:
    """One thing that happens; ``what`` names it, ``how`` holds its choices."""

    what: str
    how: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """Everything one seed decides, before anything runs: the same seed is the same plan."""

    seed: int
    steps: tuple[Step, ...]
    points: tuple[str, ...]


def make_plan(seed: int, steps: int) -> Plan:
    """Draw a plan: each start of the process takes the next of ``points`` until they are used up."""
    dice = random.Random(seed)
    drawn = [_step(dice) for _ in range(steps)]
    # Every plan pays, decides and collides at least once, so that no seed is idle.
    fixed = [Step("pay", _payment(dice, "numero-exact")), Step("pay", _payment(dice, "montant-exact"))]
    both = [Step("two_admins", {**_two(dice), "card": 0})]
    middle = len(drawn) // 2
    points = tuple(_point(dice) for _ in range(dice.randint(2, 4)))
    early, late = (both, []) if dice.random() < 0.5 else ([], both)
    return Plan(seed, (*fixed, *early, *drawn[:middle], *late, *drawn[middle:]), points)


def _step(dice: random.Random) -> Step:
    weights = {"pay": 18, "click": 22, "two_admins": 8, "outsider": 4, "change": 6, "redeliver": 6, "sync": 6,
               "import": 2, "slack_fault": 12, "bank_fault": 8, "kill": 6, "terminate": 2, "kick": 1,
               "delete_card": 2, "old_button": 4, "pause": 6}  # fmt: skip
    what = dice.choices(list(weights), list(weights.values()))[0]
    choose = _CHOICES.get(what)
    return Step(what, choose(dice) if choose else {})


def _payment(dice: random.Random, scenario: str | None = None) -> dict[str, Any]:
    names = [one.id for one in scenarios()]
    return {
        "scenario": scenario or dice.choice(names),
        "deliver": dice.random() > 0.15,
        "copies": dice.choice((1, 1, 2, 4)),
    }


def _click(dice: random.Random) -> dict[str, Any]:
    who = dice.choice((MAUD, MAUD, NORA))
    return {"card": dice.randrange(8), "button": dice.choice(BUTTONS), "who": who, "rank": dice.randrange(3)}


def _two(dice: random.Random) -> dict[str, Any]:
    gap = dice.choice((0.0, 0.0, 0.05))
    return {"card": dice.randrange(8), "buttons": dice.choice(PAIRS), "rank": dice.randrange(2), "gap": gap}


def _change(dice: random.Random) -> dict[str, Any]:
    field_and_value = dice.choice(
        (
            {"status": "declined"},
            {"amount_cents": 12_345},
            {"reference": "FACT-2026-043"},
            {"label": "<!channel>"},
        )
    )
    return {"movement": dice.randrange(8), "fields": field_and_value, "deliver": dice.random() > 0.3}


def _slack_fault(dice: random.Random) -> dict[str, Any]:
    kinds: tuple[Kind, ...] = ("reset", "reset_after", "reset_after", "status", "html", "delay", "error")
    limited = dice.random() < 0.15
    kind: Kind = "status" if limited else dice.choice(kinds)
    fault = Fault(
        dice.choice(SLACK_CALLS),
        kind,
        times=dice.choice((1, 1, 2, 3)),
        skip=dice.choice((0, 0, 1, 2)),
        status=429 if limited else dice.choice((500, 503)),
        retry_after=1 if limited else None,
        delay_ms=dice.choice((50, 300)),
        error=dice.choice(("internal_error", "fatal_error", "some_new_error", "ratelimited")),
    )
    return {"fault": fault}


def _bank_fault(dice: random.Random) -> dict[str, Any]:
    kinds: tuple[Kind, ...] = ("reset", "status", "truncate", "html", "delay")
    kind = dice.choice(kinds)
    return {
        "fault": Fault(dice.choice(BANK_CALLS), kind, times=dice.choice((1, 3, 8)), delay_ms=200, status=503)
    }


def _point(dice: random.Random) -> str:
    """Draw a place that this start will reach soon, and what happens there."""
    if dice.random() < 0.12:
        # The feared case, drawn more often: a decision is committed and nobody is told.
        return f"commit.after:Task-*@{dice.randint(1, 3)}=raise"
    where = dice.choice(POINTS)
    task = dice.choice(TASKS) if where.startswith("commit") else "*"
    nth = dice.randint(1, 8 if task == "*" else 2)
    action = dice.choice(("crash", "crash", "raise", "raise", f"delay:{dice.choice((50, 400))}"))
    return f"{where}:{task}@{nth}={action}"


_CHOICES: dict[str, Callable[[random.Random], dict[str, Any]]] = {
    "pay": _payment,
    "click": _click,
    "two_admins": _two,
    "outsider": lambda dice: {**_click(dice), "who": HUGO},
    "change": _change,
    "redeliver": lambda dice: {"delivery": dice.randrange(12)},
    "slack_fault": _slack_fault,
    "bank_fault": _bank_fault,
    "delete_card": lambda dice: {"card": dice.randrange(8)},
    "old_button": lambda dice: {"click": dice.randrange(12)},
    "pause": lambda dice: {"seconds": dice.choice((0.05, 0.2, 0.6))},
}
