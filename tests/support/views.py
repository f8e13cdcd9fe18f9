"""Payment views with sane defaults, for tests of what people see."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from bot.queries.payment import (
    AssociationView,
    DecisionView,
    InvoiceLine,
    PaymentView,
    SuggestionView,
    TalentNotice,
)
from store.types import InvoiceStatus, MessageState, PaymentState

NOW = datetime(2026, 1, 27, 13, 5, tzinfo=UTC)


def a_line(number: str = "FACT-2026-042", **changes: Any) -> InvoiceLine:
    return replace(
        InvoiceLine(
            invoice_id=42,
            number=number,
            client="NIKE",
            talent="Camille D.",
            collaboration="Campagne printemps",
            currency="EUR",
            total_cents=150000,
            open_cents=150000,
            due_date=date(2026, 1, 30),
            status=InvoiceStatus.OPEN,
            amount_cents=150000,
        ),
        **changes,
    )


def a_proposal(*lines: InvoiceLine, **changes: Any) -> SuggestionView:
    return replace(
        SuggestionView(
            id=7,
            lines=lines or (a_line(),),
            residual_cents=0,
            residual_reason=None,
            probability=0.97,
            confidence="very_likely",
            sentences=("Numéro FACT-2026-042 lu dans le libellé", "Montant exact"),
            told=("Numéro FACT-2026-042 lu dans le libellé", "Montant exact"),
            codes=("reference_full", "amount_exact"),
        ),
        **changes,
    )


def an_association(line: InvoiceLine | None = None, **changes: Any) -> AssociationView:
    return replace(
        AssociationView(
            line=line or a_line(open_cents=0, status=InvoiceStatus.PAID),
            decision_id=5,
            actor="U0MAUD",
            actor_kind="slack",
            decided_at=NOW,
            write_off_cents=0,
            write_off_reason=None,
        ),
        **changes,
    )


def a_payment(**changes: Any) -> PaymentView:
    return replace(
        PaymentView(
            id=12,
            qonto_id="tx-12",
            version=3,
            state=PaymentState.PROPOSED,
            side="credit",
            status="completed",
            amount_cents=150000,
            allocated_cents=0,
            currency="EUR",
            label="NIKE FRANCE",
            reference="Paiement facture FACT-2026-042",
            payer_name="NIKE FRANCE",
            payer_iban="FR7630004000010000123456789",
            settled_at=NOW,
            account="Principal ••4396",
            bank_problem=None,
            ignored_reason=None,
            outcome="preselect",
            doubts=(),
            suggestions=(a_proposal(),),
            associations=(),
            last_decision=None,
            notices=(),
        ),
        **changes,
    )


def an_associated_payment(**changes: Any) -> PaymentView:
    return a_payment(
        state=PaymentState.ALLOCATED,
        allocated_cents=150000,
        suggestions=(),
        associations=(an_association(),),
        notices=(TalentNotice("Camille D.", MessageState.SENT),),
        **changes,
    )


def an_ignored_payment(**changes: Any) -> PaymentView:
    return a_payment(
        state=PaymentState.IGNORED,
        suggestions=(),
        ignored_reason="remboursement TVA",
        last_decision=DecisionView(9, "ignore", "U0MAUD", "slack", NOW, "remboursement TVA"),
        **changes,
    )
