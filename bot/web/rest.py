"""The REST API: the same use cases, checks and audit as a click, for programs."""

import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from aiohttp import web
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from bot.bank.sync import sync_recent
from bot.context import Actor, Context
from bot.errors import ConflictError, InvalidRequestError, NotFoundError
from bot.invoices.save import save_invoice
from bot.queries.payment import PaymentView, load_view, load_views
from bot.reconciliation import Choice, Decided, associate, undo
from bot.web.openapi import Operation, document
from bot.web.rest_models import (
    AssociateBody,
    DecidedAnswer,
    DissociateBody,
    InvoiceAnswer,
    InvoiceBody,
    InvoicesAnswer,
    InvoicesPage,
    PaymentsPage,
    SyncAnswer,
    SyncBody,
    TransactionsAnswer,
)
from bot.web.rest_requests import read_model, read_query
from qonto import cents_from
from store.invoices import read
from store.invoices.read import get_by_number
from store.invoices.save import NewInvoice
from store.models import Transaction
from store.paging import CursorRefused
from store.payments.waiting import get_by_qonto_id, list_payments
from store.types import ActorKind, InvoiceKind

SERVICE_USER = Actor(ActorKind.API, "api", is_admin=True)
MOST_NUMBER = 255


def routes(ctx: Context) -> list[web.RouteDef]:
    """Give the API's routes, ready to add to an application."""
    return [web.route(each.method, each.path, _bound(ctx, each)) for each in OPERATIONS]


def _bound(ctx: Context, operation: Operation) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Read what the handler takes, run it, and write what it gives."""
    query, body = operation.query, operation.body

    async def handler(request: web.Request) -> web.Response:
        given: dict[str, Any] = dict(request.match_info)
        if query:
            given["query"] = read_query(request, query)
        if body:
            given["body"] = await read_model(request, body)
        answer, status = await operation.handle(ctx, **given), 200
        if isinstance(answer, tuple):
            answer, status = answer
        text = answer.model_dump_json() if isinstance(answer, BaseModel) else json.dumps(answer)
        return web.json_response(text=text, status=status)

    return handler


async def list_transactions(ctx: Context, query: PaymentsPage) -> TransactionsAnswer:
    """GET /api/qonto/transactions: payments received, newest first."""
    async with ctx.database.read() as session:
        with _known_cursor():
            page = await list_payments(session, **dict(query))
        views = await load_views(session, [payment.id for payment in page.payments])
    return TransactionsAnswer(transactions=views, next=page.next_cursor)


async def sync(ctx: Context, body: SyncBody) -> SyncAnswer:
    """POST /api/qonto/sync: read at the bank what webhooks may have missed."""
    return SyncAnswer.model_validate(await sync_recent(ctx, days=body.days))


async def associate_payment(ctx: Context, body: AssociateBody) -> DecidedAnswer:
    """POST /api/qonto/associate: one invoice, or several with amounts."""
    async with ctx.database.read() as session:
        payment = await _payment(session, body.transaction_id)
        choices = await _choices(session, body)
    return await _decided(ctx, await associate(ctx, SERVICE_USER, transaction_id=payment.id, choices=choices))


async def dissociate_payment(ctx: Context, body: DissociateBody) -> DecidedAnswer:
    """POST /api/qonto/dissociate: undo by reversing rows."""
    async with ctx.database.read() as session:
        payment = await _payment(session, body.transaction_id)
        view = await load_view(session, payment.id)
    decision_id = _decision_about(view, body.invoice) if view and body.invoice else None
    return await _decided(
        ctx, await undo(ctx, SERVICE_USER, transaction_id=payment.id, decision_id=decision_id)
    )


async def list_invoices(ctx: Context, query: InvoicesPage) -> InvoicesAnswer:
    """GET /api/invoices: with their status, what is still due, and the collaboration's status."""
    async with ctx.database.read() as session:
        with _known_cursor():
            page = await read.list_invoices(session, **dict(query))
        return InvoicesAnswer(invoices=page.invoices, next=page.next_cursor)


async def put_invoice(ctx: Context, number: str, body: InvoiceBody) -> tuple[InvoiceAnswer, int]:
    """PUT /api/invoices/{number}: create or change; the same body again changes nothing."""
    number = number.strip()
    if not number or len(number) > MOST_NUMBER or not number.isprintable():
        raise InvalidRequestError("number : numéro de facture invalide.")
    cents = cents_from(body.total)
    kind = InvoiceKind(body.kind)
    fields = body.model_dump(exclude={"total", "kind"})
    saved = await save_invoice(
        ctx, SERVICE_USER, NewInvoice(number=number, total_cents=cents, kind=kind, **fields)
    )
    async with ctx.database.read() as session:
        invoice = await get_by_number(session, number)
        if invoice is None:
            raise NotFoundError("Cette facture est inconnue.")
        return InvoiceAnswer.model_validate(invoice), 201 if saved == "created" else 200


async def describe(_ctx: Context) -> dict[str, Any]:
    """GET /api/openapi.json."""
    return document(OPERATIONS)


async def _payment(session: AsyncSession, qonto_id: str) -> Transaction:
    payment = await get_by_qonto_id(session, qonto_id)
    if payment is None:
        raise NotFoundError("Ce paiement est inconnu.")
    return payment


async def _choices(session: AsyncSession, body: AssociateBody) -> list[Choice]:
    wanted = (
        [(body.invoice, None)]
        if body.invoice is not None
        else [(part.invoice, cents_from(part.amount)) for part in body.allocations or []]
    )
    choices = []
    for number, cents in wanted:
        invoice = await get_by_number(session, number)
        if invoice is None:
            raise NotFoundError(f"La facture {number} est inconnue.")
        choices.append(Choice(invoice.id, cents))
    return choices


def _decision_about(view: PaymentView, number: str) -> int:
    """Find the decision to undo; one that also covers other invoices is undone as a whole only."""
    found = {each.decision_id for each in view.associations if each.line.number == number}
    if not found:
        raise NotFoundError(f"Ce paiement n’est pas associé à la facture {number}.")
    decision_id = max(found)
    others = [
        each.line.number
        for each in view.associations
        if each.decision_id == decision_id and each.line.number != number
    ]
    if others:
        raise ConflictError(
            f"La même décision couvre aussi {', '.join(others)} : dissocier sans préciser de facture."
        )
    return decision_id


async def _decided(ctx: Context, decided: Decided) -> DecidedAnswer:
    async with ctx.database.read() as session:
        view = await load_view(session, decided.transaction_id)
    if view is None:
        raise NotFoundError("Ce paiement est inconnu.")
    return DecidedAnswer(decision=decided.decision_id, repeated=decided.repeated, transaction=view)


@contextmanager
def _known_cursor() -> Iterator[None]:
    try:
        yield
    except CursorRefused:
        raise InvalidRequestError("after : curseur inconnu, reprendre celui donné dans next.") from None


OPERATIONS: Sequence[Operation] = (
    Operation(
        "GET", "/api/qonto/transactions", "Paiements reçus, les plus récents d’abord", list_transactions
    ),
    Operation("POST", "/api/qonto/sync", "Synchroniser avec Qonto", sync, errors=(409,)),
    Operation(
        "POST",
        "/api/qonto/associate",
        "Associer un paiement à une ou plusieurs factures",
        associate_payment,
        errors=(404, 409),
    ),
    Operation(
        "POST",
        "/api/qonto/dissociate",
        "Annuler l’association d’un paiement",
        dissociate_payment,
        errors=(404, 409),
    ),
    Operation("GET", "/api/invoices", "Factures et ce qui reste dû", list_invoices),
    Operation("PUT", "/api/invoices/{number}", "Créer ou modifier une facture", put_invoice, errors=(409,)),
    Operation("GET", "/api/openapi.json", "Ce document", describe),
)
