"""What must hold for every payment (matching.md 9.12). ``MATCHING_EXAMPLES=10000`` runs the long version."""

import os
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matching import (
    Client,
    ClientId,
    Found,
    Invoice,
    InvoiceId,
    InvoiceKind,
    InvoiceStatus,
    Link,
    Memory,
    MemoryIndex,
    Model,
    Outcome,
    OutcomeKind,
    Payer,
    Payment,
    PaymentId,
    Side,
    gather,
    match,
    propose,
)
from matching.engine import weigh_all
from tests.matching.builders import DAY, DOLMEN_IBAN, NIKE_IBAN
from tests.matching.generator.learning import dismissed
from tests.matching.generator.noise import NOISES

EXAMPLES = int(os.environ.get("MATCHING_EXAMPLES", "60"))
NAMES = ["NIKE France", "Maison Dolmen SAS", "Halo Studio", "Halo Sport"]
IBANS = [NIKE_IBAN, DOLMEN_IBAN, "FR9672040560865690702931375", "DE68291506159982596663"]
AMOUNTS = [36_000, 60_000, 96_000, 120_000, 150_000, 94_530, 234_567, 81_245]
WORDS = [
    "",
    "virement ",
    "Paiement facture ",
    "acompte ",
    "avoir ",
    "devis 2026-003 ",
    "FA ",
    "retour ",
    "12/03/2026 ",
]

examples = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@dataclass(frozen=True)
class Scene:
    clients: tuple[Client, ...]
    invoices: tuple[Invoice, ...]
    memory: Memory
    payment: Payment

    def index(self) -> MemoryIndex:
        return MemoryIndex(self.invoices, self.clients, self.memory)


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    clients = tuple(Client(id=ClientId(place + 1), name=name) for place, name in enumerate(NAMES))
    invoices = tuple(draw(invoices_at(place)) for place in range(1, draw(st.integers(1, 9)) + 1))
    links = {
        iban: Payer(links=(Link(client_id=ClientId(place + 1), confirmations=2),))
        for place, iban in enumerate(IBANS)
    }
    known = draw(st.sets(st.sampled_from(IBANS)))
    memory = Memory(ibans={iban: payer for iban, payer in links.items() if iban in known})
    return Scene(clients, invoices, memory, draw(payments(invoices)))


@st.composite
def invoices_at(draw: st.DrawFn, place: int) -> Invoice:
    total = draw(st.sampled_from(AMOUNTS))
    status = draw(st.sampled_from([InvoiceStatus.OPEN] * 6 + list(InvoiceStatus)))
    left = {InvoiceStatus.OPEN: total, InvoiceStatus.PARTLY_PAID: total // 2}.get(status, 0)
    client = draw(st.integers(0, len(NAMES) - 1))
    due = date(2026, 6, 30) - timedelta(days=draw(st.integers(0, 130)))
    return Invoice(
        id=InvoiceId(place), number=f"FACT-2026-{place:03d}", client_id=ClientId(client + 1),
        currency=draw(st.sampled_from(["EUR"] * 9 + ["USD"])), total_cents=total, open_cents=left, due_date=due,
        issue_date=due - timedelta(days=30), net_cents=total * 5 // 6, status=status,
        kind=draw(st.sampled_from([InvoiceKind.INVOICE] * 9 + [InvoiceKind.CREDIT_NOTE])),
    )  # fmt: skip


@st.composite
def payments(draw: st.DrawFn, invoices: tuple[Invoice, ...]) -> Payment:
    meant = draw(st.lists(st.sampled_from(invoices), min_size=1, max_size=3, unique=True))
    rng = random.Random(draw(st.integers(0, 10**6)))
    noise = draw(st.sampled_from([one for one, _ in NOISES]))
    quoted = draw(st.booleans())
    text = draw(st.sampled_from(WORDS)) + (
        " + ".join(noise(rng, one.number) for one in meant) if quoted else ""
    )
    exact = sum(one.open_cents for one in meant) or 50_000
    place = draw(st.integers(0, len(NAMES) - 1))
    return Payment(
        id=PaymentId(1), currency="EUR", settled_on=DAY, text=text,
        amount_cents=draw(st.sampled_from([exact, exact, exact, exact + 5000, max(exact - 1500, 1), max(exact // 2, 1)])),
        payer_name=draw(st.sampled_from([NAMES[place], NAMES[place].upper(), "M PETIT", "STRIPE PAYMENTS"])),
        payer_iban=IBANS[place], side=draw(st.sampled_from([Side.CREDIT] * 9 + [Side.DEBIT])),
    )  # fmt: skip


@examples
@given(scenes(), st.randoms(use_true_random=False))
def test_the_order_of_what_was_found_changes_nothing(scene: Scene, rng: random.Random) -> None:
    invoices, clients = list(scene.invoices), list(scene.clients)
    rng.shuffle(invoices)
    rng.shuffle(clients)
    first = match(scene.payment, scene.index())
    assert match(scene.payment, MemoryIndex(invoices, clients, scene.memory)) == first
    found = gather(scene.payment, scene.index())
    assert propose(scene.payment, _shuffled(found, rng), Model()) == first


def _shuffled(found: Found, rng: random.Random) -> Found:
    hits, ids, same = list(found.hits), list(found.invoices.items()), list(found.same_amount)
    for one in (hits, ids, same):
        rng.shuffle(one)
    return replace(found, hits=tuple(hits), invoices=dict(ids), same_amount=tuple(same))


@examples
@given(scenes())
def test_allocations_and_residual_make_the_payment(scene: Scene) -> None:
    for proposal in match(scene.payment, scene.index()).proposals:
        allocated = sum(one.amount_cents for one in proposal.allocations)
        assert allocated + proposal.residual_cents == scene.payment.signed_cents


@examples
@given(scenes())
def test_nothing_is_allocated_beyond_what_is_open_or_across_currencies(scene: Scene) -> None:
    index = scene.index()
    for proposal in match(scene.payment, index).proposals:
        for one in proposal.allocations:
            invoice = index.invoices[one.invoice_id]
            assert invoice.is_open
            assert invoice.currency == scene.payment.currency
            assert 0 < abs(one.amount_cents) <= invoice.open_cents
            assert (one.amount_cents < 0) == (invoice.kind is InvoiceKind.CREDIT_NOTE)


@examples
@given(scenes(), st.sampled_from([str.upper, str.lower, str.swapcase]))
def test_case_changes_nothing(scene: Scene, change: Callable[[str], str]) -> None:
    changed = replace(
        scene.payment, text=change(scene.payment.text), payer_name=change(scene.payment.payer_name)
    )
    assert _essence(match(changed, scene.index())) == _essence(match(scene.payment, scene.index()))


@examples
@given(scenes())
def test_accents_change_nothing(scene: Scene) -> None:
    accents = str.maketrans("aeiouAEIOU", "àéîôùÀÉÎÔÙ")
    changed = replace(scene.payment, text=scene.payment.text.translate(accents))
    assert _essence(match(changed, scene.index())) == _essence(match(scene.payment, scene.index()))


@examples
@given(scenes(), st.sampled_from(["/", " ", "_", ".", "\u2011", "\u00a0", "\n", ""]), st.integers(1, 9))
def test_separators_inside_a_number_change_nothing(scene: Scene, separator: str, place: int) -> None:
    def with_number(text: str) -> Payment:
        return replace(scene.payment, text=f"Paiement facture {text} merci")

    number = f"FACT-2026-{place:03d}"
    plain = match(with_number(number), scene.index())
    assert _essence(match(with_number(number.replace("-", separator)), scene.index())) == _essence(plain)


@examples
@given(st.integers(1000, 9999), st.text("0123456789", min_size=1, max_size=3), st.booleans())
def test_digits_next_to_a_short_number_remove_the_hit(number: int, digits: str, before: bool) -> None:
    invoice = Invoice(
        id=InvoiceId(1), number=str(number), client_id=ClientId(1), currency="EUR", total_cents=77_777,
        open_cents=77_777, due_date=DAY,
    )  # fmt: skip
    index = MemoryIndex([invoice], [Client(id=ClientId(1), name="NIKE France")])
    text = f"facture {digits}{number}" if before else f"facture {number}{digits}"
    if f"{digits}{number}".lstrip("0") == str(number):
        return
    payment = Payment(id=PaymentId(1), currency="EUR", amount_cents=55_555, settled_on=DAY, text=text)
    assert match(payment, index).proposals == ()


@examples
@given(scenes())
def test_an_identical_competitor_never_raises_the_first(scene: Scene) -> None:
    before = match(scene.payment, scene.index())
    if not before.proposals or len(before.proposals[0].allocations) != 1:
        return
    best = before.proposals[0]
    original = scene.index().invoices[best.allocations[0].invoice_id]
    twin = replace(original, id=InvoiceId(99), number="FACT-2026-999")
    index = MemoryIndex([*scene.invoices, twin], scene.clients, scene.memory)
    after = weigh_all(scene.payment, gather(scene.payment, index), Model())
    probability = next((p for draft, _, p in after.ranked if draft.allocations == best.allocations), 0.0)
    assert probability <= best.probability + 1e-9


@examples
@given(scenes())
def test_without_the_invoice_that_was_applied_alone_nothing_is(scene: Scene) -> None:
    before = match(scene.payment, scene.index())
    if before.kind is not OutcomeKind.AUTO:
        return
    gone = {one.invoice_id for one in before.proposals[0].allocations}
    index = MemoryIndex([one for one in scene.invoices if one.id not in gone], scene.clients, scene.memory)
    after = match(scene.payment, index)
    quoted_elsewhere = after.proposals and "reference_full" in after.proposals[0].evidence
    assert after.kind is not OutcomeKind.AUTO or quoted_elsewhere


@examples
@given(scenes())
def test_probabilities_sum_to_one_with_none(scene: Scene) -> None:
    weighed = weigh_all(scene.payment, gather(scene.payment, scene.index()), Model())
    assert sum(one for _, _, one in weighed.ranked) + weighed.none_probability == pytest.approx(1)


@examples
@given(scenes())
def test_two_runs_are_equal(scene: Scene) -> None:
    assert match(scene.payment, scene.index()) == match(scene.payment, scene.index())


@examples
@given(scenes())
def test_a_dismissed_proposal_never_returns(scene: Scene) -> None:
    memory, index = scene.memory, scene.index()
    for _ in range(3):
        outcome = match(scene.payment, MemoryIndex(scene.invoices, scene.clients, memory))
        if not outcome.proposals:
            break
        refused = frozenset(one.invoice_id for one in outcome.proposals[0].allocations)
        memory = dismissed(memory, scene.payment, [index.invoices[one] for one in refused], DAY)
        again = match(scene.payment, MemoryIndex(scene.invoices, scene.clients, memory))
        shown = [frozenset(one.invoice_id for one in proposal.allocations) for proposal in again.proposals]
        assert refused not in shown
        assert len(refused) > 1 or not any(refused <= one for one in shown)


@examples
@given(scenes(), st.sampled_from(IBANS), st.sampled_from(IBANS))
def test_another_iban_in_the_text_changes_nothing(scene: Scene, one: str, other: str) -> None:
    first = replace(scene.payment, text=f"{scene.payment.text} IBAN {one}")
    second = replace(scene.payment, text=f"{scene.payment.text} IBAN {other}")
    assert _essence(match(first, scene.index())) == _essence(match(second, scene.index()))


@examples
@given(scenes())
def test_what_is_applied_alone_adds_up_to_the_cent(scene: Scene) -> None:
    outcome = match(scene.payment, scene.index())
    if outcome.kind is OutcomeKind.AUTO:
        assert outcome.proposals[0].residual_cents == 0
        assert {"amount_exact", "amount_sum"} & outcome.proposals[0].evidence.keys()
        assert outcome.flags == ()


@examples
@given(st.text(max_size=3000))
def test_any_text_can_be_read(text: str) -> None:
    payment = Payment(
        id=PaymentId(1), currency="EUR", amount_cents=100, settled_on=DAY, text=text, payer_name=text[:80]
    )
    assert match(payment, MemoryIndex([], [])).kind is OutcomeKind.NONE


def _essence(outcome: Outcome) -> tuple[object, ...]:
    """Everything but the words quoted back from the text."""
    return (
        outcome.kind,
        [(one.allocations, round(one.probability, 9), one.evidence) for one in outcome.proposals],
        [one.code for one in outcome.flags],
    )
