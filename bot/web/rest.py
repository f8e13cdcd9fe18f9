"""The REST API: the same use cases, checks and audit as a click, for programs."""

from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from bot.bank.sync import sync_recent
from bot.context import Actor, Context
from bot.errors import ConflictError, InvalidRequestError, NotFoundError
from bot.invoices.save import save_invoice
from bot.queries.payment import PaymentView, load_view, load_views
from bot.reconciliation import Choice, Decided, associate, undo
from bot.web import openapi
from bot.web.operation import Handle, Operation
from bot.web.rest_answers import invoice_answer, transaction_answer
from bot.web.rest_models import (
    AssociateBody,
    DecidedAnswer,
    DissociateBody,
    InvoiceAnswer,
    InvoiceBody,
    InvoicesAnswer,
    SyncAnswer,
    SyncBody,
    TransactionsAnswer,
)
from bot.web.rest_requests import InvoicesPage, PaymentsPage, read_model, read_query
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
    return [web.route(each.method, each.path, _bound(ctx, each.handle)) for each in OPERATIONS]


def _bound(ctx: Context, handle: Handle) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handler(request: web.Request) -> web.Response:
        return await handle(ctx, request)

    return handler


async def list_transactions(ctx: Context, request: web.Request) -> web.Response:
    """GET /api/qonto/transactions: payments received, newest first."""
    query = read_query(request, PaymentsPage)
    async with ctx.database.read() as session:
        try:
            page = await list_payments(
                session, state=query.state, q=query.q, after=query.after, limit=query.limit
            )
        except CursorRefused:
            raise _bad_cursor() from None
        views = await load_views(session, [payment.id for payment in page.payments])
    return _json(
        TransactionsAnswer(transactions=[transaction_answer(view) for view in views], next=page.next_cursor)
    )


async def sync(ctx: Context, request: web.Request) -> web.Response:
    """POST /api/qonto/sync: read at the bank what webhooks may have missed."""
    body = await read_model(request, SyncBody)
    report = await sync_recent(ctx, days=body.days)
    return _json(
        SyncAnswer(
            new=report.new,
            updated=report.updated,
            unchanged=report.unchanged,
            to_explain=report.to_explain,
            seconds=round(report.seconds, 3),
        )
    )


async def associate_payment(ctx: Context, request: web.Request) -> web.Response:
    """POST /api/qonto/associate: one invoice, or several with amounts."""
    body = await read_model(request, AssociateBody)
    async with ctx.database.read() as session:
        payment = await _payment(session, body.transaction_id)
        choices = await _choices(session, body)
    decided = await associate(ctx, SERVICE_USER, transaction_id=payment.id, choices=choices)
    return await _decided(ctx, decided)


async def dissociate_payment(ctx: Context, request: web.Request) -> web.Response:
    """POST /api/qonto/dissociate: undo by reversing rows."""
    body = await read_model(request, DissociateBody)
    async with ctx.database.read() as session:
        payment = await _payment(session, body.transaction_id)
        view = await load_view(session, payment.id)
    decision_id = _decision_about(view, body.invoice) if view and body.invoice else None
    decided = await undo(ctx, SERVICE_USER, transaction_id=payment.id, decision_id=decision_id)
    return await _decided(ctx, decided)


async def list_invoices(ctx: Context, request: web.Request) -> web.Response:
    """GET /api/invoices: with their status, what is still due, and the collaboration's status."""
    query = read_query(request, InvoicesPage)
    async with ctx.database.read() as session:
        try:
            page = await read.list_invoices(
                session, state=query.state, q=query.q, after=query.after, limit=query.limit
            )
        except CursorRefused:
            raise _bad_cursor() from None
        answers = [invoice_answer(invoice) for invoice in page.invoices]
    return _json(InvoicesAnswer(invoices=answers, next=page.next_cursor))


async def put_invoice(ctx: Context, request: web.Request) -> web.Response:
    """PUT /api/invoices/{number}: create or change; the same body again changes nothing."""
    number = _number(request.match_info["number"])
    body = await read_model(request, InvoiceBody)
    saved = await save_invoice(ctx, SERVICE_USER, _new_invoice(number, body))
    async with ctx.database.read() as session:
        invoice = await get_by_number(session, number)
        if invoice is None:
            raise NotFoundError("Cette facture est inconnue.")
        answer = invoice_answer(invoice)
    return _json(answer, status=201 if saved == "created" else 200)


async def describe(_ctx: Context, _request: web.Request) -> web.Response:
    """GET /api/openapi.json."""
    return web.json_response(openapi.document(OPERATIONS))


async def _payment(session: AsyncSession, qonto_id: str) -> Transaction:
    payment = await get_by_qonto_id(session, qonto_id)
    if payment is None:
        raise NotFoundError("Ce paiement est inconnu.")
    return payment


async def _choices(session: AsyncSession, body: AssociateBody) -> list[Choice]:
    wanted = (
        [(body.invoice, None)]
        if body.invoice is not None
        else [(each.invoice, cents_from(each.amount)) for each in body.allocations or []]
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


async def _decided(ctx: Context, decided: Decided) -> web.Response:
    async with ctx.database.read() as session:
        view = await load_view(session, decided.transaction_id)
    if view is None:
        raise NotFoundError("Ce paiement est inconnu.")
    return _json(
        DecidedAnswer(
            decision=decided.decision_id, repeated=decided.repeated, transaction=transaction_answer(view)
        )
    )


def _number(text: str) -> str:
    number = text.strip()
    if not number or len(number) > MOST_NUMBER or not number.isprintable():
        raise InvalidRequestError("number : numéro de facture invalide.")
    return number


def _new_invoice(number: str, body: InvoiceBody) -> NewInvoice:
    return NewInvoice(
        number=number,
        client=body.client,
        client_email=body.client_email,
        talent=body.talent,
        talent_email=body.talent_email,
        collaboration=body.collaboration,
        total_cents=cents_from(body.total),
        currency=body.currency,
        issue_date=body.issue_date,
        due_date=body.due_date,
        kind=InvoiceKind(body.kind),
        language=body.language,
    )


def _bad_cursor() -> InvalidRequestError:
    return InvalidRequestError("after : curseur inconnu, reprendre celui donné dans next.")


def _json(answer: BaseModel, status: int = 200) -> web.Response:
    return web.json_response(text=answer.model_dump_json(), status=status)


OPERATIONS: Sequence[Operation] = (
    Operation(
        "GET",
        "/api/qonto/transactions",
        "Paiements reçus, les plus récents d’abord",
        list_transactions,
        TransactionsAnswer,
        query=PaymentsPage,
    ),
    Operation(
        "POST", "/api/qonto/sync", "Synchroniser avec Qonto", sync, SyncAnswer, body=SyncBody, errors=(409,)
    ),
    Operation(
        "POST",
        "/api/qonto/associate",
        "Associer un paiement à une ou plusieurs factures",
        associate_payment,
        DecidedAnswer,
        body=AssociateBody,
        errors=(404, 409),
    ),
    Operation(
        "POST",
        "/api/qonto/dissociate",
        "Annuler l’association d’un paiement",
        dissociate_payment,
        DecidedAnswer,
        body=DissociateBody,
        errors=(404, 409),
    ),
    Operation(
        "GET",
        "/api/invoices",
        "Factures et ce qui reste dû",
        list_invoices,
        InvoicesAnswer,
        query=InvoicesPage,
    ),
    Operation(
        "PUT",
        "/api/invoices/{number}",
        "Créer ou modifier une facture",
        put_invoice,
        InvoiceAnswer,
        body=InvoiceBody,
        created=True,
        errors=(409,),
    ),
    Operation("GET", "/api/openapi.json", "Ce document", describe, None),
)
