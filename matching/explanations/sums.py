"""Exact sums of two to four amounts, found and counted in quadratic time."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

SUM_LIMIT = 120
FOUR_LIMIT = 60
KEPT = 3
Combination = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sums:
    """How many combinations reach the target, and a few of them (as positions), smallest and oldest first."""

    count: int
    kept: tuple[Combination, ...]
    largest: int


def exact_sums(amounts: Sequence[int], target: int) -> Sums:
    """Combinations of 2 to 4 amounts that make the target to the cent; of 2 or 3 above FOUR_LIMIT amounts.

    One pass per amount ``k``, in order: every pair (i, j) below k is already in a table by its sum, so
    triples and quadruples that contain k as a late element are one look-up each. Time and memory are
    quadratic.
    """
    usable = [(place, amount) for place, amount in enumerate(amounts[:SUM_LIMIT]) if amount < target]
    largest = 4 if len(usable) <= FOUR_LIMIT else 3
    singles: dict[int, list[int]] = defaultdict(list)
    pairs: dict[int, list[Combination]] = defaultdict(list)
    pair_counts: dict[int, int] = defaultdict(int)
    found: list[Combination] = []
    count = 0
    for index, (place, amount) in enumerate(usable):
        rest = target - amount
        alone = singles.get(rest, [])
        count += len(alone) + pair_counts.get(rest, 0)
        found += [(one, place) for one in alone] + [(*pair, place) for pair in pairs.get(rest, ())]
        for later_place, later in usable[index + 1 :] if largest > 3 else ():  # noqa: PLR2004 - quadruples
            more = pair_counts.get(rest - later)
            if more:
                count += more
                found += [(*pair, place, later_place) for pair in pairs[rest - later]]
        for earlier_place, earlier in usable[:index]:
            both = earlier + amount
            pair_counts[both] += 1
            if len(pairs[both]) < KEPT:
                pairs[both].append((earlier_place, place))
        singles[amount].append(place)
        found = _best(found) if len(found) > KEPT else found
    return Sums(count, tuple(_best(found)), largest)


def _best(found: list[Combination]) -> list[Combination]:
    return sorted(found, key=lambda one: (len(one), one))[:KEPT]
