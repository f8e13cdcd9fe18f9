"""What is asked of a decision and what it answers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    """One invoice to associate. ``amount_cents`` None means all that fits: open amount or what is left.

    ``write_off_cents`` is the gap accepted as paid, with its reason (fee, discount, rounding);
    ``settles`` accepts whatever is missing for that reason, worked out under lock. ``seen_version`` is the
    invoice's version that the person saw: another one is refused.
    """

    invoice_id: int
    amount_cents: int | None = None
    write_off_cents: int = 0
    write_off_reason: str | None = None
    settles: bool = False
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class Rest:
    """What goes with the choices. ``reason`` closes what is left as paid too much; None leaves it visible.

    ``seen`` is the mark of the payment the person saw (``seen.payment_mark``), ``note`` what they wrote.
    """

    reason: str | None = None
    seen: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """What was recorded. ``repeated``: the same decision stood already, nothing was added."""

    decision_id: int
    transaction_id: int
    repeated: bool
