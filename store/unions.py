"""Many small capped look-ups in one statement, in a few fixed sizes so that plans and caches are reused."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from sqlalchemy import TextClause, text

Value = TypeVar("Value", str, int)

# SQLite allows 500 terms in a compound select.
SIZES = (1, 4, 16, 64)


def padded(values: Sequence[Value], nothing: Value) -> Iterator[list[Value]]:
    """Cut into groups of a fixed size, filled up with a value that matches nothing."""
    left = list(values)
    while left:
        size = next((size for size in SIZES if size >= len(left)), SIZES[-1])
        group, left = left[:size], left[size:]
        yield group + [nothing] * (size - len(group))


def union(part: str, count: int, limit: int) -> TextClause:
    """Repeat one capped SELECT of our own writing, with ``{value}`` and ``{limit}``, as one UNION ALL.

    Values travel as parameters: ``named`` gives them.
    """
    parts = (part.format(value=f":v{index}", limit=limit) for index in range(count))
    # PostgreSQL wants a name for each.
    return text(" UNION ALL ".join(f"SELECT * FROM ({one}) AS p{at}" for at, one in enumerate(parts)))  # noqa: S608  # our own text


def named(values: Sequence[Value]) -> dict[str, Value]:
    """The parameters of ``union``."""
    return {f"v{index}": value for index, value in enumerate(values)}
