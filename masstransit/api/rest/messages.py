"""Messages: send, list, fetch, redact, cancel, delete; and the feedback on one.

Sending is the hot path: one look-up that is mostly remembered (the credential), one offer.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from masstransit.api import magic
from masstransit.api.dialect import (
    V2010,
    Answer,
    Form,
    Request,
    Route,
    dollars,
    is_sid,
    new_sid,
    page_2010,
    read_day,
    rfc2822,
    window,
)
from masstransit.api.house import House
from masstransit.api.verdict import status_of
from masstransit.carriage.outside import check_url
from masstransit.carriage.senders import choose_sender
from masstransit.errors import BadInput, Conflict, NotFound
from masstransit.model.address import E164, Address, e164, parse
from masstransit.model.alphabet import segment
from masstransit.model.communication import Communication, Kind, Purpose
from masstransit.storage import messages, redaction, services
from masstransit.storage.messages import Filters
from masstransit.storage.paging import Sheet

_LONGEST_BODY = 1600
_LONGEST_VALIDITY = 36_000  # seconds
_MOST_ATTEMPTS = 99
_SOONEST, _LATEST = timedelta(seconds=900), timedelta(days=35)
_DONE = frozenset({"sent", "delivered", "undelivered", "failed", "canceled", "received", "read", "partially_delivered"})
_PRICE = re.compile(r"[0-9]{1,9}(\.[0-9]{1,12})?([eE]-[0-9]{1,2})?")  # SDKs write small numbers as 5e-05
_PURPOSES = tuple(p.value for p in Purpose)

FIELDS = frozenset(
    {
        "To", "From", "MessagingServiceSid", "Body", "StatusCallback", "ValidityPeriod", "SendAt", "ScheduleType",
        "SmartEncoded", "Purpose", "EndUser", "AddressRetention", "ContentRetention", "MaxPrice", "Attempt",
        "RiskCheck",
    }
)  # fmt: skip
REFUSED = {
    "MediaUrl": "media messages are not carried yet",
    "ContentSid": "content templates are not kept here yet; send the text as 'Body'",
    "ContentVariables": "content templates are not kept here yet; send the text as 'Body'",
    "ApplicationSid": "applications are not kept here; set 'StatusCallback'",
    "ShortenUrls": "links are sent as they are",
    "ProvideFeedback": "feedback is taken for every message",
    "PersistentAction": "only text messages are carried yet",
    "SendAsMms": "media messages are not carried yet",
    "ForceDelivery": "the policy judges every message, and can't be turned off for one",
    "TrafficType": "say what a message is for as 'Purpose'",
    "FallbackFrom": "a message is sent once, by the sender that was picked for it",
}


async def create(request: Request, house: House) -> Answer:
    """Send a message."""
    form, now = request.form, house.clock.now()
    if request.caller.test:
        return _rehearsed(request, form, now)
    communication = await asked_for(request, house, now)
    offered = await house.exchange.offer(communication)
    status = status_of(offered.communication, offered.decision, now, _root(request, house))
    if offered.repeated:
        row = await house.database.read(lambda c: messages.fetch(c, request.account, offered.communication.id))
        if row is not None:
            return Answer(201, shown(row))
    return Answer(201, _new(offered.communication, status))


async def asked_for(request: Request, house: House, now: datetime) -> Communication:
    """The message that a form describes. Raises `BadInput`, `NotFound`."""
    recipient, service = _recipient(request.form), request.form.get("MessagingServiceSid")
    choice = await _choice(request, house, service, recipient) if service else None
    return _communication(request, house, now, recipient, choice)


def _communication(
    request: Request, house: House, now: datetime, recipient: E164, choice: Choice | None
) -> Communication:
    """What the form asks for. Raises `BadInput`."""
    form = request.form
    send_at = _send_at(form, now)
    validity = form.number("ValidityPeriod", 1, _LONGEST_VALIDITY) or (choice.validity if choice else _LONGEST_VALIDITY)
    callback = form.get("StatusCallback") or None
    if callback is not None:
        check_url(callback, field="StatusCallback", allow_private=house.settings.allow_private)
    elif choice is not None:
        callback = choice.status_callback
    smart = form.flag("SmartEncoded")
    purpose = form.one_of("Purpose", _PURPOSES)
    return Communication(
        id=new_sid("SM"),
        account=request.account,
        kind=Kind.SMS,
        channel="rest",
        sender=_sender(form, choice),
        recipient=recipient,
        text=_body(form, smart=smart if smart is not None else choice is not None and choice.smart_encoding),
        at=now,
        purpose=Purpose(purpose) if purpose else None,
        service=form.get("MessagingServiceSid") or None,
        end_user=form.text("EndUser", 128) or None,
        idempotency_key=_idempotency(request),
        send_at=send_at,
        expires_at=(send_at or now) + timedelta(seconds=validity),
        status_callback=callback,
        principal=request.caller.principal,
        max_price=_max_price(form),
        obfuscate=form.one_of("AddressRetention", ("retain", "obfuscate")) == "obfuscate",
        discard=form.one_of("ContentRetention", ("retain", "discard")) == "discard",
        attempts_told=form.number("Attempt", 1, _MOST_ATTEMPTS) or 1,
        risk_check=form.one_of("RiskCheck", ("enable", "disable")) != "disable",
    )


def _recipient(form: Form) -> E164:
    to = form.get("To")
    if not to:
        raise BadInput("A 'To' phone number is required.", field="To", code=21604)
    return e164(to, code=21211)


def _sender(form: Form, choice: Choice | None) -> Address:
    sender = form.get("From")
    if sender:
        return parse(sender, code=21212)
    if choice is None or choice.sender is None:
        raise BadInput("A 'From' phone number or a 'MessagingServiceSid' is required.", field="From", code=21603)
    return choice.sender


def _body(form: Form, *, smart: bool) -> str:
    body = form.get("Body")
    if not body:
        raise BadInput("Message body is required.", field="Body", code=21602)
    if len(body) > _LONGEST_BODY:
        raise BadInput(
            f"The concatenated message body has {len(body)} characters; {_LONGEST_BODY} are the most.",
            field="Body",
            code=21617,
        )
    return "".join(segment(body, smart=True).parts) if smart else body


def _max_price(form: Form) -> str | None:
    price = form.get("MaxPrice") or None
    if price is not None and (not _PRICE.fullmatch(price) or not Decimal(price)):
        raise BadInput("'MaxPrice' is a price in USD such as 0.05.", field="MaxPrice")
    return price


def _send_at(form: Form, now: datetime) -> datetime | None:
    kind, at = form.one_of("ScheduleType", ("fixed",)), form.instant("SendAt")
    if kind is None and at is None:
        return None
    if kind is None or at is None:
        raise BadInput("'SendAt' and 'ScheduleType=fixed' go together.", field="SendAt" if kind else "ScheduleType")
    if not form.get("MessagingServiceSid"):
        raise BadInput("A scheduled message needs a 'MessagingServiceSid'.", field="MessagingServiceSid")
    if not _SOONEST <= at - now <= _LATEST:
        raise BadInput("'SendAt' is at least 15 minutes and at most 35 days ahead.", field="SendAt")
    return at


def _idempotency(request: Request) -> str | None:
    key = request.header("idempotency-key") or request.header("i-twilio-idempotency-token")
    if key is not None and len(key) > 256:
        raise BadInput("The idempotency key has more than 256 characters.", field="Idempotency-Key")
    return key or None


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """The sender that a messaging service gives a message, and what the service sets for it."""

    sender: Address | None  #: None: the request names its own
    status_callback: str | None = None
    smart_encoding: bool = False
    validity: int = _LONGEST_VALIDITY  #: seconds


async def _choice(request: Request, house: House, service: str, recipient: E164) -> Choice:
    """What the messaging service says. Raises `NotFound`, `BadInput`."""
    if not is_sid(service, "MG"):
        raise BadInput("'MessagingServiceSid' is not a SID such as MG and 32 hex digits.", field="MessagingServiceSid")
    found = await house.database.read(lambda c: services.find(c, request.account, service))
    if found is None:
        raise NotFound(f"The messaging service {service} was not found")
    sender = None
    if not request.form.get("From"):
        sender = await choose_sender(house.database, house.keys, request.account, service, recipient)
    return Choice(
        sender=sender,
        status_callback=found.status_callback or None,
        smart_encoding=found.smart_encoding,
        validity=found.validity_period,
    )


def _rehearsed(request: Request, form: Form, now: datetime) -> Answer:
    """With test credentials: checked as ever, answered by the magic numbers, and nothing is sent."""
    service = form.get("MessagingServiceSid") or None
    recipient = _recipient(form)
    stand_in = Choice(sender=parse("+15005550006"))
    sender = _sender(form, stand_in if service else None)
    magic.check(None if service else sender.text, recipient.text)
    made = Communication(
        id=new_sid("SM"),
        account=request.account,
        kind=Kind.SMS,
        channel="rest",
        sender=sender,
        recipient=recipient,
        text=_body(form, smart=form.flag("SmartEncoded") or False),
        at=now,
        service=service,
        send_at=_send_at(form, now),
    )
    return Answer(201, _new(made, "scheduled" if made.send_at else "accepted" if service else "queued"))


# --- showing ------------------------------------------------------------------------------------------------------


def _new(made: Communication, status: str) -> dict[str, Any]:
    """A message just taken, without asking the database for it again."""
    at = rfc2822(made.at)
    return _fields(made.account, made.id) | {
        "body": made.text,
        "num_segments": str(len(segment(made.text).parts)),
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
        "body": row.body or "",
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
        "num_media": "0",
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
    """`DateSent<` means on or before that day, `DateSent>` on or after it, as the SDKs document them."""
    on, before, after = query.get("DateSent"), query.get("DateSent<"), query.get("DateSent>")
    begin, end = read_day("DateSent", on) if on else (None, None)
    if before:
        until = read_day("DateSent<", before)[1]
        end = min(end, until) if end else until
    if after:
        since = read_day("DateSent>", after)[0]
        begin = max(begin, since) if begin else since
    to, sender = query.get("To"), query.get("From")
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


async def media(request: Request, house: House) -> Answer:
    """The media of a message: none, while only text is carried."""
    await _find(request, house)
    return page_2010(request, window(request), "media_list", Sheet((), before=False, behind=False), shown)


async def feedback(request: Request, house: House) -> Answer:
    """The customer saw that the message reached its person, or could not see it."""
    outcome = request.form.one_of("Outcome", ("confirmed", "unconfirmed")) or "confirmed"
    row, now = await _find(request, house), house.clock.now()
    if row.direction == "inbound":
        raise BadInput("Feedback is for messages that were sent.", field="Outcome")
    attrs = row.attrs | {"feedback": outcome}
    await house.database.write(lambda c: messages.note(c, row.account, row.sid, attrs, now))
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
    Route(method="POST", path=_EVERY, endpoint=create, fields=FIELDS, refused=REFUSED),
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
    Route(method="GET", path=f"{_ONE}/Media", endpoint=media, pages=True),
    Route(method="POST", path=f"{_ONE}/Feedback", endpoint=feedback, fields=frozenset({"Outcome"})),
)
