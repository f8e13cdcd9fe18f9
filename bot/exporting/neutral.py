"""Text that no spreadsheet takes for a formula.

A cell that begins like a formula is text and stays text (OWASP ASVS 5.0, 1.2.10): an apostrophe goes before
``= + - @``, tab, carriage return and NUL. Numbers and dates are written as such and never touched.
"""

import re

LONGEST_CELL = 32_000
_FORMULA = re.compile(r"^\s*[=+\-@\t\r\n\x00＝＋－＠]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def neutral(text: str) -> str:
    """Make a text harmless in a spreadsheet: no formula, no control character, no endless cell."""
    kept = _CONTROL.sub("", text)[:LONGEST_CELL]
    # Both are looked at: taking a control character out may bring a tab or a sign to the front.
    return f"'{kept}" if _FORMULA.match(text) or _FORMULA.match(kept) else kept
