"""Names of payers and clients: normal form, index tokens, similarity in [0, 1]."""

import math
import re
from collections.abc import Mapping
from functools import lru_cache

from rapidfuzz import fuzz

from matching.reading.text import fold

PREFIX_LETTERS = 5
_MIN_LETTERS = 3
_FUZZY = 84
_FUZZY_LETTERS = 5
_CUT_WORD_LETTERS = 3
_COMPACT_LETTERS = 8
_ACRONYM_LETTERS = range(3, 7)
_ACRONYM_SCORE = 0.7
_COMMON_FACTOR = 0.25
_RARE_WEIGHT = 0.55

_WORDS = re.compile(r"[0-9A-Z]+")
_DOTTED = re.compile(r"\b([A-Z])\.(?=[A-Z]\b)")
LEGAL_FORMS = frozenset({
    "SA", "SAS", "SASU", "SARL", "EURL", "SNC", "SCI", "SCOP", "SELARL", "SELAS", "GIE", "SCA", "SCS", "SC",
    "LTD", "LIMITED", "LLC", "LLP", "INC", "CORP", "GMBH", "AG", "KG", "BV", "NV", "SPA", "SRL", "SL",
    "LDA", "PLC", "OY", "AB", "AS", "APS", "SOCIETE", "STE", "ETS", "ETABLISSEMENTS", "ASSOCIATION", "ASSO",
})  # fmt: skip
COMMON_WORDS = frozenset({
    "GROUPE", "GROUP", "AGENCE", "AGENCY", "PARIS", "LYON", "FRANCE", "FR", "EUROPE", "EU", "INTERNATIONAL",
    "MEDIA", "MEDIAS", "STUDIO", "STUDIOS", "PRODUCTION", "PRODUCTIONS", "PROD", "COMMUNICATION", "CONSEIL",
    "CONSULTING", "SERVICES", "HOLDING", "DIGITAL", "CREATIVE", "MAISON", "LES", "LE", "LA", "DE", "DU",
    "DES", "ET", "AND", "THE", "M", "MME", "MR", "MONSIEUR", "MADAME", "OU", "VIR", "VIREMENT", "PARFUMS",
    "COSMETICS", "BEAUTE", "MODE",
})  # fmt: skip


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

    Each word; ``PREFI*`` so that a word cut or misspelt at its end is still found; ``@ABC`` for initials.
    """
    words = [word for word in name_words(name) if len(word) > 1]
    prefixes = [f"{word[:PREFIX_LETTERS]}*" for word in words if len(word) >= PREFIX_LETTERS]
    initials = "".join(word[0] for word in words if word not in LEGAL_FORMS)
    acronyms = [f"@{initials}"] if len(initials) in _ACRONYM_LETTERS else []
    return tuple(dict.fromkeys([*words, *prefixes, *acronyms, *_glued(words)]))


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
    if _same_when_glued("".join(payer), "".join(client)):
        return 0.96
    if (
        len(payer) == 1
        and len(payer[0]) in _ACRONYM_LETTERS
        and payer[0] == "".join(word[0] for word in client)
    ):
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
    bearers = max(token_counts.get(word, 1), 1)
    rarity = (
        math.log((client_count + 2) / (bearers + 1)) / math.log((client_count + 2) / 2)
        if client_count
        else 1.0
    )
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
    ratio = fuzz.ratio(word, other, score_cutoff=_FUZZY)
    return ratio / 100


def _same_when_glued(payer: str, client: str) -> bool:
    """Equal without blanks, or one is the beginning of the other as a bank would cut it."""
    if payer == client:
        return True
    return len(payer) >= _COMPACT_LETTERS and len(payer) in range(22, 36) and client.startswith(payer)


def _glued(words: list[str]) -> list[str]:
    glued = "".join(words)
    return [f"={glued[:24]}"] if len(glued) >= _MIN_LETTERS else []
