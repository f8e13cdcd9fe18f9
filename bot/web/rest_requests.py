"""Read a request of the REST API, or say in French what is wrong with it."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from aiohttp import web
from pydantic import ValidationError

from bot.errors import InvalidRequestError, RefusedError
from bot.web.middleware import read_body
from bot.web.rest_models import Body, Page
from qonto import NotJson, read_json

JSON_TYPE = "application/json"

B = TypeVar("B", bound=Body)
Q = TypeVar("Q", bound=Page)
T = TypeVar("T")


class InvalidJsonError(RefusedError):
    """The body is no JSON object."""

    code = "invalid_json"
    status = 400


async def read_model(request: web.Request, model: type[B]) -> B:
    """Read a JSON body strictly. Raises InvalidRequestError naming the field, or an HTTP error 4xx."""
    if request.content_type != JSON_TYPE:
        raise web.HTTPUnsupportedMediaType
    body = await read_body(request)
    try:
        # The bank's reader also refuses keys that occur twice, which pydantic would let pass.
        value = read_json(body)
    except NotJson:
        raise InvalidJsonError("Le corps de la requête n’est pas du JSON valide.") from None
    if not isinstance(value, dict):
        raise InvalidJsonError("Le corps de la requête doit être un objet JSON.")
    return _checked(lambda: model.model_validate_json(body))


def read_query(request: web.Request, model: type[Q]) -> Q:
    """Read the query part. Raises InvalidRequestError for unknown or repeated names and wrong values."""
    repeated = {name for name in request.query if len(request.query.getall(name)) > 1}
    if repeated:
        raise InvalidRequestError(f"Paramètre donné deux fois : {', '.join(sorted(repeated))[:100]}.")
    given = {name: value for name, value in request.query.items() if value != ""}
    return _checked(lambda: model.model_validate(given))


def _checked(validate: Callable[[], T]) -> T:
    try:
        return validate()
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        raise InvalidRequestError(" ; ".join(_sentences(problems))) from None


def _sentences(problems: Iterable[Any]) -> list[str]:
    seen: dict[str, None] = {}
    for problem in problems:
        seen[_sentence(problem["loc"], problem["type"], problem.get("ctx") or {})] = None
    return list(seen)[:10]


def _sentence(where: Sequence[int | str], kind: str, context: Mapping[str, Any]) -> str:
    field = ".".join(str(step)[:60] for step in where)
    expected = ", ".join(re.findall(r"'([^']+)'", str(context.get("expected", ""))))
    reason = _REASONS.get(kind, "valeur invalide").format(**{**context, "expected": expected})
    return f"{field} : {reason}" if field else reason


# pydantic's error types (docs.pydantic.dev, errors/validation_errors), in French.
_REASONS = {
    "missing": "champ obligatoire",
    "extra_forbidden": "champ inconnu",
    "string_type": "texte attendu",
    "string_too_short": "texte trop court",
    "string_too_long": "texte trop long ({max_length} caractères au plus)",
    "string_pattern_mismatch": "format inattendu",
    "int_type": "nombre entier attendu",
    "int_parsing": "nombre entier attendu",
    "int_from_float": "nombre entier attendu",
    "int_parsing_size": "nombre trop grand",
    "list_type": "liste attendue",
    "too_short": "liste vide",
    "too_long": "liste trop longue ({max_length} au plus)",
    "model_type": "objet attendu",
    "date_type": "date AAAA-MM-JJ attendue",
    "date_parsing": "date AAAA-MM-JJ attendue",
    "date_from_datetime_parsing": "date AAAA-MM-JJ attendue",
    "greater_than_equal": "valeur trop petite ({ge} au moins)",
    "less_than_equal": "valeur trop grande ({le} au plus)",
    "literal_error": "valeurs possibles : {expected}",
    "enum": "valeurs possibles : {expected}",
    "value_error": "{error}",
}
