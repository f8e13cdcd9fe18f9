"""What a check found: a code for machines, and where to look."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One difference between what is stored and what it should be equal to. No name, no IBAN in it."""

    code: str
    object_type: str
    object_id: int
    detail: str
