"""The names of the sub-commands, and how forgiving we are: case, accents, plural, abbreviation, slips."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import NamedTuple

from store.text import fold

SHORTEST_ABBREVIATION = 2
CLOSE_ENOUGH = 0.6

NAMES: Mapping[str, tuple[str, ...]] = {
    "aide": ("help", "?"),
    "sync": ("synchroniser", "synchro", "synchronisation"),
    "statut": ("status", "etat"),
    "paiements": ("virements", "paiment", "payments"),
    "facture": ("fact", "invoice"),
    "client": ("marque",),
    "historique": ("histo", "history"),
    "export": ("exporter",),
    "stats": ("statistiques", "chiffres", "bilan"),
    "reglages": ("parametres", "settings", "preferences", "config"),
}


class Word(NamedTuple):
    """The command meant, or the closest one when none is certain; both None for nothing close."""

    name: str | None
    closest: str | None


def _singular(word: str) -> str:
    return word[:-1] if len(word) > SHORTEST_ABBREVIATION and word.endswith("s") else word


_SPELLINGS = {_singular(spelling): name for name, others in NAMES.items() for spelling in (name, *others)}


def read_command(typed: str) -> Word:
    """Tell which command a word means; an empty word asks for help."""
    word = _singular(fold(typed))
    if not word:
        return Word("aide", None)
    if word in _SPELLINGS:
        return Word(_SPELLINGS[word], None)
    if len(word) >= SHORTEST_ABBREVIATION:
        started = {name for spelling, name in _SPELLINGS.items() if spelling.startswith(word)}
        if len(started) == 1:
            return Word(started.pop(), None)
    close = get_close_matches(word, _SPELLINGS, n=1, cutoff=CLOSE_ENOUGH)
    return Word(None, _SPELLINGS[close[0]] if close else None)
