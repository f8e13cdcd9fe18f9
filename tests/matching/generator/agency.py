"""An invented agency, and what every payment of it is made of."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

from stdnum.iso7064 import mod_97_10

from matching import (
    Allocation,
    Client,
    ClientId,
    Invoice,
    InvoiceId,
    InvoiceKind,
    Link,
    Memory,
    MemoryIndex,
    Payment,
    PaymentId,
)
from tests.matching.generator.noise import spoil
from tests.matching.generator.vocabulary import AGENCIES, OPENERS, STRANGERS, TAILS

TODAY = date(2026, 6, 15)
FEES = [
    300,
    450,
    500,
    600,
    750,
    800,
    1000,
    1200,
    1500,
    1800,
    2000,
    2500,
    3000,
    3500,
    4000,
    5000,
    6000,
    8000,
    10000,
]


@dataclass(frozen=True, slots=True)
class Truth:
    """A payment and its right answer; no allocation means *none of these*."""

    payment: Payment
    expected: tuple[Allocation, ...]
    shape: str
    noise: str = ""
    hidden: bool = False


@dataclass
class World:
    clients: list[Client]
    invoices: list[Invoice]
    memory: Memory
    truths: list[Truth]
    rng: random.Random
    scheme: str
    ibans: dict[ClientId, str]
    payer_names: dict[ClientId, str]
    used: set[InvoiceId] = field(default_factory=set)

    def index(self) -> MemoryIndex:
        return MemoryIndex(self.invoices, self.clients, self.memory)


def french_iban(rng: random.Random, country: str = "FR") -> str:
    body = "".join(rng.choice("0123456789") for _ in range(23 if country == "FR" else 18))
    return country + mod_97_10.calc_check_digits(body + country) + body


def net_cents(rng: random.Random) -> int:
    chance = rng.random()
    if chance < 0.6:
        return rng.choice(FEES) * 100
    if chance < 0.85:
        return rng.randrange(20, 900) * 1000
    return rng.randrange(20_000, 900_000)


def free_invoices(world: World, client_id: ClientId | None = None, *, fresh: bool = False) -> list[Invoice]:
    return [
        one for one in world.invoices
        if one.is_open and one.currency == "EUR" and one.kind is InvoiceKind.INVOICE and one.id not in world.used
        and (client_id is None or one.client_id == client_id) and (not fresh or one.open_cents == one.total_cents)
    ]  # fmt: skip


def pick(world: World, *, fresh: bool = False) -> Invoice | None:
    """People pay what is oldest first, mostly: among equals of one client the oldest is meant four times in five."""
    free = free_invoices(world, fresh=fresh)
    if not free:
        return None
    invoice = world.rng.choice(free)
    equals = [
        one for one in free if one.client_id == invoice.client_id and one.open_cents == invoice.open_cents
    ]
    return min(equals, key=lambda one: (one.due_date, one.id)) if world.rng.random() < 0.8 else invoice


def pick_several(world: World, sizes: tuple[int, ...]) -> list[Invoice]:
    first = pick(world)
    if first is None:
        return []
    free = [one for one in free_invoices(world, first.client_id) if one.id != first.id]
    size = world.rng.choice(sizes)
    return [first, *world.rng.sample(free, size - 1)] if len(free) >= size - 1 else []


def a_transfer(world: World, client_id: ClientId | None, cents: int, text: str, **changes: object) -> Payment:
    rng = world.rng
    fields: dict[str, object] = {
        "id": PaymentId(len(world.truths) + 1), "currency": "EUR", "amount_cents": cents,
        "settled_on": TODAY + timedelta(days=rng.randrange(0, 40)), "text": text,
        "payer_name": world.payer_names[client_id] if client_id else rng.choice(STRANGERS),
        "payer_iban": world.ibans[client_id] if client_id else french_iban(rng),
    }  # fmt: skip
    return Payment(**{**fields, **changes})  # type: ignore[arg-type]  # keyword table of a test builder


def decorated(world: World, core: str) -> str:
    rng = world.rng
    tail = rng.choice(TAILS).format(
        date="12/03/2026", amount="1 200,00", n3=rng.randrange(100, 999), n5=rng.randrange(10_000, 99_999)
    )
    text = rng.choice(OPENERS) + core + tail
    return text.upper() if rng.random() < 0.3 else text


def quoted_text(world: World, invoice: Invoice) -> tuple[str, str]:
    rng = world.rng
    if invoice.references and rng.random() < 0.25:
        return decorated(world, rng.choice(invoice.references)), "other_reference"
    text, noise = spoil(rng, invoice.number)
    return decorated(world, text), noise


def all_of(*invoices: Invoice, sign: int = 1) -> tuple[Allocation, ...]:
    return tuple(
        Allocation(one.id, sign * one.open_cents) for one in sorted(invoices, key=lambda one: one.id)
    )


def links_learnt(world: World, client_id: ClientId) -> tuple[Link, ...]:
    payer = world.memory.ibans.get(world.ibans[client_id])
    return payer.links if payer and payer.link(client_id) else ()


def is_recognisable(world: World, client_id: ClientId) -> bool:
    """Some payers can only be recognised by what was learnt; without it and without a number nobody could tell."""
    return bool(links_learnt(world, client_id)) or world.payer_names[client_id] not in {*AGENCIES, *STRANGERS}
