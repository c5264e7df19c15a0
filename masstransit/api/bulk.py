"""Many items in one request: JSON objects, one a field, each answered for itself though others are bad."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from masstransit.api.dialect import Request
from masstransit.errors import BadInput
from masstransit.model.address import Address
from masstransit.model.communication import reachable

MOST = 100  #: items of one request
_LONGEST_ADDRESS = 320  # characters: RFC 3696
Item = Mapping[str, Any]


def items(request: Request, name: str) -> list[Item]:
    """JSON objects, one a field. Raises `BadInput`."""
    texts = request.form.all(name)
    if not 1 <= len(texts) <= MOST:
        raise BadInput(f"'{name}' is 1 to {MOST} JSON objects, one a field.", field=name)
    try:
        read = [json.loads(text) for text in texts]
    except (ValueError, RecursionError) as wrong:
        raise BadInput(f"'{name}' is not JSON.", field=name) from wrong
    if not all(isinstance(item, dict) for item in read):
        raise BadInput(f"'{name}' is JSON objects.", field=name)
    return read


def known(item: Item, names: tuple[str, ...]) -> None:
    """Refuse by name what an item may not have. Raises `BadInput`."""
    for name in item:
        if name not in names:
            raise BadInput(f"'{str(name)[:40]}' is not supported here")


def text(item: Item, name: str, longest: int = 64) -> str:
    """A short text; "" where it is missing. Raises `BadInput`."""
    value = item.get(name, "")
    if not isinstance(value, str) or len(value) > longest:
        raise BadInput(f"'{name}' is a text of {longest} characters at most")
    return value


def person(item: Item) -> Address:
    """Whom an item is about: by a number, or by a mailbox. Raises `BadInput`."""
    return reachable(text(item, "contact_id", _LONGEST_ADDRESS))


def answered(item: Item, failed: BadInput | None) -> dict[str, Any]:
    """What became of an item, by the name that its sender gave it."""
    return {
        "correlation_id": str(item.get("correlation_id", ""))[:64],
        "error_code": failed.code if failed else 0,
        "error_messages": [str(failed)] if failed else [],
    }
