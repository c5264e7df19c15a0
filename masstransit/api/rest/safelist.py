"""The safe list: numbers whose one-time codes are never blocked as pumped traffic."""

from __future__ import annotations

from typing import Any

from masstransit.api.dialect import Answer, Form, Request, Route
from masstransit.api.house import House
from masstransit.errors import BadInput, NotFound
from masstransit.model.address import E164, e164
from masstransit.storage import safelist


async def add(request: Request, house: House) -> Answer:
    """Vouch for a number. One that is on the list already keeps its SID."""
    number, now = _number(request.form), house.clock.now()
    person = house.keys.person(number.text)
    sid = await house.database.write(lambda c: safelist.add(c, request.account, person, now))
    return Answer(201, _shown(sid, number))


async def fetch(request: Request, house: House) -> Answer:
    """Whether a number is on the list: 404 where it is not."""
    number = _number(request.query)
    person = house.keys.person(number.text)
    sid = await house.database.read(lambda c: safelist.find(c, request.account, person))
    if sid is None:
        raise _missing(number)
    return Answer(200, _shown(sid, number))


async def remove(request: Request, house: House) -> Answer:
    """Vouch for a number no more."""
    number = _number(request.query)
    person = house.keys.person(number.text)
    if not await house.database.write(lambda c: safelist.remove(c, request.account, person)):
        raise _missing(number)
    return Answer(204)


def _number(form: Form) -> E164:
    """The whole number that is meant. Raises `BadInput`."""
    told = form.get("PhoneNumber")
    if not told:
        raise BadInput("'PhoneNumber' is needed: a whole number such as +14155550100.", field="PhoneNumber")
    number = e164(told)
    if not number.valid:
        raise BadInput("'PhoneNumber' is a whole number that its plan knows; prefixes are not kept here.",
                       field="PhoneNumber")  # fmt: skip
    return number


def _missing(number: E164) -> NotFound:
    return NotFound(f"{number.text} is not on the safe list")


def _shown(sid: str, number: E164) -> dict[str, Any]:
    return {"sid": sid, "phone_number": number.text}


_PATH = "/v1/SafeList/Numbers"
_FIELDS = frozenset({"PhoneNumber"})
ROUTES = (
    Route(product="accounts", method="POST", path=_PATH, endpoint=add, fields=_FIELDS),
    Route(product="accounts", method="GET", path=_PATH, endpoint=fetch, fields=_FIELDS),
    Route(product="accounts", method="DELETE", path=_PATH, endpoint=remove, fields=_FIELDS),
)
