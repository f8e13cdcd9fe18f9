"""What the use cases give, as the REST API writes it: decimal text, masked IBANs, stable words."""

from bot.locale import fr
from bot.queries.payment import AssociationView, PaymentView, ProposalView
from bot.web.rest_models import (
    AllocationAnswer,
    AssociationAnswer,
    CollaborationAnswer,
    InvoiceAnswer,
    ProposalAnswer,
    TransactionAnswer,
)
from store.models import Invoice
from store.types import InvoiceKind, InvoiceStatus


def transaction_answer(view: PaymentView) -> TransactionAnswer:
    """Write one payment with its suggestions and its associations."""
    return TransactionAnswer(
        transaction_id=view.qonto_id,
        state=view.state,
        side=view.side,
        status=view.status,
        amount=fr.decimal_text(view.amount_cents),
        unallocated=fr.decimal_text(view.unallocated_cents),
        currency=view.currency,
        label=view.label,
        reference=view.reference,
        payer_name=view.payer_name,
        payer_iban=fr.masked_iban(view.payer_iban),
        settled_at=view.settled_at,
        proposals=[_proposal(proposal) for proposal in view.proposals],
        allocations=[_association(association) for association in view.associations],
    )


def _proposal(proposal: ProposalView) -> ProposalAnswer:
    return ProposalAnswer(
        allocations=[
            AllocationAnswer(invoice=line.number, amount=fr.decimal_text(line.amount_cents))
            for line in proposal.lines
        ],
        residual=fr.decimal_text(proposal.residual_cents),
        probability=round(proposal.probability, 4),
        confidence=proposal.confidence,
        reasons=list(proposal.codes),
        explanations=list(proposal.sentences),
    )


def _association(association: AssociationView) -> AssociationAnswer:
    return AssociationAnswer(
        invoice=association.line.number,
        amount=fr.decimal_text(association.line.amount_cents),
        write_off=fr.decimal_text(association.write_off_cents),
        by=association.actor,
        through=association.actor_kind,
        at=association.decided_at,
    )


def invoice_answer(invoice: Invoice) -> InvoiceAnswer:
    """Write one invoice; its client, collaboration and talent must be loaded."""
    collaboration = invoice.collaboration
    talent = collaboration.talent if collaboration else None
    return InvoiceAnswer(
        number=invoice.number,
        kind=InvoiceKind(invoice.kind),
        status=InvoiceStatus(invoice.status),
        client=invoice.client.name,
        client_email=invoice.client.email,
        talent=talent.name if talent else None,
        talent_email=talent.email if talent else None,
        collaboration=CollaborationAnswer(
            title=collaboration.title, talent=talent.name if talent else None, status=collaboration.status
        )
        if collaboration
        else None,
        total=fr.decimal_text(invoice.total_cents),
        open=fr.decimal_text(invoice.open_cents),
        currency=invoice.currency,
        issue_date=invoice.issue_date,
        due_date=invoice.due_date,
        paid_at=invoice.paid_at,
        language=invoice.language,
    )
