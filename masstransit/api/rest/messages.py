"""Messages: send, list, fetch, redact, cancel, delete; and the feedback on one.

Sending is the hot path: one look-up that is mostly remembered (the credential), one offer. What a form asks for is
read in `offers.py`.
"""

from __future__ import annotations

from typing import Any

from masstransit.api.dialect import (
    V2010,
    Answer,
    Form,
    Request,
    Route,
    dollars,
    is_sid,
    page_2010,
    read_days,
    rfc2822,
    window,
)
from masstransit.api.house import House
from masstransit.api.rest import offers
from masstransit.api.verdict import status_of
from masstransit.errors import BadInput, Conflict, NotFound
from masstransit.model.address import parse
from masstransit.model.alphabet import segment
from masstransit.model.communication import Communication, Kind
from masstransit.storage import messages, redaction
from masstransit.storage.messages import Filters

_DONE = frozenset({"sent", "delivered", "undelivered", "failed", "canceled", "received", "read", "partially_delivered"})


async def create(request: Request, house: House) -> Answer:
    """Send a message."""
    now = house.clock.now()
    if request.caller.test:
        made = await offers.rehearsed(request, house, now)
        return Answer(201, _new(made, "scheduled" if made.send_at else "accepted" if made.service else "queued"))
    communication = await offers.asked_for(request, house, now)
    offered = await house.exchange.offer(communication)
    status = status_of(offered.communication, offered.decision, now, _root(request, house))
    if offered.repeated:
        row = await house.database.read(lambda c: messages.fetch(c, request.account, offered.communication.id))
        if row is not None:
            return Answer(201, shown(row))
    return Answer(201, _new(offered.communication, status))


# --- showing ------------------------------------------------------------------------------------------------------


def _new(made: Communication, status: str) -> dict[str, Any]:
    """A message just taken, without asking the database for it again."""
    at = rfc2822(made.at)
    return _fields(made.account, made.id) | {
        "body": made.on_air,
        "num_media": str(len(made.media) + len({file.sid for file in made.attachments})),
        "num_segments": str(1 if made.kind is Kind.MMS else len(segment(made.on_air).parts)),
        "direction": "outbound-api",
        "from": None if made.service and status == "accepted" else made.sender.text,
        "to": made.recipient.text,
        "date_updated": at,
        "date_sent": None,
        "date_created": at,
        "status": status,
        "messaging_service_sid": made.service,
        "error_code": None,
        "error_message": None,
    }


def shown(row: Any) -> dict[str, Any]:
    """A message as it is on record."""
    failed = row.error_code is not None
    hidden = row.attrs.get("obfuscate") and row.done_at is not None
    return _fields(row.account, row.sid) | {
        "body": row.shortened or row.body or "",
        "num_media": str(row.media_count),
        "num_segments": str(row.segments),
        "direction": _direction(row),
        "from": row.sender,
        "to": parse(row.recipient).masked if hidden else row.recipient,
        "date_updated": rfc2822(row.updated_at),
        "date_sent": rfc2822(row.sent_at),
        "date_created": rfc2822(row.created_at),
        "status": row.status,
        "messaging_service_sid": row.service,
        "error_code": row.error_code,
        "error_message": row.error_message if failed else None,
        "price": None if row.price is None else f"-{dollars(row.price)}",
    }


def _fields(account: str, sid: str) -> dict[str, Any]:
    """What all messages have in common."""
    uri = f"/{V2010}/Accounts/{account}/Messages/{sid}"
    return {
        "sid": sid,
        "account_sid": account,
        "api_version": V2010,
        "price": None,
        "price_unit": "USD",
        "uri": f"{uri}.json",
        "subresource_uris": {"media": f"{uri}/Media.json", "feedback": f"{uri}/Feedback.json"},
    }


def _direction(row: Any) -> str:
    if row.direction == "inbound":
        return "inbound"
    return "outbound-reply" if row.exemption or row.channel == "twiml" else "outbound-api"


# --- reading and changing -----------------------------------------------------------------------------------------


async def read(request: Request, house: House) -> Answer:
    """List messages, the newest first."""
    asked, filters = window(request), _filters(request.query)
    part = asked.slice()
    sheet = await house.database.read(lambda c: messages.page(c, request.account, filters, part))
    return page_2010(request, asked, "messages", sheet, shown)


def _filters(query: Form) -> Filters:
    to, sender = query.get("To"), query.get("From")
    begin, end = read_days(query, "DateSent")
    return Filters(
        to=parse(to, code=21211).text if to else None,
        sender=parse(sender, code=21212).text if sender else None,
        sent_from=begin,
        sent_before=end,
    )


async def fetch(request: Request, house: House) -> Answer:
    return Answer(200, shown(await _find(request, house)))


async def update(request: Request, house: House) -> Answer:
    """Redact with an empty Body; take back with Status=canceled."""
    body, status = request.form.get("Body"), request.form.one_of("Status", ("canceled",))
    if body:
        raise BadInput("'Body' can only be emptied: a message that was sent can't be changed.", field="Body")
    row = await _find(request, house)
    if status == "canceled" and not await house.exchange.cancel(request.account, row.sid):
        raise Conflict(f"The message is {row.status}: it can't be canceled any more", code=30409)
    if body == "":
        await _redact(request, house, row)
    return Answer(200, shown(await _find(request, house)))


async def _redact(request: Request, house: House, row: Any) -> None:
    """Forget what was said, in the message and in the decisions about it; the ledger keeps the proof that they were."""
    now = house.clock.now()
    await house.database.write(
        lambda c: redaction.redact_body(c, house.ledger, row.account, row.sid, now, request.caller.principal)
    )


async def delete(request: Request, house: House) -> Answer:
    row = await _find(request, house)
    if row.status not in _DONE:
        raise Conflict(f"The message is {row.status}: it can be deleted once it is done", code=20009)
    await _redact(request, house, row)
    await house.database.write(lambda c: messages.remove(c, request.account, row.sid))
    return Answer(204)


async def feedback(request: Request, house: House) -> Answer:
    """The customer saw that the message reached its person, or could not see it."""
    outcome = request.form.one_of("Outcome", ("confirmed", "unconfirmed")) or "confirmed"
    row, now = await _find(request, house), house.clock.now()
    if row.direction == "inbound":
        raise BadInput("Feedback is for messages that were sent.", field="Outcome")
    await house.feedback.take(row, outcome, now)
    at = rfc2822(now)
    return Answer(
        200,
        {
            "account_sid": row.account,
            "message_sid": row.sid,
            "outcome": outcome,
            "date_created": at,
            "date_updated": at,
            "uri": f"/{V2010}/Accounts/{row.account}/Messages/{row.sid}/Feedback.json",
        },
    )


async def _find(request: Request, house: House) -> Any:
    sid = request.parts["sid"]
    row = None
    if is_sid(sid, "SM", "MM"):
        row = await house.database.read(lambda c: messages.fetch(c, request.account, sid))
    if row is None:
        raise NotFound(f"The requested message {sid[:34]} was not found")
    return row


def _root(request: Request, house: House) -> str:
    """Our own base URL, for links to our own resources."""
    return house.settings.base_url.rstrip("/") or request.origin


_EVERY = "/2010-04-01/Accounts/{account}/Messages"
_ONE = f"{_EVERY}/{{sid}}"
ROUTES = (
    Route(method="POST", path=_EVERY, endpoint=create, fields=offers.FIELDS, refused=offers.REFUSED),
    Route(
        method="GET",
        path=_EVERY,
        endpoint=read,
        fields=frozenset({"To", "From", "DateSent", "DateSent<", "DateSent>"}),
        pages=True,
    ),
    Route(method="GET", path=_ONE, endpoint=fetch),
    Route(method="POST", path=_ONE, endpoint=update, fields=frozenset({"Body", "Status"})),
    Route(method="DELETE", path=_ONE, endpoint=delete),
    Route(method="POST", path=f"{_ONE}/Feedback", endpoint=feedback, fields=frozenset({"Outcome"})),
)
