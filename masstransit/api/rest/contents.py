"""Content templates (`/v1/Content`): texts with placeholders, sent by their SID with the variables of a message.

    {"language": "en", "variables": {"1": "friend"}, "types": {"twilio/text": {"body": "Hi {{1}}, it is here."}}}

`variables` are the values for messages that give none of their own. A template has one type: `twilio/text`, or
`twilio/media`, whose media go out as those of a message do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Row

from masstransit.api.dialect import Answer, Request, Route, iso8601, page_v1, window
from masstransit.api.house import House
from masstransit.carriage.media import links
from masstransit.errors import BadInput, NotFound
from masstransit.model import template
from masstransit.model.sid import new_sid
from masstransit.storage import contents

_LONGEST = 1600  # characters of a body, and of a variable's value
_MOST_VARIABLES = 100
_LANGUAGE = re.compile(r"[a-z]{2}(_[A-Z]{2})?")
_TEXT, _MEDIA = "twilio/text", "twilio/media"


class Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a template says, before or after its placeholders are filled."""

    body: str | None = None
    media: list[str] | None = None


class _Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A template as it is asked for; the SDKs send every type, null where it is not meant."""

    types: dict[str, Any]
    language: str
    friendly_name: str | None = None
    variables: dict[str, str] | None = None


def filled(row: Row[Any], variables: str | None) -> Written:
    """What a template says with these variables: a JSON object of strings, as a message has it.

    Raises `BadInput` (21656).
    """
    written, given = _written(row.types), _given(variables)
    names = _names(written)
    strange = sorted(given.keys() - names)
    if strange:
        raise _unusable(f"has '{strange[0][:16]}', which the template does not ask for")
    values = row.variables | given
    missing = sorted(names - values.keys())
    if missing:
        raise _unusable(f"lacks '{missing[0]}', which the template asks for and has no value for")
    return Written(
        template.fill(written.body or "", values), [template.fill(url, values) for url in written.media or ()]
    )


def _given(variables: str | None) -> dict[str, str]:
    try:
        given = msgspec.json.decode(variables or "{}", type=dict[str, str])
    except msgspec.MsgspecError as wrong:
        raise _unusable(f"is not a JSON object of strings: {wrong}") from wrong
    empty = sorted(name for name, value in given.items() if not value)
    if empty:
        raise _unusable(f"has nothing as '{empty[0][:16]}'")
    return given


def _unusable(why: str) -> BadInput:
    return BadInput(f"'ContentVariables' {why}.", field="ContentVariables", code=21656)


def _written(types: Mapping[str, Any]) -> Written:
    return msgspec.convert(next(iter(types.values())), Written)


def _names(written: Written) -> frozenset[str]:
    return template.names_in("\n".join((written.body or "", *(written.media or ()))))


# --- making and showing ---------------------------------------------------------------------------------------------


def _values(asked: _Asked, house: House) -> dict[str, Any]:
    """The columns of a new template. Raises `BadInput`."""
    if not _LANGUAGE.fullmatch(asked.language):
        raise BadInput("'language' is two letters of ISO 639-1, such as en, or en_US.", field="language")
    if len(asked.friendly_name or "") > 64:
        raise BadInput("'friendly_name' has more than 64 characters.", field="friendly_name")
    types = {name: said for name, said in asked.types.items() if said is not None}
    strange = sorted(types.keys() - {_TEXT, _MEDIA})
    if strange:
        raise BadInput(f"The type '{strange[0][:40]}' is refused: only texts are carried yet.", field="types")
    if len(types) != 1:
        raise BadInput(f"'types' has one type: {_TEXT} or {_MEDIA}.", field="types")
    written = _checked(*types.popitem(), house)
    names, variables = _names(written), asked.variables or {}
    if len(names) > _MOST_VARIABLES:
        raise BadInput(f"A template has at most {_MOST_VARIABLES} variables.", field="types")
    for name, value in variables.items():
        if name not in names or not 0 < len(value) <= _LONGEST:
            raise BadInput(
                f"'{name[:16]}' is no variable of the template, or its value is not 1 to {_LONGEST} characters.",
                field="variables",
            )
    return {
        "friendly_name": asked.friendly_name or "",
        "language": asked.language,
        "types": {_MEDIA if written.media else _TEXT: msgspec.to_builtins(written)},
        "variables": variables,
    }


def _checked(kind: str, said: Any, house: House) -> Written:
    """What a type says, if it can be sent. Raises `BadInput`."""
    try:
        written = msgspec.convert(said, Written)
    except msgspec.ValidationError as wrong:
        raise BadInput(f"'{kind}' can't be read: {wrong}", field="types") from wrong
    urls = written.media or []
    if (kind == _MEDIA) is not bool(urls) or (kind == _TEXT and not written.body):
        raise BadInput(f"'{_TEXT}' has a body and no media; '{_MEDIA}' has media.", field="types")
    if len(written.body or "") > _LONGEST:
        raise BadInput(f"The body has more than {_LONGEST} characters.", field="types", code=21617)
    whole = [url for url in urls if not template.names_in(url)]  # the others are checked when they are filled
    links.check(whole, field="types", allow_private=house.settings.allow_private)
    if len(urls) > links.MOST:
        raise BadInput(f"There are {len(urls)} media; {links.MOST} are the most.", field="types", code=21623)
    return written


def _shown(row: Row[Any], request: Request) -> dict[str, Any]:
    return {
        "sid": row.sid,
        "account_sid": row.account,
        "friendly_name": row.friendly_name,
        "language": row.language,
        "variables": row.variables,
        "types": {kind: {name: v for name, v in said.items() if v is not None} for kind, said in row.types.items()},
        "date_created": iso8601(row.created_at),
        "date_updated": iso8601(row.updated_at),
        "url": f"{request.base}/v1/Content/{row.sid}",
        "links": {},
    }


async def create(request: Request, house: House) -> Answer:
    """Keep a template."""
    values, now = _values(request.json(_Asked), house), house.clock.now()
    row = await house.database.write(lambda c: contents.create(c, request.account, new_sid("HX"), now, values))
    return Answer(201, _shown(row, request))


async def read(request: Request, house: House) -> Answer:
    asked = window(request)
    part = asked.slice()
    sheet = await house.database.read(lambda c: contents.all_of(c, request.account, part))
    return page_v1(request, asked, "contents", sheet, lambda row: _shown(row, request))


async def fetch(request: Request, house: House) -> Answer:
    sid = request.parts["sid"]
    row = await house.database.read(lambda c: contents.find(c, request.account, sid))
    if row is None:
        raise NotFound(f"The content template {sid[:34]} was not found")
    return Answer(200, _shown(row, request))


async def delete(request: Request, house: House) -> Answer:
    sid = request.parts["sid"]
    if not await house.database.write(lambda c: contents.remove(c, request.account, sid)):
        raise NotFound(f"The content template {sid[:34]} was not found")
    return Answer(204)


_EVERY, _ONE = "/v1/Content", "/v1/Content/{sid}"
ROUTES = (
    Route(product="content", method="POST", path=_EVERY, endpoint=create, json=True),
    Route(product="content", method="GET", path=_EVERY, endpoint=read, pages=True),
    Route(product="content", method="GET", path=_ONE, endpoint=fetch),
    Route(product="content", method="DELETE", path=_ONE, endpoint=delete),
)
