"""How good and how fast is the matcher? ``python -m benchmarks.matching [quality|latency|properties]``.

Quality: generator seeds never used while building, whole and with a fifth of the right answers hidden,
with counts and exact 95 % bounds, simple rules beside. Latency: pure look-ups in memory and scoring, at
three pool sizes, with popular amounts, a client with thousands of open invoices, and a text that quotes a
hundred numbers.
"""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from bot.suggestions.backtest.baselines import compare
from bot.suggestions.backtest.measures import Figures, Scored, Share, measure, percentile, reliability, sliced
from bot.suggestions.backtest.reading import History, PastPaymentRow
from matching import Client, ClientId, Invoice, InvoiceId, MemoryIndex, Model, Payment, PaymentId, match
from tests.matching.generator.agency import FEES, TODAY, World, french_iban
from tests.matching.generator.generate import TEST_SEEDS, make_world

SIZES = (1_000, 100_000, 1_000_000)
PAYMENTS = 400
POPULAR_CLIENT = ClientId(1)


def main() -> None:
    """Run one part, or quality and latency."""
    wanted = sys.argv[1:] or ["quality", "latency"]
    if "quality" in wanted:
        quality()
    if "latency" in wanted:
        latency()
    if "properties" in wanted:
        properties()


def quality() -> None:
    """The table of matching.md 11.1 on the test seeds."""
    for hidden in (0.0, 0.2):
        scored, baselines = [], []
        for seed in TEST_SEEDS:
            world = make_world(seed, hidden=hidden)
            scored += list(_scored(world))
            baselines.append(_baselines(world))
        print(f"\n== seeds {TEST_SEEDS}, {hidden:.0%} of right answers hidden ==")
        _print_figures(measure(scored))
        unrelated = [one for one in scored if one.slices[0] == "unrelated"]
        false = Share(sum(bool(one.outcome.proposals) for one in unrelated), len(unrelated))
        print(f"{'false suggestions, unrelated credits':44}{_share(false)}")
        _print_reliability(scored)
        _print_slices(scored)
        for name in baselines[0]:
            precision = _sum(one[name][0] for one in baselines if name in one)
            recall = _sum(one[name][1] for one in baselines if name in one)
            print(f"  rule: {name:34} precision {_share(precision)}   recall@1 {_share(recall)}")


def _scored(world: World) -> Iterator[Scored]:
    index, model = world.index(), Model()
    for truth in world.truths:
        start = time.perf_counter()
        outcome = match(truth.payment, index, model)
        seconds = time.perf_counter() - start
        slices = (
            f"{truth.shape} (hidden)" if truth.hidden else truth.shape,
            *([f"noise: {truth.noise}"] if truth.noise else []),
        )
        yield Scored(truth.payment, truth.expected, outcome, seconds, slices)


def _baselines(world: World) -> dict[str, tuple[Share, Share]]:
    history = History(tuple(world.clients), tuple(world.invoices), world.memory, ())
    return compare(history, [PastPaymentRow("", one.payment, one.expected) for one in world.truths])


def _print_figures(figures: Figures) -> None:
    print(f"{'payments':44}{figures.payments}")
    lower = f"one-sided lower bound {figures.precision.lower():.4f}"
    print(f"{'precision@auto':44}{_share(figures.precision)}   {lower}")
    print(f"{'auto coverage':44}{_share(figures.coverage)}")
    print(f"{'recall@1':44}{_share(figures.recall_1)}")
    print(f"{'recall@3':44}{_share(figures.recall_3)}")
    print(f"{'false suggestions, all without an answer':44}{_share(figures.false_suggestions)}")
    print(f"{'ECE':44}{figures.calibration_error:.4f}   Brier {figures.brier:.4f}")
    print(f"{'cents wrongly allocated alone':44}{figures.wrong_cents} of {figures.processed_cents}")


def _print_reliability(scored: list[Scored]) -> None:
    for one in reliability(scored):
        print(f"  announced {one.mean_probability:.3f}   right {one.right / one.count:.3f}   n {one.count}")


def _print_slices(scored: list[Scored]) -> None:
    for name, group in sliced(scored).items():
        one = measure(group)
        errors = one.precision.total - one.precision.count
        recalls = f"recall@1 {one.recall_1.value:.3f}  recall@3 {one.recall_3.value:.3f}"
        counts = f"auto {one.precision.total:5}  wrong {errors}  false {one.false_suggestions.count}"
        print(f"  {name:34} n {len(group):5}  {recalls}  {counts}")


def _share(share: Share) -> str:
    low, high = share.lower(0.025), share.upper(0.025)
    return f"{share.value:.4f} ({share.count}/{share.total}, 95 % {low:.4f} to {high:.4f})"


def _sum(shares: Iterator[Share]) -> Share:
    everything = list(shares)
    return Share(sum(one.count for one in everything), sum(one.total for one in everything))


def latency() -> None:
    """Milliseconds per payment, look-ups in memory included."""
    print(f"\n{'open invoices':>14} {'case':28} {'p50':>8} {'p95':>8} {'p99':>8} {'max':>8}")
    for size in SIZES if not os.environ.get("SHORT") else SIZES[:2]:
        index = _large_index(size)
        for name, payments in _cases(index).items():
            times = [_timed(payment, index) for payment in payments]
            written = " ".join(f"{1000 * percentile(times, share):8.2f}" for share in (0.5, 0.95, 0.99, 1.0))
            print(f"{size:>14,} {name:28} {written}")


def _timed(payment: Payment, index: MemoryIndex) -> float:
    start = time.perf_counter()
    match(payment, index)
    return time.perf_counter() - start


def _large_index(size: int) -> MemoryIndex:
    """Round fees for most, so that popular amounts are very popular.

    One client holds thousands of open invoices.
    """
    rng = _seeded(size)
    clients = [
        Client(id=ClientId(place), name=f"CLIENT {place:06d} {rng.choice('ABCDEFGH')}")
        for place in range(1, size // 50 + 2)
    ]
    busy = min(5_000, size // 10)

    def invoices() -> Iterator[Invoice]:
        for place in range(1, size + 1):
            client = POPULAR_CLIENT if place <= busy else ClientId(rng.randrange(1, len(clients) + 1))
            cents = rng.choice(FEES) * 120 if rng.random() < 0.7 else rng.randrange(20_000, 900_000)
            due = TODAY + timedelta(days=rng.randrange(-60, 40))
            yield Invoice(
                id=InvoiceId(place), number=f"FACT-2026-{place:07d}", client_id=client, currency="EUR",
                total_cents=cents, open_cents=cents, due_date=due, issue_date=due - timedelta(days=30),
            )  # fmt: skip

    return MemoryIndex(invoices(), clients)


def _cases(index: MemoryIndex) -> dict[str, list[Payment]]:
    rng = _seeded(7)
    chosen = [index.invoices[InvoiceId(rng.randrange(1, len(index.invoices) + 1))] for _ in range(PAYMENTS)]
    plain = [_payment(index, one, f"Paiement facture {one.number}") for one in chosen]
    popular = [replace(one, amount_cents=120_000, text="virement") for one in plain]
    of_busy = [
        _payment(index, index.invoices[InvoiceId(place)], "virement") for place in range(1, PAYMENTS // 4)
    ]
    numbers = " ".join(f"2026-{place:07d}" for place in range(1, 100))
    many = [replace(one, text=numbers) for one in plain[: PAYMENTS // 8]]
    return {
        "number quoted": plain,
        "popular amount, no number": popular,
        "client with thousands open": of_busy,
        "a hundred numbers quoted": many,
    }


def _seeded(seed: int) -> random.Random:
    return random.Random(seed)


def _payment(index: MemoryIndex, invoice: Invoice, text: str) -> Payment:
    iban = french_iban(_seeded(invoice.id))
    return Payment(
        id=PaymentId(invoice.id), currency="EUR", amount_cents=invoice.open_cents, settled_on=TODAY,
        text=text, payer_name=index.clients[invoice.client_id].name, payer_iban=iban,
    )  # fmt: skip


def properties() -> None:
    """The properties of 9.12 over 10 000 examples each."""
    command = [sys.executable, "-m", "pytest", "-q", "tests/matching/test_properties.py"]
    subprocess.run(command, check=True, env={**os.environ, "MATCHING_EXAMPLES": "10000"})  # noqa: S603 - ours


if __name__ == "__main__":
    main()
