"""The OpenAPI document of our own resources, made from their routes so that it can't say otherwise than they do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from masstransit.api.dialect import MAIL, PAGING, Answer, Request, Route
from masstransit.api.house import House

TEXT: Mapping[str, Any] = {"type": "string"}
MAYBE: Mapping[str, Any] = {"type": ["string", "null"]}
FLAG: Mapping[str, Any] = {"type": "boolean"}
WHOLE: Mapping[str, Any] = {"type": ["integer", "null"]}
_FORM = "application/x-www-form-urlencoded"
_BYTES = {"type": "string", "format": "binary"}
_ERROR = {
    "type": "object",
    "required": ["code", "message", "more_info", "status"],
    "properties": {
        "code": {"type": "integer"},
        "message": {"type": "string"},
        "more_info": {"type": "string", "format": "uri"},
        "status": {"type": "integer"},
        "details": {"type": "object"},
    },
}


def record(**properties: Any) -> dict[str, Any]:
    """The schema of an object that always has all of these."""
    return {"type": "object", "required": list(properties), "properties": properties}


def several(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a list."""
    return {"type": "array", "items": schema}


def sheet(key: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a page of rows."""
    links = {"url": TEXT, "first_page_url": TEXT, "next_page_url": MAYBE, "previous_page_url": MAYBE}
    meta = record(key=TEXT, page={"type": "integer"}, page_size={"type": "integer"}, **links)
    return record(**{key: several(row), "meta": meta})


def route(described: Sequence[Route]) -> Route:
    """The endpoint that serves the document of these routes."""

    async def fetch(request: Request, _: House) -> Answer:
        return Answer(200, document(described, request.base))

    return Route(method="GET", product="policy", path="/v1/openapi", endpoint=fetch)


def document(described: Sequence[Route], base: str) -> dict[str, Any]:
    """OpenAPI 3.1."""
    paths: dict[str, dict[str, Any]] = {}
    for each in described:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each)
    return {
        "openapi": "3.1.0",
        "info": {"title": "MassTransit policy API", "version": "v1"},
        "servers": [{"url": base}],
        "security": [{"basic": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"basic": {"type": "http", "scheme": "basic"}},
            "schemas": {"Error": _ERROR},
        },
    }


def _success(described: Route) -> dict[str, Any]:
    if described.status == 204:
        return {"description": "Done"}
    kind = described.shows.get("contentMediaType", "application/json")
    return {"description": "The resource", "content": {kind: {"schema": described.shows}}}


def _operation(described: Route) -> dict[str, Any]:
    fields = sorted(described.fields | PAGING if described.pages else described.fields)
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", described.path)
    ]
    in_query = [{"name": f, "in": "query", "schema": {"type": "string"}} for f in fields]
    in_query_of_mail = [each for each in in_query if each["name"] in described.mail]
    made: dict[str, Any] = {
        "summary": described.summary,
        "parameters": in_path + (in_query if described.method == "GET" or described.raw else in_query_of_mail),
        "responses": {
            "default": {
                "description": "An error",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
            },
            str(described.status): _success(described),
        },
    }
    if described.raw:
        made["requestBody"] = {"content": {"*/*": {"schema": _BYTES}}}
    elif described.method == "POST":
        schema = {"type": "object", "properties": {f: {"type": "string"} for f in fields}}
        whole = {MAIL: {"schema": _BYTES}} if described.mail else {}
        made["requestBody"] = {"content": {_FORM: {"schema": schema}, **whole}}
    return made
