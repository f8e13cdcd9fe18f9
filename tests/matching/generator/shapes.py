"""Every way a client pays, and what is no client's payment: one function each, None when none can be made."""

from collections.abc import Callable

from matching import Allocation, InvoiceKind, InvoiceStatus
from tests.matching.generator.agency import (
    Truth,
    World,
    a_transfer,
    all_of,
    decorated,
    free_invoices,
    french_iban,
    is_recognisable,
    links_learnt,
    net_cents,
    pick,
    pick_several,
    quoted_text,
)
from tests.matching.generator.vocabulary import EMPTY_TEXTS, UNRELATED


def single_quoted(world: World) -> Truth | None:
    invoice = pick(world)
    if invoice is None:
        return None
    text, noise = quoted_text(world, invoice)
    return Truth(
        a_transfer(world, invoice.client_id, invoice.open_cents, text),
        all_of(invoice),
        "single_quoted",
        noise,
    )


def single_quoted_other_payer(world: World) -> Truth | None:
    invoice = pick(world)
    if invoice is None:
        return None
    text, noise = quoted_text(world, invoice)
    return Truth(
        a_transfer(world, None, invoice.open_cents, text), all_of(invoice), "quoted_other_payer", noise
    )


def single_unquoted(world: World) -> Truth | None:
    invoice = pick(world)
    if invoice is None or (not is_recognisable(world, invoice.client_id) and world.rng.random() < 0.7):
        return None
    payment = a_transfer(world, invoice.client_id, invoice.open_cents, world.rng.choice(EMPTY_TEXTS))
    return Truth(payment, all_of(invoice), "single_unquoted")


def several_quoted(world: World) -> Truth | None:
    invoices = pick_several(world, (2, 2, 2, 3, 3, 4))
    if not invoices:
        return None
    numbers = [one.number for one in invoices]
    joint = world.rng.choice([", ", " + ", " et ", " & ", " ", "/", "; "])
    if world.rng.random() < 0.2:
        head = numbers[0].rsplit("-", 1)[0] if "-" in numbers[0] else None
        if head and all(one.startswith(head) for one in numbers):
            numbers = [numbers[0], *(one.rsplit("-", 1)[1] for one in numbers[1:])]
            joint = ", " if joint == " " else joint
    payment = a_transfer(
        world,
        invoices[0].client_id,
        sum(one.open_cents for one in invoices),
        decorated(world, joint.join(numbers)),
    )
    return Truth(payment, all_of(*invoices), "several_quoted")


def several_glued(world: World) -> Truth | None:
    invoices = pick_several(world, (2, 3))
    text = "".join(one.number.replace("-", "").replace("/", "") for one in invoices)
    if not invoices:
        return None
    return Truth(
        a_transfer(world, invoices[0].client_id, sum(one.open_cents for one in invoices), text),
        all_of(*invoices),
        "several_glued",
    )


def several_unquoted(world: World) -> Truth | None:
    invoices = pick_several(world, (2, 2, 3))
    if not invoices or len(links_learnt(world, invoices[0].client_id)) != 1:
        return None
    total = sum(one.open_cents for one in invoices)
    return Truth(
        a_transfer(world, invoices[0].client_id, total, world.rng.choice(EMPTY_TEXTS)),
        all_of(*invoices),
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
    larger = (
        [one for one in free_invoices(world, note.client_id) if one.open_cents > note.open_cents]
        if note
        else []
    )
    if note is None or not larger:
        return None
    invoice = world.rng.choice(larger)
    text = (
        f"{invoice.number} - avoir {note.number}"
        if world.rng.random() < 0.6
        else f"FACTURE {invoice.number} MOINS AVOIR"
    )
    expected = tuple(sorted(all_of(invoice) + all_of(note, sign=-1), key=lambda one: one.invoice_id))
    return Truth(
        a_transfer(world, invoice.client_id, invoice.open_cents - note.open_cents, text),
        expected,
        "less_credit_note",
    )


def quoted_plus_one(world: World) -> Truth | None:
    invoices = pick_several(world, (2, 3))
    if not invoices:
        return None
    text = decorated(world, " + ".join(one.number for one in invoices[1:]))
    total = sum(one.open_cents for one in invoices)
    return Truth(a_transfer(world, invoices[0].client_id, total, text), all_of(*invoices), "quoted_plus_one")


def partial_quoted(world: World) -> Truth | None:
    invoice = pick(world, fresh=True)
    if invoice is None:
        return None
    share = world.rng.choice([0.3, 0.5, 0.25, 0.6])
    text, noise = quoted_text(world, invoice)
    cents = round(invoice.open_cents * share)
    if world.rng.random() < 0.5:
        text = "ACOMPTE " + text
    return Truth(
        a_transfer(world, invoice.client_id, cents, text),
        (Allocation(invoice.id, cents),),
        "partial_quoted",
        noise,
    )


def fee(world: World) -> Truth | None:
    invoice = pick(world)
    cents = world.rng.choice([350, 500, 800, 1000, 1200, 1500, 1850, 2500])
    if invoice is None or invoice.open_cents < 50_000:
        return None
    text, noise = quoted_text(world, invoice)
    payment = a_transfer(
        world, invoice.client_id, invoice.open_cents - cents, text, payer_iban=french_iban(world.rng, "GB")
    )
    return Truth(payment, all_of(invoice), "fee", noise)


def net_of_vat(world: World) -> Truth | None:
    invoice = pick(world, fresh=True)
    if invoice is None or not invoice.net_cents or invoice.net_cents == invoice.total_cents:
        return None
    text, noise = quoted_text(world, invoice)
    return Truth(
        a_transfer(world, invoice.client_id, invoice.net_cents, text), all_of(invoice), "net_of_vat", noise
    )


def overpaid(world: World) -> Truth | None:
    invoice = pick(world)
    if invoice is None:
        return None
    text, noise = quoted_text(world, invoice)
    extra = world.rng.choice([1000, 5000, 12_345, 20_000])
    return Truth(
        a_transfer(world, invoice.client_id, invoice.open_cents + extra, text),
        all_of(invoice),
        "overpaid",
        noise,
    )


def duplicate(world: World) -> Truth | None:
    paid = [
        one for one in world.invoices if one.status is InvoiceStatus.PAID and one.kind is InvoiceKind.INVOICE
    ]
    invoice = world.rng.choice(paid)
    return Truth(
        a_transfer(world, invoice.client_id, invoice.total_cents, decorated(world, invoice.number)),
        (),
        "duplicate",
    )


def unrelated(world: World) -> Truth | None:
    name, text = world.rng.choice(UNRELATED)
    cents = world.rng.choice(
        [net_cents(world.rng), world.rng.choice(free_invoices(world) or world.invoices).total_cents]
    )
    text = text.format(n=world.rng.randrange(1000, 10**7))
    return Truth(a_transfer(world, None, cents, text, payer_name=name), (), "unrelated")


SHAPES: tuple[tuple[Callable[[World], Truth | None], int], ...] = (
    (single_quoted, 46), (single_quoted_other_payer, 6), (single_unquoted, 14), (several_quoted, 9), (several_glued, 1),
    (several_unquoted, 2), (less_credit_note, 2), (quoted_plus_one, 2), (partial_quoted, 4), (fee, 3), (net_of_vat, 1),
    (overpaid, 1), (duplicate, 2), (unrelated, 7),
)  # fmt: skip
