"""Field types shared by the models: what the bank may write, and the one form we keep."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError


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
