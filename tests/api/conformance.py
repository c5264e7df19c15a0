"""A contract that others wrote: every property of a response is there, of the right type, with a legal value.

The descriptions are the vendor's OpenAPI files, which lie outside the repository (`MASSTRANSIT_SHARED`, or `../shared`
beside it). They mark no property as required, so a validator that only follows them would be content with half.
"""

from __future__ import annotations

import json
import os
import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

_SHARED = Path(os.environ.get("MASSTRANSIT_SHARED", Path(__file__).parents[3] / "shared"))
_FOLDER = _SHARED / "data" / "conformance" / "g_twilio_oai"
_E164 = re.compile(r"\+?[0-9]{3,15}|[A-Za-z0-9 ]{1,11}")
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}


@cache
def spec(name: str) -> dict[str, Any]:
    """A description, `twilio_api_v2010` say. A test that needs one that is not here is skipped by name."""
    file = _FOLDER / f"{name}.json"
    if not file.exists():
        pytest.skip(f"{name}.json is not here")
    read: dict[str, Any] = json.loads(file.read_text())
    return read


def faults(name: str, method: str, path: str, status: int, body: Any) -> list[str]:
    """What is wrong with the answer to an operation, a line each; nothing is as it should be.

    `path` is as the description has it: `/2010-04-01/Accounts/{AccountSid}/Messages.json`.
    """
    described = spec(name)
    operation = described["paths"].get(path, {}).get(method.lower())
    if operation is None:
        return [f"{method} {path} is not in {name}"]
    answer = operation["responses"].get(str(status))
    if answer is None:
        return [f"{method} {path} does not answer {status}, but {', '.join(operation['responses'])}"]
    content = answer.get("content")
    if not content:
        return [] if body in (None, "", b"") else ["there should be no body"]
    found: list[str] = []
    _check(described, next(iter(content.values()))["schema"], body, "$", found)
    return found


def schema_faults(schema: dict[str, Any], body: Any) -> list[str]:
    """What is wrong with a body by a JSON schema of our own, in which null is a type."""
    found: list[str] = []
    _check({}, schema, body, "$", found)
    return found


def assert_conforms(name: str, method: str, path: str, status: int, body: Any) -> None:
    """Fail with every fault of an answer."""
    found = faults(name, method, path, status, body)
    assert not found, "\n".join([f"{method} {path} -> {status}", *found])


def _check(described: dict[str, Any], schema: dict[str, Any], value: Any, at: str, found: list[str]) -> None:
    nullable = schema.get("nullable", False)
    while "$ref" in schema:
        schema = described["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        nullable = nullable or schema.get("nullable", False)
    if isinstance(schema.get("type"), list):
        kinds = [kind for kind in schema["type"] if kind != "null"]
        nullable, schema = "null" in schema["type"], schema | {"type": kinds[0]}
    if value is None:
        if not nullable and schema.get("type") and "enum" not in schema and at.count(".") < 2:
            found.append(f"{at} is null")
        return
    _check_type(schema, value, at, found)
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{at} is {value!r}, not one of {schema['enum']}")
    if isinstance(value, dict):
        for name, inner in schema.get("properties", {}).items():
            if name not in value:
                found.append(f"{at}.{name} is missing")
            else:
                _check(described, inner, value[name], f"{at}.{name}", found)
    if isinstance(value, list):
        for i, element in enumerate(value):
            _check(described, schema.get("items", {}), element, f"{at}[{i}]", found)


def _check_type(schema: dict[str, Any], value: Any, at: str, found: list[str]) -> None:
    kind = schema.get("type")
    if kind is not None:
        right = isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))
        if not right:
            found.append(f"{at} is a {type(value).__name__}, not {kind}")
            return
    if isinstance(value, str):
        if "pattern" in schema and not re.search(schema["pattern"], value):
            found.append(f"{at} is {value!r}, which is not {schema['pattern']}")
        if not _has_format(schema.get("format", ""), value):
            found.append(f"{at} is {value!r}, which is not a {schema['format']}")


def _has_format(form: str, value: str) -> bool:
    if form == "date-time-rfc-2822":
        return (
            _reads(parsedate_to_datetime, value)
            and re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} \+0000", value) is not None
        )
    if form == "date-time":
        return _reads(datetime.fromisoformat, value) and value.endswith("Z")
    if form == "uri":
        return value.startswith(("http://", "https://", "/"))
    if form == "phone-number":
        return _E164.fullmatch(value) is not None
    if form == "currency":
        return re.fullmatch(r"[A-Za-z]{3}", value) is not None
    return True


def _reads(reader: Any, value: str) -> bool:
    try:
        reader(value)
    except (ValueError, TypeError):
        return False
    return True
