"""Verified caller IDs (`OutgoingCallerIds`): numbers from elsewhere that an account proved that it may show in calls.

Until calls are placed the code goes by text, and its secret stands in no answer: `validation_code` and `call_sid` are
null, and the customer gives the code back to `POST /policy/v1/CallerIds/Code` (`carriage.caller_ids` says why).
"""

from __future__ import annotations

from typing import Any

from masstransit.api.dialect import V2010, Answer, Form, Problem, Request, Route, is_sid, page_2010, rfc2822, window
from masstransit.api.house import House
from masstransit.api.rest.services import callback
from masstransit.carriage.caller_ids import LONGEST_NAME, Wish, take_back, wanted
from masstransit.carriage.codes import TooOften
from masstransit.errors import NotFound
from masstransit.model.address import e164
from masstransit.storage import caller_ids

_PAUSE = 3600.0  # seconds after which another code may be asked for
_NO_CALL = "no call is placed for it: the code goes by text"


def _shown(row: Any) -> dict[str, Any]:
    return {
        "sid": row.sid,
        "date_created": rfc2822(row.created_at),
        "date_updated": rfc2822(row.updated_at),
        "friendly_name": row.friendly_name,
        "account_sid": row.account,
        "phone_number": row.number,
        "uri": f"/{V2010}/Accounts/{row.account}/OutgoingCallerIds/{row.sid}.json",
    }


def wish(form: Form, house: House, account: str) -> Wish:
    """Which number is to be proven. Raises `BadInput`."""
    return Wish(
        account=account,
        number=wanted(form.need("PhoneNumber")),
        name=form.text("FriendlyName", LONGEST_NAME) or "",
        status_callback=callback(form, "StatusCallback", house) or "",
        status_method=form.one_of("StatusCallbackMethod", ("GET", "POST")) or "POST",
    )


async def ask(request: Request, house: House) -> Answer:
    """Have a code sent to a number."""
    if request.caller.test:
        raise Problem(403, 20403, "Test credentials send no codes: use the account's own")
    try:
        claim = await house.caller_ids.ask(wish(request.form, house, request.account))
    except TooOften as often:
        raise Problem(429, 20429, f"Ask again later: {often}", retry_after=_PAUSE) from often
    told = {"friendly_name": claim.friendly_name, "phone_number": claim.number}
    return Answer(200, {"account_sid": claim.account, "call_sid": None, **told, "validation_code": None})


async def read(request: Request, house: House) -> Answer:
    """Those that are proven."""
    query, asked, now = request.query, window(request), house.clock.now()
    number, name, part = query.get("PhoneNumber"), query.get("FriendlyName"), asked.slice()
    whole = e164(number).text if number else None
    sheet = await house.database.read(
        lambda c: caller_ids.listed(c, request.account, part, now, number=whole, friendly_name=name)
    )
    return page_2010(request, asked, "outgoing_caller_ids", sheet, _shown)


def _sid(request: Request) -> str:
    """Raises `NotFound`."""
    sid = request.parts["sid"]
    if not is_sid(sid, "PN"):
        raise NotFound(f"The caller ID {sid[:34]} was not found")
    return sid


async def fetch(request: Request, house: House) -> Answer:
    sid, now = _sid(request), house.clock.now()
    row = await house.database.read(lambda c: caller_ids.find(c, request.account, sid, now))
    if row is None:
        raise NotFound(f"The caller ID {sid} was not found")
    return Answer(200, _shown(row))


async def update(request: Request, house: House) -> Answer:
    sid, now, name = _sid(request), house.clock.now(), request.form.text("FriendlyName", LONGEST_NAME)
    if name is None:
        return await fetch(request, house)
    row = await house.database.write(lambda c: caller_ids.rename(c, request.account, sid, name, now))
    return Answer(200, _shown(row))


async def delete(request: Request, house: House) -> Answer:
    """Show it no more."""
    sid, now = _sid(request), house.clock.now()
    await house.database.write(lambda c: take_back(c, house.ledger, request.account, sid, now))
    return Answer(204)


_EVERY = "/2010-04-01/Accounts/{account}/OutgoingCallerIds"
_ONE = f"{_EVERY}/{{sid}}"
_ASKED = frozenset({"PhoneNumber", "FriendlyName", "StatusCallback", "StatusCallbackMethod"})
ROUTES = (
    Route(
        method="POST",
        path=_EVERY,
        endpoint=ask,
        fields=_ASKED,
        refused=dict.fromkeys(("CallDelay", "Extension"), _NO_CALL),
    ),
    Route(method="GET", path=_EVERY, endpoint=read, fields=frozenset({"PhoneNumber", "FriendlyName"}), pages=True),
    Route(method="GET", path=_ONE, endpoint=fetch),
    Route(method="POST", path=_ONE, endpoint=update, fields=frozenset({"FriendlyName"})),
    Route(method="DELETE", path=_ONE, endpoint=delete),
)
