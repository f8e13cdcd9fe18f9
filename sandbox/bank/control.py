"""The hand behind the bank: what the demo's page and the tests may make happen, as JSON over HTTP."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sandbox.bank.deliveries import Delivery
from sandbox.bank.movements import rest_row
from sandbox.bank.state import BankState, Drift, PagingTrap
from sandbox.faults import Fault, Faults

MAX_LOAD = 1_000_000


class Order(BaseModel):
    """A JSON body that may hold these fields and no other."""

    model_config = ConfigDict(extra="forbid")


class Payment(Order):
    """Somebody pays; see BankState.pay."""

    amount_cents: Annotated[int, Field(strict=True, ge=0)]
    payer_name: str
    payer_iban: str | None = None
    reference: str | None = None
    currency: str = "EUR"
    status: str = "completed"
    deliver: bool = True
    settled_at: datetime | None = None
    operation_type: str = "income"
    side: Literal["credit", "debit"] = "credit"


class Load(Order):
    """Many old rows at once; see BankState.load."""

    count: Annotated[int, Field(ge=1, le=MAX_LOAD)]
    newest: datetime | None = None
    spacing_seconds: Annotated[int, Field(ge=0)] = 60


class Post(Order):
    """How deliveries go: kept back, let go (perhaps newest first), each sent several times."""

    hold: bool | None = None
    release: Literal["in_order", "backwards"] | None = None
    copies: Annotated[int, Field(ge=1, le=100)] | None = None


class Moods(Order):
    """How lists mislead: rows that move while being read, or a paging trap."""

    insert: Annotated[int, Field(ge=0)] = 0
    touch: Annotated[int, Field(ge=0)] = 0
    pages: Annotated[int, Field(ge=0)] = 1
    paging_trap: PagingTrap | None = None


def control_routes(state: BankState, faults: Faults) -> list[web.RouteDef]:
    """Return the routes under `/sandbox/`; a wrong body is answered 400 with the reason."""

    async def pay(request: web.Request) -> web.Response:
        order = Payment.model_validate(await request.json())
        movement = state.pay(**order.model_dump())
        return web.json_response({"transaction": rest_row(movement)}, status=201)

    async def change(request: web.Request) -> web.Response:
        fields = await request.json()
        if isinstance(fields.get("settled_at"), str):
            fields["settled_at"] = datetime.fromisoformat(fields["settled_at"])
        movement = state.change(request.match_info["id"], **fields)
        return web.json_response({"transaction": rest_row(movement)})

    async def remove(request: web.Request) -> web.Response:
        state.remove(request.match_info["id"])
        return web.Response(status=204)

    async def load(request: web.Request) -> web.Response:
        order = Load.model_validate(await request.json())
        loaded = state.load(order.count, newest=order.newest, spacing_seconds=order.spacing_seconds)
        return web.json_response({"count": len(loaded), "total": len(state.movements)}, status=201)

    async def moods(request: web.Request) -> web.Response:
        order = Moods.model_validate(await request.json())
        state.drift = Drift(order.insert, order.touch, order.pages)
        state.paging_trap = order.paging_trap
        return web.Response(status=204)

    async def movements(_request: web.Request) -> web.Response:
        rows = sorted(state.movements, key=lambda each: each.key, reverse=True)[:200]
        return web.json_response({"transactions": [rest_row(row) for row in rows]})

    return [
        web.get("/sandbox/transactions", movements),
        web.post("/sandbox/pay", pay),
        web.post("/sandbox/change/{id}", change),
        web.delete("/sandbox/transactions/{id}", remove),
        web.post("/sandbox/load", load),
        web.post("/sandbox/moods", moods),
        *_delivery_routes(state),
        *_fault_routes(faults),
    ]


def _delivery_routes(state: BankState) -> list[web.RouteDef]:
    async def deliveries(_request: web.Request) -> web.Response:
        return web.json_response({"deliveries": [each.to_json() for each in state.deliveries]})

    async def post(request: web.Request) -> web.Response:
        order = Post.model_validate(await request.json())
        if order.copies is not None:
            state.courier.copies = order.copies
        if order.hold:
            state.courier.hold()
        if order.release is not None:
            state.courier.release(backwards=order.release == "backwards")
        return web.Response(status=204)

    async def redeliver(request: web.Request) -> web.Response:
        delivery: Delivery = state.courier.redeliver(int(request.match_info["number"]))
        return web.json_response(delivery.to_json(), status=202)

    return [
        web.get("/sandbox/deliveries", deliveries),
        web.post("/sandbox/deliveries", post),
        web.post(r"/sandbox/redeliver/{number:\d{1,9}}", redeliver),
    ]


def _fault_routes(faults: Faults) -> list[web.RouteDef]:
    async def index(_request: web.Request) -> web.Response:
        return web.json_response({"faults": [fault.to_json() for fault in faults.list()]})

    async def add(request: web.Request) -> web.Response:
        fault = Fault.from_json(await request.json())
        faults.add(fault)
        return web.json_response(fault.to_json(), status=201)

    async def clear(_request: web.Request) -> web.Response:
        faults.clear()
        return web.Response(status=204)

    return [
        web.get("/sandbox/faults", index),
        web.post("/sandbox/faults", add),
        web.delete("/sandbox/faults", clear),
    ]


def refusal_of(error: Exception) -> Mapping[str, Any]:
    """Say what is wrong with an order."""
    if isinstance(error, ValidationError):
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        return {"error": "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in problems)}
    return {"error": f"{type(error).__name__}: {error}"}
