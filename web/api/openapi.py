"""The API's own description: OpenAPI 3.1, made of the table of operations and the types that the code uses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from web.api.call import Nothing
from web.api.operations import Operation
from web.api.problems import MEDIA_TYPE, ProblemView
from web.api.schemas import schemas

ABOUT = (
    "What the command line prints with `--json`, for scripts: the same names, the same meanings. A token stands for "
    "an account and shows what its person may see. Within version 1 names are added, never renamed or removed. Lists "
    "come in pages: while `next` is not null, send it as `cursor`."
)
PROBLEM = "Problem"

_TROUBLE = {
    HTTPStatus.BAD_REQUEST: "A parameter or the body is wrong.",
    HTTPStatus.UNAUTHORIZED: "There is no token, or it is not known any more.",
    HTTPStatus.FORBIDDEN: "This account may not do that.",
    HTTPStatus.NOT_FOUND: "It does not exist, or not for this account.",
    HTTPStatus.CONFLICT: "It cannot be done now.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "The files have mistakes; each is listed with its place.",
    HTTPStatus.BAD_GATEWAY: "The CRM cannot be asked now, or refuses.",
    HTTPStatus.SERVICE_UNAVAILABLE: "There are no rules in force yet, or the database is not available.",
}
_ALWAYS = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.SERVICE_UNAVAILABLE,
)


@cache
def document(operations: Sequence[Operation]) -> dict[str, Any]:
    """The whole document."""
    answers, written = schemas(
        {op.name: op.answers for op in operations} | {PROBLEM: ProblemView}, "serialization"
    )
    bodies, read = schemas({op.name: op.takes for op in operations}, "validation")
    parameters = {op.takes.__name__ for op in operations if op.method == "GET" or op.takes is Nothing}
    paths: dict[str, dict[str, Any]] = {}
    for op in operations:
        paths.setdefault(op.path, {})[op.method.lower()] = _operation(
            op, answers[op.name], bodies[op.name], read
        )
    return {
        "openapi": "3.1.0",
        "info": {"title": "Sales conveyor", "version": f"1 ({_version()})", "description": ABOUT},
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                name: each for name, each in sorted((read | written).items()) if name not in parameters
            },
        },
    }


def _operation(
    op: Operation, answer: dict[str, Any], given: dict[str, Any], read: dict[str, Any]
) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": op.name,
        "summary": (op.act.__doc__ or "").strip(),
        "description": f"Who may: {op.who.words}",
        "responses": {"200": _content("Done.", "application/json", answer), **_problems(op)},
    }
    variable = [_in_path(name) for name in re.findall(r"\{(\w+)\}", op.path)]
    if op.method == "POST":
        parameters = variable
        if op.takes is not Nothing:
            described["requestBody"] = {"required": True, "content": {"application/json": {"schema": given}}}
    else:
        fields = read[op.takes.__name__] if "$ref" in given else given
        parameters = [
            *variable,
            *(_in_query(name, each) for name, each in fields.get("properties", {}).items()),
        ]
    return described | ({"parameters": parameters} if parameters else {})


def _in_path(name: str) -> dict[str, Any]:
    words = {"deal": "`connection:id`, as lists show it."}.get(name, "As lists show it.")
    return {"name": name, "in": "path", "required": True, "description": words, "schema": {"type": "string"}}


def _in_query(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in schema.items() if key != "description"}
    words = schema.get("description", "")
    return {"name": name, "in": "query", "required": False, "description": words, "schema": kept}


def _problems(op: Operation) -> dict[str, Any]:
    found = set(_ALWAYS)
    if "{" in op.path or op.name == "report":
        found.add(HTTPStatus.NOT_FOUND)
    if op.path.startswith("/handoffs/") and op.method == "POST":
        found.add(HTTPStatus.CONFLICT)
    found |= {
        "plan": {HTTPStatus.UNPROCESSABLE_ENTITY},
        "webhooks": {HTTPStatus.BAD_GATEWAY, HTTPStatus.CONFLICT},
    }.get(op.name, set())
    schema = {"$ref": f"#/components/schemas/{ProblemView.__name__}"}
    return {str(each.value): _content(_TROUBLE[each], MEDIA_TYPE, schema) for each in sorted(found)}


def _content(words: str, media_type: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": words, "content": {media_type: {"schema": schema}}}


def _version() -> str:
    try:
        return version("sales-conveyor")
    except PackageNotFoundError:
        return "not installed"
