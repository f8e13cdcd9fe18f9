"""What speaks for *none of these*, with which every hypothesis competes. The weights are in ``evidence``."""

import math
from collections.abc import Callable, Iterator

from matching.case import Case
from matching.evidence import Evidence
from matching.values import PayerClass, Side


def weigh_none(case: Case) -> tuple[Evidence, ...]:
    """All evidence that none of the open invoices is meant."""
    return tuple(evidence for rule in NONE_RULES for evidence in rule(case))


def none_always(_case: Case) -> Iterator[Evidence]:
    """The bar every explanation must clear."""
    yield Evidence("none")


def none_regular(case: Case) -> Iterator[Evidence]:
    """Lower for a payer whose transfers always were client payments."""
    if case.payer.confirmations:
        yield Evidence("none_regular", math.log1p(case.payer.confirmations))


def none_payer(case: Case) -> Iterator[Evidence]:
    """Higher for payers who are no client, or who pay for many."""
    codes = {
        PayerClass.NOT_CLIENT: "none_not_client",
        PayerClass.PLATFORM: "none_platform",
        PayerClass.FACTOR: "none_platform",
        PayerClass.OWN: "none_own",
    }
    code = codes.get(case.payer.payer_class)
    if code:
        yield Evidence(code)


def none_text(case: Case) -> Iterator[Evidence]:
    """Money coming back is no client payment; nor, probably, is the same invoice paid a second time."""
    if case.says_return and case.payment.side is Side.CREDIT:
        yield Evidence("none_returned")
    if case.duplicate_of:
        yield Evidence("none_duplicate", 1.0, {"number": case.duplicate_of.number})


NONE_RULES: tuple[Callable[[Case], Iterator[Evidence]], ...] = (
    none_always,
    none_regular,
    none_payer,
    none_text,
)
