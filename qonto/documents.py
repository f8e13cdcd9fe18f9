"""JSON as the bank sends it, read exactly: decimals stay decimals, and there is one reading of a body."""

import json
import math
import re
from decimal import Decimal, InvalidOperation
from typing import Any

# PostgreSQL refuses both in text, and lone surrogates cannot even be written as UTF-8.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class NotJson(ValueError):
    """The bytes are not one unambiguous JSON value."""


def read_json(body: bytes) -> Any:
    """Read a body; raises NotJson on bad UTF-8 or syntax, NaN, infinities and keys that occur twice.

    Numbers with a fraction or an exponent come back as Decimal, so no amount is ever a float.
    NUL and lone surrogates, which no database takes, become U+FFFD.
    """
    try:
        value = json.loads(
            body.decode("utf-8"),
            parse_float=_decimal,
            parse_constant=_refuse_constant,
            object_pairs_hook=_unambiguous,
        )
    except (ValueError, RecursionError) as error:
        raise NotJson(_sentence(error)) from None
    return _storable(value) if b"\\u" in body else value


def read_object(body: bytes) -> dict[str, Any]:
    """Read a body that must be one JSON object; raises NotJson otherwise."""
    value = read_json(body)
    if not isinstance(value, dict):
        raise NotJson("not a JSON object")
    return value


def plain(value: Any) -> Any:
    """Return the value in a form `json.dumps` writes back without loss.

    A decimal becomes a number where its shortest writing is the same, else its exact text.
    """
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Decimal):
        return _plain_number(value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def _plain_number(value: Decimal) -> float | str:
    number = float(value)
    return number if math.isfinite(number) and Decimal(repr(number)) == value else str(value)


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise NotJson("number out of range") from None


def _refuse_constant(name: str) -> None:
    raise NotJson(f"{name} is not JSON")


def _unambiguous(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise NotJson("a key occurs twice in one object")
    return result


def _sentence(error: ValueError | RecursionError) -> str:
    """Say what is wrong without quoting the body, which may hold an IBAN."""
    match error:
        case NotJson():
            return str(error)
        case json.JSONDecodeError():
            return f"not JSON at byte {error.pos}: {error.msg}"
        case UnicodeDecodeError():
            return f"not UTF-8 at byte {error.start}"
        case RecursionError():
            return "nested too deeply"
        case _:
            return "number too long"


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, dict):
        return {_storable(key): _storable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_storable(item) for item in value]
    return value
