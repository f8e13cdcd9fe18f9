"""Who paid: what the IBAN, the learnt names and the name on the transfer say about the client."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from matching.lookups import Found
from matching.payer_facts import Link, Payer, PayerClass
from matching.payers.names import name_words, normal_name, similarity
from matching.reading.cues import FACTOR_NAMES, NON_CLIENT_NAMES, PLATFORM_NAMES
from matching.values import Client, ClientId, Payment

MAX_CLIENTS = 5
NAME_SAME = 0.95
NAME_CLOSE = 0.85
NAME_LOOSE = 0.70
TIE = 0.03
GROUP_LIMIT = 5
SURE_CONFIRMATIONS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerView:
    """Everything known about the payer of one payment.

    ``named``: the one client whose name it bears, None on a tie ("better none than wrong").
    ``client_ids``: at most MAX_CLIENTS clients to search, most likely first.
    """

    payer_class: PayerClass
    ibans: Mapping[ClientId, Link]
    aliases: Mapping[ClientId, Link]
    scores: Mapping[ClientId, float]
    named: ClientId | None
    client_ids: tuple[ClientId, ...]
    not_client_count: int
    confirmations: int
    looks_foreign: bool

    def identifies(self, client_id: ClientId) -> bool:
        """Is this client the payer beyond reasonable doubt: learnt IBAN, learnt name, or the very name?"""
        if self.payer_class in {PayerClass.FACTOR, PayerClass.PLATFORM, PayerClass.OWN}:
            return False
        if client_id in self.ibans:
            return self.payer_class is PayerClass.CLIENT
        return client_id in self.aliases or (self.named == client_id and self.scores[client_id] >= NAME_CLOSE)

    def may_be(self, client_id: ClientId) -> bool:
        """The same, or one of the few clients an agency's IBAN pays for: enough to look for sums."""
        return self.identifies(client_id) or (
            self.payer_class is PayerClass.GROUP and client_id in self.ibans
        )


def payer_of(payment: Payment, found: Found) -> PayerView:
    """Put together IBAN, alias and name. Contradicted links count for nobody."""
    by_iban = found.memory.ibans.get(payment.payer_iban or "", Payer())
    by_alias = found.memory.aliases.get(normal_name(payment.payer_name), Payer())
    ibans = _good_links(by_iban)
    aliases = _good_links(by_alias)
    scores = _scores(payment.payer_name, found)
    payer_class = _class(payment, found, by_iban, by_alias)
    named = _named(scores)
    if payer_class in {PayerClass.FACTOR, PayerClass.PLATFORM, PayerClass.OWN}:
        named, scores = None, {}
    return PayerView(
        payer_class=payer_class,
        ibans=ibans,
        aliases=aliases,
        scores=scores,
        named=named,
        client_ids=_ranked(ibans, aliases, scores, _clients_of_amount(found)),
        not_client_count=max(by_iban.not_client_count, by_alias.not_client_count),
        confirmations=sum(link.confirmations for link in (ibans or aliases).values()),
        looks_foreign=payment.payer_iban is not None and not payment.payer_iban.startswith("FR"),
    )


def days_since_refusal(links: tuple[Link | None, ...], on: date) -> int | None:
    """Days since somebody last refused one of these pairs, None when nobody did."""
    days = [
        (on - link.refused_date).days for link in links if link is not None and link.refused_date is not None
    ]
    return min(days, default=None)


def _good_links(payer: Payer) -> dict[ClientId, Link]:
    return {
        link.client_id: link
        for link in payer.links
        if link.confirmations > link.contradictions and link.confirmations > 0
    }


def _class(payment: Payment, found: Found, by_iban: Payer, by_alias: Payer) -> PayerClass:
    """An admin's word first, then our own accounts, then the name, then what this payer paid before."""
    declared = by_iban.declared or by_alias.declared
    if declared:
        return declared
    if payment.payer_iban and payment.payer_iban in found.own_ibans:
        return PayerClass.OWN
    if _bears(payment.payer_name, FACTOR_NAMES):
        return PayerClass.FACTOR
    if _bears(payment.payer_name, PLATFORM_NAMES):
        return PayerClass.PLATFORM
    return _class_by_history(payment, by_iban, by_alias)


def _class_by_history(payment: Payment, by_iban: Payer, by_alias: Payer) -> PayerClass:
    """How many clients it paid for; a payer of none may be known, or named, as no client."""
    links = _good_links(by_iban) or _good_links(by_alias)
    refused = by_iban.not_client_count or by_alias.not_client_count
    if not links and (refused or _bears(payment.payer_name, NON_CLIENT_NAMES)):
        return PayerClass.NOT_CLIENT
    if len(links) > GROUP_LIMIT:
        return PayerClass.MANY
    return PayerClass.GROUP if len(links) > 1 else PayerClass.CLIENT


def _bears(name: str, known: tuple[str, ...]) -> bool:
    padded = f" {normal_name(name)} "
    return any(f" {one} " in padded for one in known)


def _scores(payer_name: str, found: Found) -> dict[ClientId, float]:
    if not name_words(payer_name):
        return {}
    scores = {
        client.id: max(
            similarity(payer_name, name, found.token_counts, found.client_count) for name in _names(client)
        )
        for client in found.clients.values()
    }
    return {client_id: score for client_id, score in scores.items() if score >= NAME_LOOSE}


def _names(client: Client) -> tuple[str, ...]:
    return (client.name, *client.aliases)


def _named(scores: Mapping[ClientId, float]) -> ClientId | None:
    """The best name, unless another client's is within a hair of it."""
    ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    if not ranked or (len(ranked) > 1 and ranked[0][1] - ranked[1][1] < TIE):
        return None
    return ranked[0][0]


def _clients_of_amount(found: Found) -> frozenset[ClientId]:
    return frozenset(found.invoices[one].client_id for one in found.same_amount)


def _ranked(
    ibans: Mapping[ClientId, Link],
    aliases: Mapping[ClientId, Link],
    scores: Mapping[ClientId, float],
    of_amount: frozenset[ClientId],
) -> tuple[ClientId, ...]:
    """Most likely first; among the clients of one agency, those with an open invoice of this amount."""

    def weight(client_id: ClientId) -> float:
        iban = 2.0 + min(ibans[client_id].confirmations, 9) / 10 if client_id in ibans else 0.0
        iban += 0.5 if client_id in of_amount else 0.0
        return iban + (1.5 if client_id in aliases else 0.0) + scores.get(client_id, 0.0)

    everyone = {*ibans, *aliases, *scores}
    return tuple(sorted(everyone, key=lambda client_id: (-weight(client_id), client_id))[:MAX_CLIENTS])
