"""Exact sums, against counting by brute force."""

import random
import time
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching import Found
from matching.explanations.settlements import SUM_LIMIT, exact_sums, rarity, subset_count, sum_rarity
from tests.matching.builders import a_payment


@settings(deadline=None)
@given(st.lists(st.integers(1, 12), max_size=11), st.integers(2, 30))
def test_every_sum_is_counted_once(amounts: list[int], target: int) -> None:
    wanted = [
        places
        for size in (2, 3, 4)
        for places in combinations(range(len(amounts)), size)
        if sum(amounts[place] for place in places) == target
    ]
    sums = exact_sums(amounts, target)
    assert sums.count == len(wanted)
    assert set(sums.kept) <= set(wanted)
    assert len(sums.kept) == min(3, len(wanted))


def test_round_fees_have_many_solutions() -> None:
    assert exact_sums([120_000] * 10, 360_000).count == 120


def test_a_client_with_many_invoices_stays_quick() -> None:
    rng = random.Random(3)
    amounts = [rng.choice([36_000, 60_000, 120_000, 150_000]) for _ in range(SUM_LIMIT)]
    start = time.perf_counter()
    sums = exact_sums(amounts, 330_000)
    assert sums.largest == 3
    assert time.perf_counter() - start < 0.2


def test_the_more_sums_are_possible_the_less_one_proves() -> None:
    assert subset_count(5) == 25
    assert sum_rarity(123_457, 1) == 8
    assert sum_rarity(120_000, 1) > sum_rarity(120_000, 25) > sum_rarity(120_000, 10_000) == 0


def test_a_round_amount_proves_less_than_cents_at_random() -> None:
    pool = Found(same_amount_count=1, open_count=50)
    assert rarity(a_payment(200_000), pool) < rarity(a_payment(123_457), pool)
    assert rarity(a_payment(123_457), Found(same_amount_count=1000, open_count=10**6)) == pytest.approx(3)
