"""Payer names: normalised form, index tokens, similarity."""

import re

from matching.text import fold

_WORDS = re.compile(r"[0-9A-Z]+")
_LEGAL_FORMS = frozenset(
    "SA SAS SASU SARL EURL SNC SCI SCOP SELARL GIE SCA SCS LTD LIMITED LLC LLP INC GMBH AG BV NV SPA SRL SL LDA PLC OY AB AS SOCIETE STE ETS ETABLISSEMENTS".split()  # noqa: E501, SIM905
)


def name_words(name: str) -> tuple[str, ...]:
    """Folded words without legal forms at both ends, unless nothing would be left."""
    words = _WORDS.findall(fold(name))
    start, end = 0, len(words)
    while start < end and words[start] in _LEGAL_FORMS:
        start += 1
    while end > start and words[end - 1] in _LEGAL_FORMS:
        end -= 1
    return tuple(words[start:end] or words)


def normal_name(name: str) -> str:
    """The alias key of a payer name: its words joined by one space."""
    return " ".join(name_words(name))


def name_tokens(name: str) -> tuple[str, ...]:
    """Tokens under which a client is found by name; stored in ``client_tokens(client_id, token)``."""
    return tuple(dict.fromkeys(word for word in name_words(name) if len(word) > 1))
