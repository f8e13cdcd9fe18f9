"""The OpenAPI 3.1 document, read off the handlers of the REST API and their pydantic models."""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args, get_type_hints

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from bot.web.rest_models import Body, ErrorAnswer, Page

_REF = "#/components/schemas/{model}"
_COMMON_ERRORS = (400, 401, 403, 500, 503)
_BODY_ERRORS = (408, 413, 415)
_MEANINGS = {
    200: "Fait, ou déjà ainsi.",
    201: "Créé.",
    400: "Requête invalide.",
    401: "Jeton absent ou incorrect.",
    403: "API désactivée.",
    404: "Paiement ou facture inconnus.",
    408: "Requête trop lente.",
    409: "Contredit ce qui est enregistré.",
    413: "Requête trop grande.",
    415: "JSON sans compression attendu.",
    500: "Erreur imprévue.",
    503: "Momentanément indisponible.",
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One address of the API. What its handler takes and gives stands in the handler's own annotations.

    ``handle`` takes the context, the parts of the path and, if named, ``query`` and ``body``; it gives
    a model, or a model and the HTTP status. ``errors`` are its refusals beside the common ones.
    """

    method: str
    path: str
    summary: str
    handle: Callable[..., Awaitable[Any]]
    errors: tuple[int, ...] = ()

    @property
    def query(self) -> type[Page] | None:
        """What the query part holds."""
        return get_type_hints(self.handle).get("query")

    @property
    def body(self) -> type[Body] | None:
        """What the JSON body holds."""
        return get_type_hints(self.handle).get("body")

    @property
    def answers(self) -> Mapping[int, type[BaseModel] | None]:
        """The model of each success, by HTTP status."""
        given = get_type_hints(self.handle)["return"]
        if get_args(given)[:1] and issubclass(get_args(given)[0], BaseModel):
            return dict.fromkeys((200, 201), get_args(given)[0])
        return {200: given if issubclass(given, BaseModel) else None}


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    """Describe the whole API."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Rapprochement Qonto",
            "version": "1",
            "description": "Paiements reçus, factures et associations. Montants en texte décimal exact.",
        },
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "schemas": _schemas(operations),
        },
    }


def _schemas(operations: Iterable[Operation]) -> Mapping[str, Any]:
    models = {
        model for operation in operations for model in (*operation.answers.values(), operation.body) if model
    }
    ordered = sorted(models | {ErrorAnswer}, key=lambda model: model.__name__)
    _, schema = models_json_schema(
        [(model, "validation") for model in ordered], by_alias=False, ref_template=_REF
    )
    definitions: Mapping[str, Any] = schema["$defs"]
    return definitions


def _described(operation: Operation) -> dict[str, Any]:
    words = re.findall(r"[a-z]+", operation.path.removeprefix("/api/"))
    described: dict[str, Any] = {
        "operationId": "_".join([operation.method.lower(), *words]),
        "summary": operation.summary,
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in re.findall(r"{(\w+)}", operation.path)
        ]
        + _query_parameters(operation.query),
        "responses": _responses(operation),
    }
    if operation.body:
        described["requestBody"] = {"required": True, "content": _json_of(operation.body)}
    return described


def _query_parameters(query: type[BaseModel] | None) -> list[dict[str, Any]]:
    if query is None:
        return []
    schema = query.model_json_schema()
    definitions = schema.get("$defs", {})
    return [
        {"name": name, "in": "query", "required": False, "schema": _inlined(part, definitions)}
        for name, part in schema["properties"].items()
    ]


def _inlined(part: Any, definitions: Mapping[str, Any]) -> Any:
    """Replace references by what they name, and drop the null that a query cannot hold."""
    if "$ref" in part:
        return definitions[part["$ref"].rpartition("/")[2]]
    choices = [choice for choice in part.get("anyOf", []) if choice.get("type") != "null"]
    return _inlined(choices[0], definitions) if choices else part


def _responses(operation: Operation) -> dict[str, Any]:
    refused = {*_COMMON_ERRORS, *operation.errors, *(_BODY_ERRORS if operation.body else ())}
    models = {**operation.answers, **dict.fromkeys(sorted(refused), ErrorAnswer)}
    return {
        str(status): {"description": _MEANINGS[status], "content": _json_of(model)}
        for status, model in models.items()
    }


def _json_of(model: type[BaseModel] | None) -> dict[str, Any]:
    schema = {"schema": {"$ref": _REF.format(model=model.__name__)}} if model else {}
    return {"application/json": schema}
