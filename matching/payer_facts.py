"""What was learnt from people's decisions, as plain values. The store reads it from the decisions.

An agency keeps one ``Memory``; a payment is scored with the slice that concerns it (same type).
Everything here comes from confirmed associations and can be shown to an admin and deleted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from matching.values import ClientId, InvoiceId, PaymentId


class PayerClass(StrEnum):
    """What kind of payer an IBAN or a name is. Only ``CLIENT`` identifies one client.

    ``GROUP`` pays for two to five clients (group treasury, agency of record), ``MANY`` for more.
    """

    CLIENT = "client"
    GROUP = "group"
    MANY = "many"
    FACTOR = "factor"
    PLATFORM = "platform"
    NOT_CLIENT = "not_client"
    OWN = "own"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """How often a payer was confirmed, or contradicted, as paying for one client.

    ``blocked``: an association of this pair was undone once; it is never applied alone again.
    """

    client_id: ClientId
    confirmations: int = 0
    contradictions: int = 0
    last_date: date | None = None
    refused_date: date | None = None
    blocked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """All that is known of one payer key. ``declared`` is an admin's word and wins over the counts."""

    links: tuple[Link, ...] = ()
    not_client_count: int = 0
    declared: PayerClass | None = None

    def link(self, client_id: ClientId) -> Link | None:
        """The link to one client, if any."""
        return next((link for link in self.links if link.client_id == client_id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Learnt facts: payers by IBAN and by normalised name, dismissed sets, payment delays in days."""

    ibans: Mapping[str, Payer] = field(default_factory=dict)
    aliases: Mapping[str, Payer] = field(default_factory=dict)
    dismissed: Mapping[PaymentId, frozenset[frozenset[InvoiceId]]] = field(default_factory=dict)
    delays: Mapping[ClientId, tuple[int, ...]] = field(default_factory=dict)
