"""Verified caller IDs (`OutgoingCallerIds`): numbers from elsewhere that an account proved that it may show in calls.

A number is called, and whoever answers types the code that stands in the answer here (the SDKs' validation request).
By text (`Channel=sms`, and where nothing here calls people) the code is secret: `validation_code` and `call_sid` are
null, and the customer gives it back to `POST /policy/v1/CallerIds/Code` (`carriage.caller_ids` says why).
"""

from __future__ import annotations

from typing import Any

from masstransit.api.dialect import V2010, Answer, Form, Problem, Request, Route, is_sid, page_2010, rfc2822, window
from masstransit.api.house import House
from masstransit.api.rest.services import callback
from masstransit.carriage.caller_ids import LONGEST_NAME, Dialled, Wish, take_back, wanted
from masstransit.carriage.codes import TooOften
from masstransit.errors import BadInput, NotFound
from masstransit.model.address import e164
from masstransit.storage import caller_ids

_PAUSE = 3600.0  # seconds after which another code may be asked for
_NO_CALL = "no call is placed for it: the code goes by text"
_LONGEST_DELAY, _LONGEST_EXTENSION = 60, 32
_KEYS = frozenset("0123456789*#wW")


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
    """Have a number called for its code, or a code sent to it."""
    if request.caller.test:
        raise Problem(403, 20403, "Test credentials send no codes: use the account's own")
    form, ids = request.form, house.caller_ids
    asked = wish(form, house, request.account)
    usual = "call" if ids.can_call else "sms"
    try:
        if (form.one_of("Channel", ("call", "sms")) or usual) == "call":
            called = await ids.call(asked, _dialled(form))
            return Answer(200, _asked(called.claim, call=called.claim.sent, code=called.code))
        _by_text(form)
        return Answer(200, _asked(await ids.ask(asked), call=None, code=None))
    except TooOften as often:
        raise Problem(429, 20429, f"Ask again later: {often}", retry_after=_PAUSE) from often


def _asked(claim: Any, *, call: str | None, code: str | None) -> dict[str, Any]:
    told = {"friendly_name": claim.friendly_name, "phone_number": claim.number}
    return {"account_sid": claim.account, "call_sid": call, **told, "validation_code": code}


def _dialled(form: Form) -> Dialled:
    """How the number is to be called. Raises `BadInput`."""
    extension = form.get("Extension") or ""
    if len(extension) > _LONGEST_EXTENSION or set(extension) - _KEYS:
        raise BadInput(f"'Extension' is of 0-9 * # w W, {_LONGEST_EXTENSION} at the most.", field="Extension")
    return Dialled(delay=form.number("CallDelay", 0, _LONGEST_DELAY) or 0, extension=extension)


def _by_text(form: Form) -> None:
    """Raises `BadInput` for what only a call can do."""
    for field in ("CallDelay", "Extension"):
        if form.get(field):
            raise BadInput(f"The field '{field}' is refused: {_NO_CALL}.", field=field)


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
_ASKED = frozenset(
    {"PhoneNumber", "FriendlyName", "StatusCallback", "StatusCallbackMethod", "CallDelay", "Extension", "Channel"}
)
ROUTES = (
    Route(method="POST", path=_EVERY, endpoint=ask, fields=_ASKED),
    Route(method="GET", path=_EVERY, endpoint=read, fields=frozenset({"PhoneNumber", "FriendlyName"}), pages=True),
    Route(method="GET", path=_ONE, endpoint=fetch),
    Route(method="POST", path=_ONE, endpoint=update, fields=frozenset({"FriendlyName"})),
    Route(method="DELETE", path=_ONE, endpoint=delete),
)
