"""What a form asks for: the message that it describes, with what its messaging service and application add to it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from masstransit.api import magic
from masstransit.api.dialect import Form, Request, is_sid
from masstransit.api.house import House
from masstransit.api.rest import later, settled, texts
from masstransit.carriage.outside import check_url
from masstransit.carriage.senders import choose_sender
from masstransit.errors import BadInput, NotFound
from masstransit.model.address import E164, Address, e164, parse
from masstransit.model.communication import Communication, Kind, Purpose
from masstransit.model.sid import new_sid
from masstransit.storage import applications, services

_LONGEST_VALIDITY = 36_000  # seconds
_MOST_ATTEMPTS = 99
_PRICE = re.compile(r"[0-9]{1,9}(\.[0-9]{1,12})?([eE]-[0-9]{1,2})?")  # SDKs write small numbers as 5e-05
_MAGIC = "+15005550006"  # the number that test credentials send from
_PURPOSES = tuple(p.value for p in Purpose)

SETTLED: settled.Settled = {"ProvideFeedback": ("true", "feedback is taken for every message")}
FIELDS = frozenset(
    {
        "To", "From", "MessagingServiceSid", "Body", "StatusCallback", "ValidityPeriod",
        "SmartEncoded", "Purpose", "EndUser", "AddressRetention", "ContentRetention", "MaxPrice", "Attempt",
        "RiskCheck", "ApplicationSid", "ContentSid", "ContentVariables", "MediaUrl", "PersistentAction",
        "ShortenUrls", "SendAsMms", *later.FIELDS, *SETTLED,
    }
)  # fmt: skip
REFUSED = {
    "ForceDelivery": "the policy judges every message, and can't be turned off for one",
    "TrafficType": "say what a message is for as 'Purpose'",
    "FallbackFrom": "a message is sent once, by the sender that was picked for it",
}


async def asked_for(request: Request, house: House, now: datetime) -> Communication:
    """The message that a form describes. Raises `BadInput`, `NotFound`."""
    form = request.form
    settled.check(form, SETTLED)
    recipient, service = _recipient(form), form.get("MessagingServiceSid")
    choice = await _choice(request, house, service, recipient) if service else None
    callback = await _callback(request, house, choice)
    converts = choice is None or choice.mms_converter
    said = msgspec.structs.asdict(
        await texts.compose(request, house, smart=_smart(form, choice), to=recipient, converts=converts)
    )
    send_at = _send_at(form, now)
    validity = form.number("ValidityPeriod", 1, _LONGEST_VALIDITY) or (choice.validity if choice else _LONGEST_VALIDITY)
    purpose = form.one_of("Purpose", _PURPOSES)
    return Communication(
        id=new_sid("MM" if said["kind"] is Kind.MMS else "SM"),
        account=request.account,
        channel="rest",
        sender=_sender(form, choice),
        recipient=recipient,
        **said,
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


async def _callback(request: Request, house: House, choice: Choice | None) -> str | None:
    """Where the message's statuses are told: by the request itself, else by its application, else by its service.

    As the SDKs document it, an application is not looked at where a 'StatusCallback' is given. Raises `BadInput`.
    """
    own, application = request.form.get("StatusCallback"), request.form.get("ApplicationSid")
    if own:
        check_url(own, field="StatusCallback", allow_private=house.settings.allow_private)
        return own
    of_service = choice.status_callback if choice else None
    if not application:
        return of_service
    row = await house.database.read(lambda c: applications.find(c, request.account, application))
    if row is None:
        raise BadInput(
            f"The application {application[:34]} is not one of this account's.", field="ApplicationSid", code=21218
        )
    return row.message_status_callback or row.sms_status_callback or of_service


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


def _smart(form: Form, choice: Choice | None) -> bool:
    smart = form.flag("SmartEncoded")
    return smart if smart is not None else choice is not None and choice.smart_encoding


def _max_price(form: Form) -> str | None:
    price = form.get("MaxPrice") or None
    if price is not None and (not _PRICE.fullmatch(price) or not Decimal(price)):
        raise BadInput("'MaxPrice' is a price in USD such as 0.05.", field="MaxPrice")
    return price


def _send_at(form: Form, now: datetime) -> datetime | None:
    at = later.send_at(form, now)
    if at is not None and not form.get("MessagingServiceSid"):
        raise BadInput("A scheduled message needs a 'MessagingServiceSid'.", field="MessagingServiceSid")
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
    mms_converter: bool = True
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
        mms_converter=found.mms_converter,
        validity=found.validity_period,
    )


async def rehearsed(request: Request, house: House, now: datetime) -> Communication:
    """What a form with test credentials asks for: checked as ever, refused as the magic numbers say, never sent.

    Raises `BadInput`.
    """
    form = request.form
    settled.check(form, SETTLED)
    service, recipient = form.get("MessagingServiceSid") or None, _recipient(form)
    sender = _sender(form, Choice(sender=parse(_MAGIC)) if service else None)
    magic.check(None if service else sender.text, recipient.text)
    said = msgspec.structs.asdict(await texts.compose(request, house, smart=_smart(form, None)))
    return Communication(
        id=new_sid("SM"),
        account=request.account,
        channel="rest",
        sender=sender,
        recipient=recipient,
        **said,
        at=now,
        service=service,
        send_at=_send_at(form, now),
    )
