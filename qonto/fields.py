"""What the bank writes, read exactly: JSON with its decimals, amounts as whole cents, instants in UTC.

There is one reading of a body, and no amount is ever rounded.
"""

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

# Ten trillion euros: above it a figure is a mistake, and below it every sum fits a 64-bit column.
MAX_CENTS = 10**15
_CENT = Decimal("0.01")
_EXACT = Context(prec=60, traps=[Inexact, InvalidOperation])
_DECIMAL_TEXT = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,20})?")


class UnreadableAmount(ValueError):
    """An amount that cannot be taken as exact cents; the message says why, without the amount."""


def cents_from(amount: object) -> int:
    """Turn an amount in units (`50.01`, `"50.00"`, `50`) into cents, exactly.

    Raises UnreadableAmount for fractions of a cent, for anything above MAX_CENTS, and for values
    that are no amount (booleans, lists, NaN, texts that are not plain decimals).
    """
    value = _decimal_of(amount)
    if not value.is_finite() or value.copy_abs() > MAX_CENTS // 100:
        raise UnreadableAmount("amount out of range")
    try:
        return int(value.quantize(_CENT, context=_EXACT).scaleb(2))
    except Inexact:
        raise UnreadableAmount("amount with a fraction of a cent") from None


def whole_cents(cents: object) -> int:
    """Take a `*_cents` value as it is; raises UnreadableAmount unless it is an integer in range."""
    if isinstance(cents, bool) or not isinstance(cents, int):
        raise UnreadableAmount("cents that are not an integer")
    if abs(cents) > MAX_CENTS:
        raise UnreadableAmount("amount out of range")
    return cents


def agreed_cents(cents: object, amount: object) -> int | None:
    """Read an amount given as cents, in units, or both; None if it is not given at all.

    The cents are authoritative (docs.qonto.com, list-transactions), yet a pair that disagrees
    proves nothing and raises UnreadableAmount.
    """
    if cents is None:
        return None if amount is None else cents_from(amount)
    whole = whole_cents(cents)
    if amount is not None and cents_from(amount) != whole:
        raise UnreadableAmount("amount and amount_cents disagree")
    return whole


def _decimal_of(amount: object) -> Decimal:
    match amount:
        case bool():
            raise UnreadableAmount("amount that is not a number")
        case int() | Decimal():
            return Decimal(amount)
        case float():
            # Rows kept as JSON hold only floats whose shortest writing is the bank's own.
            return Decimal(repr(amount))
        case str() if _DECIMAL_TEXT.fullmatch(amount):
            return Decimal(amount)
        case _:
            raise UnreadableAmount("amount that is not a number")


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


class BankModel(BaseModel):
    """A frozen view of something the bank sent; unknown fields are ignored, enums stay open strings.

    Within v2 the bank may add fields and values at any time (docs.qonto.com, general/versioning).
    Validation errors never quote the input, which may hold names and IBANs.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


def utc(value: object) -> datetime:
    """Read an ISO 8601 instant with its offset as aware UTC; raises ValueError otherwise."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError("not an ISO 8601 instant") from None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError("not an instant with an offset")
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("instant out of range") from None


def _blank_is_none(value: object) -> object:
    return None if value == "" else value


def _optional_utc(value: object) -> datetime | None:
    return None if value is None or value == "" else utc(value)


def _optional_date(value: object) -> date | None:
    """Take only `YYYY-MM-DD`; pydantic alone would also read numbers as seconds since 1970."""
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise ValueError("not a date")  # noqa: TRY004 (pydantic turns only ValueError into a refusal)
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("not a date") from None


def _strings(value: object) -> object:
    return () if value is None else value


def currency_code(value: object) -> object:
    """Upper-case a currency, so that `eur` and `EUR` are one."""
    return value.upper() if isinstance(value, str) else value


BankId = Annotated[str, Field(min_length=1, max_length=255)]
UtcDateTime = Annotated[datetime, BeforeValidator(utc)]
OptionalUtc = Annotated[datetime | None, BeforeValidator(_optional_utc)]
OptionalDate = Annotated[date | None, BeforeValidator(_optional_date)]
OptionalText = Annotated[str | None, BeforeValidator(_blank_is_none)]
Strings = Annotated[tuple[str, ...], BeforeValidator(_strings)]
Currency = Annotated[str, BeforeValidator(currency_code), Field(pattern=r"\A[A-Z]{3}\z")]


def problem_of(error: ValidationError) -> str:
    """Say which fields are wrong and why, without the values."""
    return "; ".join(
        f"{'.'.join(str(step) for step in item['loc']) or 'value'}: {item['msg']}"
        for item in error.errors(include_input=False, include_context=False, include_url=False)
    )


def mapping_at(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return the object under a key, or an empty one when there is none."""
    value = data.get(key)
    return value if isinstance(value, dict) else {}
