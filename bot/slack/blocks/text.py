"""Turning any text into something safe to show in Slack.

docs.slack.dev, formatting-message-text: ``&``, ``<`` and ``>`` are the only characters to escape, else a
bank label could ping a channel or fake a link. Escaping comes first, truncation never cuts an entity.
"""

import unicodedata

ELLIPSIS = "…"
# Bidirectional controls could make an amount read otherwise; zero-width ones hide text.
_HIDDEN = frozenset("\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff")
# Controls, and what no font shows: unassigned (the noncharacters among them), private, lone surrogates.
_UNSHOWN = frozenset({"Cc", "Cn", "Co", "Cs"})


def clean(text: str) -> str:
    """Drop what cannot be seen (controls, bidi overrides, unassigned) and fold line breaks into spaces."""
    kept = (" " if char.isspace() and char not in "\u00a0\u202f" else char for char in text)
    shown = "".join(
        char for char in kept if char not in _HIDDEN and unicodedata.category(char) not in _UNSHOWN
    )
    return " ".join(shown.split(" ")).strip()


def short(text: str, limit: int) -> str:
    """Cut to ``limit`` characters with « … », never between a letter and its accents."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    while cut and unicodedata.combining(text[len(cut)]):
        cut = cut[:-1]
    return cut.rstrip() + ELLIPSIS


def plain(text: str | None, limit: int = 150) -> str:
    """Prepare data for a plain_text or rich_text element: cleaned and cut, nothing to escape."""
    return short(clean(text or ""), limit) or "—"


def escape(text: str | None, limit: int = 150) -> str:
    """Prepare data for mrkdwn: cleaned, cut, then ``&``, ``<``, ``>`` escaped."""
    return plain(text, limit).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
