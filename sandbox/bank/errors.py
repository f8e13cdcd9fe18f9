"""Refusals of the bank, in each of the forms its endpoints use (qonto-api reference, 2.2)."""

import json
from uuid import uuid4

from aiohttp import web

from sandbox.faults import Fault


class Refused(web.HTTPException):
    """An answer that ends a request, with the bank's JSON."""

    def __init__(self, status: int, body: object) -> None:
        self.status_code = status
        super().__init__(
            text=json.dumps(body),
            content_type="application/json",
            headers={"X-Tyk-Trace-Id": uuid4().hex},
        )


def listed(status: int, code: str, detail: str, parameter: str | None = None) -> Refused:
    """Return the standard form, a list of errors."""
    return Refused(status, {"errors": [_error(code, detail, parameter)], "trace_id": uuid4().hex})


def single(status: int, code: str, detail: str, parameter: str | None = None) -> Refused:
    """Return the form of the transaction endpoints, where `errors` is an object."""
    return Refused(status, {"errors": _error(code, detail, parameter)})


def flat(status: int, code: str, detail: str) -> Refused:
    """Return the form of the webhook endpoints."""
    return Refused(status, {"code": code, "detail": detail})


def oauth(status: int, error: str, description: str) -> Refused:
    """Return the form of the OAuth host."""
    return Refused(status, {"error": error, "error_description": description})


def planned(fault: Fault) -> web.Response:
    """Answer a planned `error` fault: a 4xx in the standard form."""
    status = fault.status if 400 <= fault.status < 500 else 400  # noqa: PLR2004 (the range of 4xx)
    return web.json_response({"errors": [_error(fault.error, "planned by the sandbox", None)]}, status=status)


def _error(code: str, detail: str, parameter: str | None) -> dict[str, object]:
    error: dict[str, object] = {"code": code, "detail": detail}
    return error if parameter is None else error | {"source": {"parameter": parameter}}
