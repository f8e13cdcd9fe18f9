"""Who paid: what the IBAN, the learnt names and the name on the transfer say about the client.

Names first: their normal form, the tokens under which a client is found, and how alike two are, in [0, 1].
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from matching.lookups import Found
from matching.payers.words import COMMON_WORDS, FACTOR_NAMES, LEGAL_FORMS, NON_CLIENT_NAMES, PLATFORM_NAMES
from matching.reading.keys import fold
from matching.values import ClientId, Link, Payer, PayerClass, Payment

MAX_CLIENTS = 5
NAME_SAME = 0.95
NAME_CLOSE = 0.85
NAME_LOOSE = 0.70
TIE = 0.03
GROUP_LIMIT = 5
SURE_CONFIRMATIONS = 2
PREFIX_LETTERS = 5
_MIN_LETTERS = 3
_FUZZY = 84
_FUZZY_LETTERS = 5
_CUT_WORD_LETTERS = 3
_CUT_NAME_LETTERS = range(22, 36)
_ACRONYM_LETTERS = range(3, 7)
_ACRONYM_SCORE = 0.7
_COMMON_FACTOR = 0.25
_RARE_WEIGHT = 0.55
_WORDS = re.compile(r"[0-9A-Z]+")
_DOTTED = re.compile(r"\b([A-Z])\.(?=[A-Z]\b)")
_NAMELESS = frozenset({PayerClass.FACTOR, PayerClass.PLATFORM, PayerClass.OWN})


@lru_cache(maxsize=4096)
def name_words(name: str) -> tuple[str, ...]:
    """Folded words without legal forms at both ends, unless nothing would be left (a brand called "SAS")."""
    words = _WORDS.findall(_DOTTED.sub(r"\1", fold(name)))
    start, end = 0, len(words)
    while start < end and words[start] in LEGAL_FORMS:
        start += 1
    while end > start and words[end - 1] in LEGAL_FORMS:
        end -= 1
    return tuple(words[start:end] or words)


def normal_name(name: str) -> str:
    """The alias key of a payer name: its words joined by one space."""
    return " ".join(name_words(name))


def name_tokens(name: str) -> tuple[str, ...]:
    """Tokens under which a client is found by name; stored in ``client_tokens(client_id, token)``.

    Each word; ``PREFI*`` so that a word cut or misspelt at its end is still found; ``@ABC`` for initials;
    ``=...`` for the beginning of the whole name written without blanks.
    """
    words = [word for word in name_words(name) if len(word) > 1]
    prefixes = [f"{word[:PREFIX_LETTERS]}*" for word in words if len(word) >= PREFIX_LETTERS]
    initials = "".join(word[0] for word in words if word not in LEGAL_FORMS)
    acronyms = [f"@{initials}"] if len(initials) in _ACRONYM_LETTERS else []
    glued = "".join(words)
    whole = [f"={glued[:24]}"] if len(glued) >= _MIN_LETTERS else []
    return tuple(dict.fromkeys([*words, *prefixes, *acronyms, *whole]))


def wanted_tokens(payer_name: str) -> frozenset[str]:
    """Tokens to look clients up by: those of the name, and the name itself read as somebody's initials."""
    words = name_words(payer_name)
    acronyms = {f"@{words[0]}"} if len(words) == 1 and len(words[0]) in _ACRONYM_LETTERS else set()
    return frozenset(token for token in name_tokens(payer_name) if not token.startswith("@")) | acronyms


def similarity(
    payer_name: str, client_name: str, token_counts: Mapping[str, int], client_count: int
) -> float:
    """How much of the client's name the payer's bears, rare words counting most.

    0 without a rare word in common.
    """
    payer, client = name_words(payer_name), name_words(client_name)
    if not payer or not client:
        return 0.0
    if payer == client:
        return 1.0
    glued, client_glued = "".join(payer), "".join(client)
    # Equal without blanks, or cut as a bank cuts long names.
    if glued == client_glued or (len(glued) in _CUT_NAME_LETTERS and client_glued.startswith(glued)):
        return 0.96
    initials = "".join(word[0] for word in client)
    if len(payer) == 1 and len(payer[0]) in _ACRONYM_LETTERS and payer[0] == initials:
        return _ACRONYM_SCORE
    weights = {word: _weight(word, token_counts, client_count) for word in (*payer, *client)}
    agreement = {word: _best(word, payer) for word in client}
    if not any(agreement[word] and weights[word] >= _RARE_WEIGHT for word in client):
        return 0.0
    covered = _share(client, agreement, weights)
    explained = _share(payer, {word: _best(word, client) for word in payer}, weights)
    return 0.7 * covered + 0.3 * explained


def _share(words: tuple[str, ...], agreement: Mapping[str, float], weights: Mapping[str, float]) -> float:
    return sum(weights[word] * agreement[word] for word in words) / sum(weights[word] for word in words)


def _weight(word: str, token_counts: Mapping[str, int], client_count: int) -> float:
    """Between 0 and 1: one for a word borne by a single client, little for words that say nothing."""
    rarity = 1.0
    if client_count:
        bearers = max(token_counts.get(word, 1), 1)
        rarity = math.log((client_count + 2) / (bearers + 1)) / math.log((client_count + 2) / 2)
    return max(rarity, 0.05) * (_COMMON_FACTOR if word in COMMON_WORDS or len(word) == 1 else 1.0)


def _best(word: str, others: tuple[str, ...]) -> float:
    if word in others:
        return 1.0
    if len(word) < _MIN_LETTERS:
        return 0.0
    return max((_alike(word, other) for other in others), default=0.0)


@lru_cache(maxsize=16384)
def _alike(word: str, other: str) -> float:
    short, long = sorted((word, other), key=len)
    if len(short) >= _CUT_WORD_LETTERS and long.startswith(short):
        return 0.5 + 0.5 * len(short) / len(long)
    if len(short) < _FUZZY_LETTERS:
        return 0.0
    return fuzz.ratio(word, other, score_cutoff=_FUZZY) / 100


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
    confirmations: int
    looks_foreign: bool

    @property
    def is_nameless(self) -> bool:
        """A factor, a platform or we ourselves: neither IBAN nor name says which client it is."""
        return self.payer_class in _NAMELESS

    def identifies(self, client_id: ClientId) -> bool:
        """Is this client the payer beyond reasonable doubt: learnt IBAN, learnt name, or the very name?"""
        if self.is_nameless:
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
    ibans, aliases = _good_links(by_iban), _good_links(by_alias)
    payer_class = _class(payment, found, by_iban, by_alias)
    scores = {} if payer_class in _NAMELESS else _scores(payment.payer_name, found)
    return PayerView(
        payer_class=payer_class,
        ibans=ibans,
        aliases=aliases,
        scores=scores,
        named=_named(scores),
        client_ids=_ranked(ibans, aliases, scores, found),
        confirmations=sum(link.confirmations for link in (ibans or aliases).values()),
        looks_foreign=payment.payer_iban is not None and not payment.payer_iban.startswith("FR"),
    )


def links_to(found: Found, client_ids: set[ClientId]) -> Iterator[Link]:
    """What was learnt of the payer's IBAN and name about these clients, contradicted or not."""
    for payer in (*found.memory.ibans.values(), *found.memory.aliases.values()):
        yield from (link for link in payer.links if link.client_id in client_ids)


def _good_links(payer: Payer) -> dict[ClientId, Link]:
    return {
        link.client_id: link
        for link in payer.links
        if link.confirmations > link.contradictions and link.confirmations > 0
    }


def _class(payment: Payment, found: Found, by_iban: Payer, by_alias: Payer) -> PayerClass:
    """An admin's word first, then our own accounts, then the name, then what this payer paid before.

    A payer of several clients is a group or many; one of none may be known, or named, as no client.
    """
    if declared := by_iban.declared or by_alias.declared:
        return declared
    if payment.payer_iban and payment.payer_iban in found.own_ibans:
        return PayerClass.OWN
    for names, payer_class in ((FACTOR_NAMES, PayerClass.FACTOR), (PLATFORM_NAMES, PayerClass.PLATFORM)):
        if _bears(payment.payer_name, names):
            return payer_class
    clients = len(_good_links(by_iban) or _good_links(by_alias))
    refused = by_iban.not_client_count or by_alias.not_client_count
    if not clients and (refused or _bears(payment.payer_name, NON_CLIENT_NAMES)):
        return PayerClass.NOT_CLIENT
    if clients > GROUP_LIMIT:
        return PayerClass.MANY
    return PayerClass.GROUP if clients > 1 else PayerClass.CLIENT


def _bears(name: str, known: tuple[str, ...]) -> bool:
    padded = f" {normal_name(name)} "
    return any(f" {words} " in padded for words in known)


def _scores(payer_name: str, found: Found) -> dict[ClientId, float]:
    if not name_words(payer_name):
        return {}
    scores = {
        client.id: max(
            similarity(payer_name, name, found.token_counts, found.client_count)
            for name in (client.name, *client.aliases)
        )
        for client in found.clients.values()
    }
    return {client_id: score for client_id, score in scores.items() if score >= NAME_LOOSE}


def _named(scores: Mapping[ClientId, float]) -> ClientId | None:
    """The best name, unless another client's is within a hair of it."""
    ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    if not ranked or (len(ranked) > 1 and ranked[0][1] - ranked[1][1] < TIE):
        return None
    return ranked[0][0]


def _ranked(
    ibans: Mapping[ClientId, Link],
    aliases: Mapping[ClientId, Link],
    scores: Mapping[ClientId, float],
    found: Found,
) -> tuple[ClientId, ...]:
    """Most likely first; among the clients of one agency, those with an open invoice of this amount."""
    of_amount = {found.invoices[invoice_id].client_id for invoice_id in found.same_amount}

    def weight(client_id: ClientId) -> float:
        iban = 2.0 + min(ibans[client_id].confirmations, 9) / 10 if client_id in ibans else 0.0
        iban += 0.5 if client_id in of_amount else 0.0
        return iban + (1.5 if client_id in aliases else 0.0) + scores.get(client_id, 0.0)

    everyone = {*ibans, *aliases, *scores}
    return tuple(sorted(everyone, key=lambda client_id: (-weight(client_id), client_id))[:MAX_CLIENTS])
