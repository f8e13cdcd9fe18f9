"""Use case: create or change one invoice. The REST API and the import of a file share its checks."""

from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit import trace
from bot.context import Actor, Context
from bot.errors import ConflictError, InvalidRequestError
from bot.locale import fr
from store.invoices import save
from store.invoices.parties import InvoiceConflict
from store.invoices.save import NewInvoice, Saved
from store.suggestions import rematching

Kind = Literal["created", "changed", "unchanged"]

_FIELDS = {"total_cents": "montant", "currency": "devise", "client_id": "client", "kind": "type"}
_REASONS = {
    "talent_email_taken": "cette adresse e-mail appartient déjà à un autre talent",
    "talent_ambiguous": "plusieurs talents portent ce nom : ajouter l’adresse e-mail",
    "number_empty": "numéro de facture vide",
    "client_name_empty": "nom de client vide",
    "total_not_positive": "montant nul ou négatif",
}
_INVALID = frozenset({"number_empty", "client_name_empty", "total_not_positive"})


async def save_invoice(ctx: Context, actor: Actor, new: NewInvoice) -> Kind:
    """Create the invoice, change it, or find it the same; waiting payments then look at it again.

    Raises NotAllowedError; ConflictError when payments contradict the change or the talent is ambiguous.
    """
    actor.require_admin()
    now = ctx.clock()
    try:
        async with ctx.database.write() as session:
            saved = await save.save_invoice(session, new, now)
            if saved.kind != "unchanged":
                await _record(session, actor, saved, ctx)
    except InvoiceConflict as conflict:
        message = f"Facture {new.number} : {conflict_reason(conflict)}."
        raise (InvalidRequestError if conflict.code in _INVALID else ConflictError)(message) from None
    return saved.kind


async def _record(session: AsyncSession, actor: Actor, saved: Saved, ctx: Context) -> None:
    invoice = saved.invoice
    said = {
        "number": invoice.number,
        "total_cents": invoice.total_cents,
        "currency": invoice.currency,
        "due_date": invoice.due_date.isoformat(),
        "kind": invoice.kind,
        "version": invoice.version,
    }
    await trace(session, actor, f"invoice_{saved.kind}", ("invoice", invoice.id), ctx.clock(), said)
    await rematching.ask_for_all(session, ctx.clock(), currency=invoice.currency)


def conflict_reason(conflict: InvoiceConflict) -> str:
    """Say in French what the new content contradicts, without a final point."""
    if conflict.code == "has_payments":
        fields = [_FIELDS.get(name, name) for name in conflict.detail.split(", ")]
        verb = "ne peut plus changer" if len(fields) == 1 else "ne peuvent plus changer"
        return f"elle a déjà reçu des paiements, {fr.join(fields)} {verb}"
    return _REASONS.get(conflict.code, "contenu contradictoire")
