"""What may be asked of the bank's lists, written as its query parameters."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from qonto.paging import MAX_PER_PAGE


@dataclass(frozen=True)
class TransactionQuery:
    """Which transactions of one account (docs.qonto.com, transactions/list-transactions).

    Windows are aware instants; `updated_*` is for incremental sync, `settled_*` for accounting periods.
    One call is made per status, because several in one are not reliably honoured. Ascending order by
    default, so that rows which move while we page are met again rather than missed.
    """

    account_id: str
    statuses: tuple[str, ...] = ("completed",)
    side: str | None = None
    operation_types: tuple[str, ...] = ()
    updated_at_from: datetime | None = None
    updated_at_to: datetime | None = None
    settled_at_from: datetime | None = None
    settled_at_to: datetime | None = None
    emitted_at_from: datetime | None = None
    emitted_at_to: datetime | None = None
    with_attachments: bool | None = None
    includes: tuple[str, ...] = ()
    sort_by: str = "updated_at:asc"
    per_page: int = MAX_PER_PAGE

    def params(self, status: str) -> list[tuple[str, str]]:
        """Return the parameters of the call for one status, without the page."""
        return [
            ("bank_account_id", self.account_id),
            ("status[]", status),
            *_given("side", self.side),
            *(("operation_type[]", kind) for kind in self.operation_types),
            *_instant("updated_at_from", self.updated_at_from),
            *_instant("updated_at_to", self.updated_at_to),
            *_instant("settled_at_from", self.settled_at_from),
            *_instant("settled_at_to", self.settled_at_to),
            *_instant("emitted_at_from", self.emitted_at_from),
            *_instant("emitted_at_to", self.emitted_at_to),
            *_given("with_attachments", self.with_attachments),
            *included(self.includes),
            ("sort_by", self.sort_by),
        ]


@dataclass(frozen=True)
class InvoiceQuery:
    """Which client invoices (docs.qonto.com, client-invoices/list-client-invoices).

    `imported` also lists invoices imported into Qonto, which the bank hides by default.
    """

    statuses: tuple[str, ...] = ()
    created_at_from: datetime | None = None
    created_at_to: datetime | None = None
    updated_at_from: datetime | None = None
    updated_at_to: datetime | None = None
    imported: bool = True
    sort_by: str = "created_at:asc"

    def params(self) -> list[tuple[str, str]]:
        """Return the parameters, without the page."""
        return [
            *_given("filter[status]", ",".join(self.statuses) or None),
            *_instant("filter[created_at_from]", self.created_at_from),
            *_instant("filter[created_at_to]", self.created_at_to),
            *_instant("filter[updated_at_from]", self.updated_at_from),
            *_instant("filter[updated_at_to]", self.updated_at_to),
            ("exclude_imported", "false" if self.imported else "true"),
            ("sort_by", self.sort_by),
        ]


def included(names: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the parameters that add sub-objects to a transaction."""
    return [("includes[]", name) for name in names]


def _given(name: str, value: str | bool | None) -> Iterator[tuple[str, str]]:
    if isinstance(value, bool):
        yield name, "true" if value else "false"
    elif value is not None:
        yield name, value


def _instant(name: str, value: datetime | None) -> Iterator[tuple[str, str]]:
    """Write an instant as the bank does; raises ValueError on a naive one."""
    if value is None:
        return
    if value.tzinfo is None:
        raise ValueError(f"{name} must be aware")
    yield name, value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
