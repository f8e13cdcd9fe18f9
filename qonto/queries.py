"""What may be asked of the bank's lists, written as its query parameters."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from qonto.paging import MAX_PER_PAGE


@dataclass(frozen=True)
class TransactionQuery:
    """Which transactions of one account (docs.qonto.com, transactions/list-transactions).

    Windows are aware instants; `updated_*` is for incremental sync, `settled_*` for accounting periods.
    One call is made per status, because several in one are not reliably honoured. The order is that of
    changes, so that rows which move while we page are met again rather than missed.
    """

    account_id: str
    statuses: tuple[str, ...] = ("completed",)
    updated_at_from: datetime | None = None
    settled_at_from: datetime | None = None
    per_page: int = MAX_PER_PAGE

    def params(self, status: str) -> list[tuple[str, str]]:
        """Return the parameters of the call for one status, without the page."""
        return [
            ("bank_account_id", self.account_id),
            ("status[]", status),
            *_instant("updated_at_from", self.updated_at_from),
            *_instant("settled_at_from", self.settled_at_from),
            ("sort_by", "updated_at:asc"),
        ]


def _instant(name: str, value: datetime | None) -> Iterator[tuple[str, str]]:
    """Write an instant as the bank does; raises ValueError on a naive one."""
    if value is None:
        return
    if value.tzinfo is None:
        raise ValueError(f"{name} must be aware")
    yield name, value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
