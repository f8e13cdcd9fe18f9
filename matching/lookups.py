"""What the engine asks for, and what it gets back: indexed look-ups only, never a scan (decision D6).

Two rounds. ``wanted(payment)`` gives the first ``Lookups``; whoever holds the data fetches them into a
``Found``; ``more(payment, found)`` gives the second round, fetched and merged with ``found | second``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from matching.reading.keys import KeyKind
from matching.values import Allocation, Client, ClientId, Invoice, InvoiceId, Memory, Payment, PaymentId

SAME_AMOUNT_LIMIT = 40
COUNT_LIMIT = 1_000
CLIENT_LIMIT = 120
TOKEN_LIMIT = 40
KEY_HITS_LIMIT = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRequest:
    """What is open at a client in one currency, credit notes included: CLIENT_LIMIT by due date then id.

    Besides, up to SAME_AMOUNT_LIMIT open invoices of exactly ``amount_cents``, even beyond that limit.
    """

    client_id: ClientId
    currency: str
    amount_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookups:
    """One round of questions, each answerable by one index."""

    keys: frozenset[str] = frozenset()
    iban: str | None = None
    alias: str | None = None
    tokens: frozenset[str] = frozenset()
    amount: tuple[str, int] | None = None
    clients: tuple[ClientRequest, ...] = ()
    payment_id: PaymentId | None = None


@dataclass(frozen=True, slots=True)
class KeyHit:
    """One row of ``invoice_references``: this key, of this kind, belongs to this invoice."""

    key: str
    kind: KeyKind
    invoice_id: InvoiceId


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientOpen:
    """A client's open invoices and credit notes in one currency; ``truncated`` when CLIENT_LIMIT cut them."""

    invoice_ids: tuple[InvoiceId, ...]
    truncated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PastPayment:
    """An earlier payment of the same payer or the same amount, with what it was allocated to."""

    payment: Payment
    allocations: tuple[Allocation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The answers, and all the matcher ever sees. Order inside tuples has no meaning except due date order.

    ``same_amount``: open invoices of exactly the payment's cents and currency, at most SAME_AMOUNT_LIMIT,
    oldest due first; ``same_amount_count``: how many there are, counted up to COUNT_LIMIT; ``open_count``:
    open invoices in that currency.
    ``token_counts``: for each token asked, how many clients bear it (a token borne by more than TOKEN_LIMIT
    clients brings none of them). ``past``: recent payments with the payer's IBAN and the same amount.
    ``own_ibans``: accounts of the organisation itself. ``capped``: names of limits that were hit.
    """

    hits: tuple[KeyHit, ...] = ()
    invoices: Mapping[InvoiceId, Invoice] = field(default_factory=dict)
    same_amount: tuple[InvoiceId, ...] = ()
    same_amount_count: int = 0
    open_count: int = 0
    client_open: Mapping[ClientId, ClientOpen] = field(default_factory=dict)
    clients: Mapping[ClientId, Client] = field(default_factory=dict)
    token_counts: Mapping[str, int] = field(default_factory=dict)
    client_count: int = 0
    memory: Memory = field(default_factory=Memory)
    past: tuple[PastPayment, ...] = ()
    own_ibans: frozenset[str] = frozenset()
    capped: frozenset[str] = frozenset()

    def __or__(self, other: "Found") -> "Found":
        """Add a second round. Scalars and memory come from the first one, clients' habits from both."""
        return replace(
            self,
            hits=tuple(dict.fromkeys(self.hits + other.hits)),
            invoices={**self.invoices, **other.invoices},
            client_open={**self.client_open, **other.client_open},
            clients={**self.clients, **other.clients},
            token_counts={**self.token_counts, **other.token_counts},
            memory=replace(self.memory, delays={**self.memory.delays, **other.memory.delays}),
            capped=self.capped | other.capped,
        )


class Candidates(Protocol):
    """Whoever answers look-ups: ``MemoryIndex`` here, tables in the store (async there)."""

    def fetch(self, lookups: Lookups) -> Found:
        """Answer one round."""
        ...
