"""The stand-in bank as one aiohttp application."""

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import ValidationError

from sandbox.bank.access import access_middleware, bank_path
from sandbox.bank.consent import consent_routes
from sandbox.bank.control import control_routes, refusal_of
from sandbox.bank.errors import planned
from sandbox.bank.reads import read_routes
from sandbox.bank.state import BankState
from sandbox.bank.writes import invoice_routes, subscription_routes
from sandbox.faults import Faults, fault_middleware


def build_bank(state: BankState, faults: Faults) -> web.Application:
    """Return the bank over this state, to be mounted anywhere (`/bank`) or run alone.

    API and OAuth host share the address. Faults are named `bank:METHOD /path`, such as
    `bank:GET /v2/transactions`; what lies under `/sandbox/` is never hit by one.
    """
    app = web.Application(
        middlewares=[
            _orders_middleware,
            fault_middleware(faults, _name_of, planned),
            access_middleware(state),
        ]
    )
    app.add_routes(read_routes(state))
    app.add_routes(invoice_routes(state))
    app.add_routes(subscription_routes(state))
    app.add_routes(consent_routes(state))
    app.add_routes(control_routes(state, faults))
    app.cleanup_ctx.append(state.courier.run)
    return app


def _name_of(request: web.Request) -> str | None:
    path = bank_path(request)
    return None if path.startswith("/sandbox/") else f"bank:{request.method} {path}"


@web.middleware
async def _orders_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer a wrong order to the sandbox with its reason."""
    try:
        return await handler(request)
    except (ValidationError, ValueError, TypeError, LookupError, AttributeError) as error:
        if not bank_path(request).startswith("/sandbox/"):
            raise
        status = 404 if isinstance(error, LookupError) else 400
        return web.json_response(refusal_of(error), status=status)
