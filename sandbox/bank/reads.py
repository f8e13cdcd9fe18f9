"""`GET` on the organisation, its accounts and their transactions."""

from aiohttp import web

from sandbox.bank.errors import listed, single
from sandbox.bank.listing import instant, one_of, page_of
from sandbox.bank.movements import Movement, rest_row
from sandbox.bank.state import Account, BankState

STATUSES = ("pending", "declined", "completed")
SORT_FIELDS = ("updated_at", "settled_at", "emitted_at")
SORTS = tuple(f"{name}:{way}" for name in SORT_FIELDS for way in ("asc", "desc"))


def read_routes(state: BankState) -> list[web.RouteDef]:
    """Return the routes, over this state."""

    async def organization(request: web.Request) -> web.Response:
        external = request.query.get("include_external_accounts") == "true"
        return web.json_response({"organization": state.organization(include_external=external)})

    async def accounts(request: web.Request) -> web.Response:
        rows, meta = page_of(request, [account.to_json() for account in state.accounts])
        return web.json_response({"bank_accounts": rows, "meta": meta})

    async def account(request: web.Request) -> web.Response:
        found = state.account(request.match_info["id"])
        if found is None:
            raise listed(404, "not_found", "bank account not found", "id")
        return web.json_response({"bank_account": found.to_json()})

    async def transactions(request: web.Request) -> web.Response:
        rows, meta = page_of(request, _selected(request, state), trap=state.paging_trap)
        includes = request.query.getall("includes[]", [])
        answer = {"transactions": [rest_row(row, includes) for row in rows], "meta": meta}
        state.drift_once()
        return web.json_response(answer)

    async def transaction(request: web.Request) -> web.Response:
        found = state.movements.get(request.match_info["id"])
        if found is None:
            raise single(404, "not_found", "Transaction not found", "id")
        includes = request.query.getall("includes[]", [])
        return web.json_response({"transaction": rest_row(found, includes)})

    return [
        web.get("/v2/organization", organization),
        web.get("/v2/bank_accounts", accounts),
        web.get("/v2/bank_accounts/{id}", account),
        web.get("/v2/transactions", transactions),
        web.get("/v2/transactions/{id}", transaction),
    ]


def _selected(request: web.Request, state: BankState) -> list[Movement]:
    """Return the rows asked for: one account, one status (the first), `completed` unless said otherwise."""
    account = _account(request, state)
    status = one_of(request, "status[]", STATUSES, "completed")
    sort = one_of(request, "sort_by", SORTS, "settled_at:desc")
    rows = state.movements.changed_between(
        account.id, status, instant(request, "updated_at_from"), instant(request, "updated_at_to")
    )
    return _sorted(_filtered(request, rows), sort)


def _account(request: web.Request, state: BankState) -> Account:
    account_id, iban = request.query.get("bank_account_id"), request.query.get("iban")
    if account_id is None and iban is None:
        raise single(422, "invalid", "bank_account_id or iban is missing", "bank_account_id")
    for account in state.accounts:
        if account.id == account_id or (account_id is None and account.iban == iban):
            return account
    raise single(404, "not_found", "bank account not found", "bank_account_id")


def _filtered(request: web.Request, rows: list[Movement]) -> list[Movement]:
    side = one_of(request, "side", ("credit", "debit"), "")
    attached = one_of(request, "with_attachments", ("true", "false"), "")
    kinds = request.query.getall("operation_type[]", [])
    if side:
        rows = [row for row in rows if row.side == side]
    if attached:
        rows = [row for row in rows if bool(row.attachment_ids) == (attached == "true")]
    if kinds:
        rows = [row for row in rows if row.operation_type in kinds]
    for name in ("settled_at", "emitted_at"):
        rows = _within(request, rows, name)
    return rows


def _within(request: web.Request, rows: list[Movement], name: str) -> list[Movement]:
    start, end = instant(request, f"{name}_from"), instant(request, f"{name}_to")
    if start is None and end is None:
        return rows
    dated = [(getattr(row, name), row) for row in rows]
    return [
        row
        for at, row in dated
        if at is not None and (start is None or at >= start) and (end is None or at <= end)
    ]


def _sorted(rows: list[Movement], sort: str) -> list[Movement]:
    name, _, way = sort.partition(":")
    if (name, way) == ("updated_at", "asc"):
        return rows
    dated = [row for row in rows if getattr(row, name) is not None]
    undated = [row for row in rows if getattr(row, name) is None]
    return sorted(dated, key=lambda row: (getattr(row, name), row.id), reverse=way == "desc") + undated
