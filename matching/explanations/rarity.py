"""How much an equal amount proves: round fees are common, cents at random are not."""

import math

from matching.lookups import COUNT_LIMIT, Found
from matching.values import Payment

LIMIT = 8.0
POPULAR = 3.0
PRIOR_INVOICES = 150
_SPREAD = 20_000_00
_STEPS = (100_00, 10_00, 1_00, 1)
_SHARES = ((1_000_00, 0.02), (100_00, 0.012), (10_00, 0.004), (1_00, 0.0015), (1, 0.0004))


def rarity(payment: Payment, found: Found) -> float:
    """Log of (open invoices / open invoices of this amount), smoothed by how round the amount is.

    An amount counted up to the limit of the look-up is so popular that its exact count no longer matters.
    """
    if found.same_amount_count >= COUNT_LIMIT:
        return POPULAR
    equals = max(found.same_amount_count, 1) + PRIOR_INVOICES * _share(payment.amount_cents)
    return max(0.0, min(math.log((found.open_count + PRIOR_INVOICES) / equals), LIMIT))


def sum_rarity(cents: int, choices: int) -> float:
    """Log of one over the chance that one of so many sums hits this amount by accident.

    Sums spread over some 20 000 euros, in steps as coarse as the amount is round.
    """
    step = next(unit for unit in _STEPS if cents % unit == 0)
    return max(0.0, min(math.log(_SPREAD / step) - math.log(max(choices, 1)), LIMIT))


def subset_count(size: int, largest: int = 4) -> int:
    """How many groups of two to ``largest`` can be made of so many invoices."""
    return sum(math.comb(size, some) for some in range(2, largest + 1))


def _share(cents: int) -> float:
    """The share of invoices expected to bear exactly this amount, before counting any."""
    return next(share for unit, share in _SHARES if cents % unit == 0)
