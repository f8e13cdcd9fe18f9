"""The OpenAPI 3.1 document, generated from the operations and their models: it cannot drift from them."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from bot.web.operation import Operation
from bot.web.rest_models import ErrorAnswer

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


def document(operations: Iterable[Operation]) -> dict[str, Any]:
    """Describe the whole API."""
    listed = list(operations)
    paths: dict[str, dict[str, Any]] = {}
    for operation in listed:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
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
            "schemas": _schemas(listed),
        },
    }


def _schemas(operations: Iterable[Operation]) -> Mapping[str, Any]:
    models = {model for each in operations for model in (each.answer, each.body) if model} | {ErrorAnswer}
    ordered = sorted(models, key=lambda model: model.__name__)
    _, schema = models_json_schema([(model, "validation") for model in ordered], ref_template=_REF)
    found: Mapping[str, Any] = schema["$defs"]
    return found


def _operation(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": _operation_id(operation),
        "summary": operation.summary,
        "parameters": [*_path_parameters(operation.path), *_query_parameters(operation.query)],
        "responses": _responses(operation),
    }
    if operation.body:
        described["requestBody"] = {"required": True, "content": _json_of(operation.body)}
    return described


def _operation_id(operation: Operation) -> str:
    words = re.findall(r"[a-z]+", operation.path.removeprefix("/api/"))
    return "_".join([operation.method.lower(), *words])


def _path_parameters(path: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", path)
    ]


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
    choices = [each for each in part.get("anyOf", []) if each.get("type") != "null"]
    return _inlined(choices[0], definitions) if choices else part


def _responses(operation: Operation) -> dict[str, Any]:
    answer = _json_of(operation.answer) if operation.answer else {"application/json": {}}
    done = [200, 201] if operation.created else [200]
    refused = {*_COMMON_ERRORS, *operation.errors, *(_BODY_ERRORS if operation.body else ())}
    return {
        **{str(code): {"description": _MEANINGS[code], "content": answer} for code in done},
        **{
            str(code): {"description": _MEANINGS[code], "content": _json_of(ErrorAnswer)}
            for code in sorted(refused)
        },
    }


def _json_of(model: type[BaseModel]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _REF.format(model=model.__name__)}}}
