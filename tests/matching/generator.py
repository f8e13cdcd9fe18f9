"""A seeded agency: clients, invoices, what was learnt, and payments whose right answer is known.

Seeds are kept apart: FIT_SEEDS shape weights, CALIBRATION_SEEDS choose thresholds and code,
TEST_SEEDS are looked at only to report. Hard negatives are everywhere on purpose: round fees shared by many
invoices, neighbouring numbers, twins already paid, clients with a word in common.
"""

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from stdnum import iso11649
from stdnum.iso7064 import mod_97_10

from matching import (
    Allocation,
    Client,
    ClientId,
    Invoice,
    InvoiceId,
    InvoiceKind,
    InvoiceStatus,
    Link,
    Memory,
    MemoryIndex,
    Payer,
    Payment,
    PaymentId,
)
from tests.matching.noise import spoil
from tests.matching.vocabulary import (
    AGENCIES,
    EMPTY_TEXTS,
    FORMS,
    OPENERS,
    ROOTS,
    STRANGERS,
    TAILS,
    TRADES,
    UNRELATED,
)

FIT_SEEDS = (101, 102, 103, 104, 105, 106, 107, 108)
CALIBRATION_SEEDS = (201, 202, 203)
TEST_SEEDS = (9_701, 9_702, 9_703, 9_704)

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
SCHEMES = ["FACT-{year}-{seq:03d}", "F{year}-{seq:04d}", "FA-{short}-{seq:04d}", "{year}-{seq:04d}", "INV/{year}/{seq:04d}",
           "FA{year}{seq:05d}"]  # fmt: skip


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


def french_iban(rng: random.Random, country: str = "FR") -> str:
    body = "".join(rng.choice("0123456789") for _ in range(23 if country == "FR" else 18))
    return country + mod_97_10.calc_check_digits(body + country) + body


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
        net = _net_cents(rng)
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


def _net_cents(rng: random.Random) -> int:
    chance = rng.random()
    if chance < 0.6:
        return rng.choice(FEES) * 100
    if chance < 0.85:
        return rng.randrange(20, 900) * 1000
    return rng.randrange(20_000, 900_000)


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


def _free(world: World, client_id: ClientId | None = None, *, fresh: bool = False) -> list[Invoice]:
    return [
        one for one in world.invoices
        if one.is_open and one.currency == "EUR" and one.kind is InvoiceKind.INVOICE and one.id not in world.used
        and (client_id is None or one.client_id == client_id) and (not fresh or one.open_cents == one.total_cents)
    ]  # fmt: skip


def _pick(world: World, *, fresh: bool = False) -> Invoice | None:
    """People pay what is oldest first, mostly: among equals of one client the oldest is meant four times in five."""
    free = _free(world, fresh=fresh)
    if not free:
        return None
    invoice = world.rng.choice(free)
    equals = [
        one for one in free if one.client_id == invoice.client_id and one.open_cents == invoice.open_cents
    ]
    return min(equals, key=lambda one: (one.due_date, one.id)) if world.rng.random() < 0.8 else invoice


def _several(world: World, sizes: tuple[int, ...]) -> list[Invoice]:
    first = _pick(world)
    if first is None:
        return []
    free = [one for one in _free(world, first.client_id) if one.id != first.id]
    size = world.rng.choice(sizes)
    return [first, *world.rng.sample(free, size - 1)] if len(free) >= size - 1 else []


def _payment(world: World, client_id: ClientId | None, cents: int, text: str, **changes: object) -> Payment:
    rng = world.rng
    fields: dict[str, object] = {
        "id": PaymentId(len(world.truths) + 1), "currency": "EUR", "amount_cents": cents,
        "settled_on": TODAY + timedelta(days=rng.randrange(0, 40)), "text": text,
        "payer_name": world.payer_names[client_id] if client_id else rng.choice(STRANGERS),
        "payer_iban": world.ibans[client_id] if client_id else french_iban(rng),
    }  # fmt: skip
    return Payment(**{**fields, **changes})  # type: ignore[arg-type]  # keyword table of a test builder


def _decorated(world: World, core: str) -> str:
    rng = world.rng
    tail = rng.choice(TAILS).format(
        date="12/03/2026", amount="1 200,00", n3=rng.randrange(100, 999), n5=rng.randrange(10_000, 99_999)
    )
    text = rng.choice(OPENERS) + core + tail
    return text.upper() if rng.random() < 0.3 else text


def _quoted_text(world: World, invoice: Invoice) -> tuple[str, str]:
    rng = world.rng
    if invoice.references and rng.random() < 0.25:
        return _decorated(world, rng.choice(invoice.references)), "other_reference"
    text, noise = spoil(rng, invoice.number)
    return _decorated(world, text), noise


def _all_of(*invoices: Invoice, sign: int = 1) -> tuple[Allocation, ...]:
    return tuple(
        Allocation(one.id, sign * one.open_cents) for one in sorted(invoices, key=lambda one: one.id)
    )


def _learnt(world: World, client_id: ClientId) -> tuple[Link, ...]:
    payer = world.memory.ibans.get(world.ibans[client_id])
    return payer.links if payer and payer.link(client_id) else ()


def _is_recognisable(world: World, client_id: ClientId) -> bool:
    """Some payers can only be recognised by what was learnt; without it and without a number nobody could tell."""
    return bool(_learnt(world, client_id)) or world.payer_names[client_id] not in {*AGENCIES, *STRANGERS}


def single_quoted(world: World) -> Truth | None:
    invoice = _pick(world)
    if invoice is None:
        return None
    text, noise = _quoted_text(world, invoice)
    return Truth(
        _payment(world, invoice.client_id, invoice.open_cents, text), _all_of(invoice), "single_quoted", noise
    )


def single_quoted_other_payer(world: World) -> Truth | None:
    invoice = _pick(world)
    if invoice is None:
        return None
    text, noise = _quoted_text(world, invoice)
    return Truth(
        _payment(world, None, invoice.open_cents, text), _all_of(invoice), "quoted_other_payer", noise
    )


def single_unquoted(world: World) -> Truth | None:
    invoice = _pick(world)
    if invoice is None or (not _is_recognisable(world, invoice.client_id) and world.rng.random() < 0.7):
        return None
    payment = _payment(world, invoice.client_id, invoice.open_cents, world.rng.choice(EMPTY_TEXTS))
    return Truth(payment, _all_of(invoice), "single_unquoted")


def several_quoted(world: World) -> Truth | None:
    invoices = _several(world, (2, 2, 2, 3, 3, 4))
    if not invoices:
        return None
    numbers = [one.number for one in invoices]
    joint = world.rng.choice([", ", " + ", " et ", " & ", " ", "/", "; "])
    if world.rng.random() < 0.2:
        head = numbers[0].rsplit("-", 1)[0] if "-" in numbers[0] else None
        if head and all(one.startswith(head) for one in numbers):
            numbers = [numbers[0], *(one.rsplit("-", 1)[1] for one in numbers[1:])]
            joint = ", " if joint == " " else joint
    payment = _payment(
        world,
        invoices[0].client_id,
        sum(one.open_cents for one in invoices),
        _decorated(world, joint.join(numbers)),
    )
    return Truth(payment, _all_of(*invoices), "several_quoted")


def several_glued(world: World) -> Truth | None:
    invoices = _several(world, (2, 3))
    text = "".join(one.number.replace("-", "").replace("/", "") for one in invoices)
    if not invoices:
        return None
    return Truth(
        _payment(world, invoices[0].client_id, sum(one.open_cents for one in invoices), text),
        _all_of(*invoices),
        "several_glued",
    )


def several_unquoted(world: World) -> Truth | None:
    invoices = _several(world, (2, 2, 3))
    if not invoices or len(_learnt(world, invoices[0].client_id)) != 1:
        return None
    total = sum(one.open_cents for one in invoices)
    return Truth(
        _payment(world, invoices[0].client_id, total, world.rng.choice(EMPTY_TEXTS)),
        _all_of(*invoices),
        "several_unquoted",
    )


def less_credit_note(world: World) -> Truth | None:
    notes = [
        one
        for one in world.invoices
        if one.kind is InvoiceKind.CREDIT_NOTE and one.is_open and one.id not in world.used
    ]
    notes = [one for one in notes if one.currency == "EUR"]
    note = world.rng.choice(notes) if notes else None
    larger = [one for one in _free(world, note.client_id) if one.open_cents > note.open_cents] if note else []
    if note is None or not larger:
        return None
    invoice = world.rng.choice(larger)
    text = (
        f"{invoice.number} - avoir {note.number}"
        if world.rng.random() < 0.6
        else f"FACTURE {invoice.number} MOINS AVOIR"
    )
    expected = tuple(sorted(_all_of(invoice) + _all_of(note, sign=-1), key=lambda one: one.invoice_id))
    return Truth(
        _payment(world, invoice.client_id, invoice.open_cents - note.open_cents, text),
        expected,
        "less_credit_note",
    )


def quoted_plus_one(world: World) -> Truth | None:
    invoices = _several(world, (2, 3))
    if not invoices:
        return None
    text = _decorated(world, " + ".join(one.number for one in invoices[1:]))
    total = sum(one.open_cents for one in invoices)
    return Truth(_payment(world, invoices[0].client_id, total, text), _all_of(*invoices), "quoted_plus_one")


def partial_quoted(world: World) -> Truth | None:
    invoice = _pick(world, fresh=True)
    if invoice is None:
        return None
    share = world.rng.choice([0.3, 0.5, 0.25, 0.6])
    text, noise = _quoted_text(world, invoice)
    cents = round(invoice.open_cents * share)
    if world.rng.random() < 0.5:
        text = "ACOMPTE " + text
    return Truth(
        _payment(world, invoice.client_id, cents, text),
        (Allocation(invoice.id, cents),),
        "partial_quoted",
        noise,
    )


def fee(world: World) -> Truth | None:
    invoice = _pick(world)
    cents = world.rng.choice([350, 500, 800, 1000, 1200, 1500, 1850, 2500])
    if invoice is None or invoice.open_cents < 50_000:
        return None
    text, noise = _quoted_text(world, invoice)
    payment = _payment(
        world, invoice.client_id, invoice.open_cents - cents, text, payer_iban=french_iban(world.rng, "GB")
    )
    return Truth(payment, _all_of(invoice), "fee", noise)


def net_of_vat(world: World) -> Truth | None:
    invoice = _pick(world, fresh=True)
    if invoice is None or not invoice.net_cents or invoice.net_cents == invoice.total_cents:
        return None
    text, noise = _quoted_text(world, invoice)
    return Truth(
        _payment(world, invoice.client_id, invoice.net_cents, text), _all_of(invoice), "net_of_vat", noise
    )


def overpaid(world: World) -> Truth | None:
    invoice = _pick(world)
    if invoice is None:
        return None
    text, noise = _quoted_text(world, invoice)
    extra = world.rng.choice([1000, 5000, 12_345, 20_000])
    return Truth(
        _payment(world, invoice.client_id, invoice.open_cents + extra, text),
        _all_of(invoice),
        "overpaid",
        noise,
    )


def duplicate(world: World) -> Truth | None:
    paid = [
        one for one in world.invoices if one.status is InvoiceStatus.PAID and one.kind is InvoiceKind.INVOICE
    ]
    invoice = world.rng.choice(paid)
    return Truth(
        _payment(world, invoice.client_id, invoice.total_cents, _decorated(world, invoice.number)),
        (),
        "duplicate",
    )


def unrelated(world: World) -> Truth | None:
    name, text = world.rng.choice(UNRELATED)
    cents = world.rng.choice(
        [_net_cents(world.rng), world.rng.choice(_free(world) or world.invoices).total_cents]
    )
    text = text.format(n=world.rng.randrange(1000, 10**7))
    return Truth(_payment(world, None, cents, text, payer_name=name), (), "unrelated")


SHAPES: tuple[tuple[Callable[[World], Truth | None], int], ...] = (
    (single_quoted, 46), (single_quoted_other_payer, 6), (single_unquoted, 14), (several_quoted, 9), (several_glued, 1),
    (several_unquoted, 2), (less_credit_note, 2), (quoted_plus_one, 2), (partial_quoted, 4), (fee, 3), (net_of_vat, 1),
    (overpaid, 1), (duplicate, 2), (unrelated, 7),
)  # fmt: skip
