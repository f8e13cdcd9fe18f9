"""A seeded agency: clients, invoices, what was learnt, and payments whose right answer is known.

Seeds are kept apart: FIT_SEEDS shape weights, CALIBRATION_SEEDS choose thresholds and code,
TEST_SEEDS are looked at only to report. Hard negatives are everywhere on purpose: round fees shared by many
invoices, neighbouring numbers, twins already paid, clients with a word in common.
"""

import random
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

from stdnum import iso11649
from stdnum.iso7064 import mod_97_10

from matching import Client, ClientId, Invoice, InvoiceId, InvoiceKind, InvoiceStatus, Link, Memory, Payer
from tests.matching.generator.agency import TODAY, World, french_iban, net_cents
from tests.matching.generator.shapes import SHAPES
from tests.matching.generator.vocabulary import AGENCIES, FORMS, ROOTS, STRANGERS, TRADES

FIT_SEEDS = (101, 102, 103, 104, 105, 106, 107, 108)
CALIBRATION_SEEDS = (201, 202, 203)
TEST_SEEDS = (9_701, 9_702, 9_703, 9_704)

SCHEMES = ["FACT-{year}-{seq:03d}", "F{year}-{seq:04d}", "FA-{short}-{seq:04d}", "{year}-{seq:04d}", "INV/{year}/{seq:04d}",
           "FA{year}{seq:05d}"]  # fmt: skip


def make_world(
    seed: int,
    *,
    invoices: int = 1500,
    clients: int = 220,
    payments: int = 900,
    hidden: float = 0.0,
    learnt: float = 0.75,
) -> World:
    """A whole agency. ``hidden``: share of payments whose right invoices are then removed from the pool."""
    rng = random.Random(seed)
    world = World([], [], Memory(), [], rng, SCHEMES[seed % len(SCHEMES)], {}, {})
    _add_clients(world, clients)
    _add_invoices(world, invoices)
    _learn(world, learnt)
    _add_payments(world, payments)
    if hidden:
        _hide(world, hidden)
    return world


def _add_clients(world: World, count: int) -> None:
    rng, names = world.rng, set[str]()
    while len(names) < count:
        words = [rng.choice(ROOTS)] + ([rng.choice(ROOTS)] if rng.random() < 0.35 else [])
        words += [rng.choice(TRADES)] if rng.random() < 0.6 else []
        names.add(" ".join(words))
    agencies = {name: french_iban(rng) for name in AGENCIES}
    for place, name in enumerate(sorted(names), start=1):
        client_id = ClientId(place)
        world.clients.append(Client(id=client_id, name=f"{name.title()} {rng.choice(FORMS)}".strip()))
        agency = rng.choice(AGENCIES)
        through_agency = rng.random() < 0.08
        abroad = rng.choice(["DE", "GB", "BE"]) if rng.random() < 0.1 else "FR"
        world.ibans[client_id] = agencies[agency] if through_agency else french_iban(rng, abroad)
        world.payer_names[client_id] = agency if through_agency else _payer_name(rng, name)


def _payer_name(rng: random.Random, name: str) -> str:
    """As the bank shows it: upper-case, a form moved or dropped, cut, sometimes another name altogether."""
    chance = rng.random()
    if chance < 0.07:
        return rng.choice(STRANGERS)
    if chance < 0.15:
        return f"{rng.choice(FORMS)} {name}".strip()
    if chance < 0.25:
        return f"{name} {rng.choice(['FRANCE', 'GROUPE', 'EUROPE', 'HOLDING'])}"
    if chance < 0.30:
        return name[: max(8, len(name) - 4)]
    return f"{name} {rng.choice(FORMS)}".strip()


def _add_invoices(world: World, count: int) -> None:
    rng = world.rng
    busy = rng.choices(
        world.clients, [1 / (1 + place) ** 0.6 for place in range(len(world.clients))], k=count
    )
    for place, client in enumerate(busy, start=1):
        issued = TODAY - timedelta(days=rng.randrange(1, 125))
        year = issued.year if place > count // 3 else 2025
        note = rng.random() < 0.05
        net = net_cents(rng)
        total = net + net // 5 if rng.random() < 0.85 else net
        status = rng.choices(list(InvoiceStatus), [68, 4, 25, 3])[0]
        part = {InvoiceStatus.OPEN: total, InvoiceStatus.PARTLY_PAID: total - total // 3}.get(status, 0)
        number = world.scheme.format(year=year, short=year % 100, seq=place)
        references = [f"PO-{rng.randrange(10**5, 10**6)}"] if rng.random() < 0.15 else []
        if rng.random() < 0.2:
            body = f"{year}{place:05d}"
            references.append("RF" + mod_97_10.calc_check_digits(body + "RF") + body)
        world.invoices.append(Invoice(
            id=InvoiceId(place), number=number.replace("FACT", "AV").replace("INV", "AV") if note else number,
            client_id=client.id, currency="EUR" if rng.random() < 0.97 else "USD",
            total_cents=total, open_cents=part, net_cents=net, issue_date=issued, due_date=issued + timedelta(days=30),
            kind=InvoiceKind.CREDIT_NOTE if note else InvoiceKind.INVOICE, status=status, references=tuple(references),
        ))  # fmt: skip
    assert all(
        iso11649.is_valid(ref) for one in world.invoices for ref in one.references if ref.startswith("RF")
    )


def _learn(world: World, share: float) -> None:
    ibans: dict[str, list[Link]] = defaultdict(list)
    for client in world.clients:
        if world.rng.random() < share:
            link = Link(client_id=client.id, confirmations=world.rng.choice([1, 2, 2, 3, 5]))
            ibans[world.ibans[client.id]].append(link)
    world.memory = Memory(ibans={iban: Payer(links=tuple(links)) for iban, links in ibans.items()})


def _hide(world: World, share: float) -> None:
    """Take the right answer away for a share of the payments: paid already, not issued yet, another entity's."""
    answered = [place for place, truth in enumerate(world.truths) if truth.expected]
    gone: set[InvoiceId] = set()
    for place in world.rng.sample(answered, round(len(answered) * share)):
        truth = world.truths[place]
        gone |= {one.invoice_id for one in truth.expected}
        world.truths[place] = replace(truth, expected=(), hidden=True)
    world.invoices = [one for one in world.invoices if one.id not in gone]


def _add_payments(world: World, count: int) -> None:
    makers = [maker for maker, _ in SHAPES]
    weights = [weight for _, weight in SHAPES]
    tries = 0
    while len(world.truths) < count and tries < count * 20:
        tries += 1
        truth = world.rng.choices(makers, weights)[0](world)
        if truth:
            world.used |= {one.invoice_id for one in truth.expected}
            world.truths.append(truth)
