"""Every operation of the SDKs' dialect that is served, as steps: made in order, what one creates the next can show."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import httpx
import msgspec
from sqlalchemy import insert

from masstransit.carriage.recording import Asked
from masstransit.carriage.voice.asking import Given
from masstransit.carriage.voice.live import Wish
from masstransit.errors import NotFound
from masstransit.model.address import parse
from masstransit.model.change import Participant, Role
from masstransit.model.communication import Direction
from masstransit.storage import caller_ids, communications, numbers, recordings
from masstransit.storage.tables import alerts
from tests.api.house import Door
from tests.carriage.voice.house import until
from tests.makers import RECIPIENT, a_call, an_sms

LOCAL, OTHER, THIRD, MOBILE, FREE = "+14155550101", "+14155550102", "+14155550103", "+447400123456", "+18005550103"
MET = "+12125550177"
CODE = "55512"
ACCOUNT = "/2010-04-01/Accounts"
MINE = ACCOUNT + "/{AccountSid}"
SERVICE = "/v1/Services/{ServiceSid}"
CAMPAIGNS = "/v1/Services/{MessagingServiceSid}/Compliance/Usa2p"


class Step(msgspec.Struct, frozen=True):
    """A request. `sid` names the thing that `{Sid}` stands for; `saves` is the name for what it creates or lists."""

    method: str
    path: str
    form: dict[str, Any] = {}
    sid: str = ""
    saves: str = ""
    product: str = "api"
    country: str = "US"

    @property
    def key(self) -> tuple[str, str, str]:
        return self.product, self.method, shape(self.path)


def shape(path: str) -> str:
    """A path without the names of its placeholders."""
    return re.sub(r"{\w+}", "{}", path.partition("?")[0].removesuffix(".json"))


def _named(name: str, saves: str) -> list[Step]:
    """The five operations of a resource that has only a name."""
    every, one = f"{MINE}/{name}.json", f"{MINE}/{name}/{{Sid}}.json"
    return [
        Step("POST", every, {"FriendlyName": "CI"}, saves=saves),
        Step("GET", every),
        Step("GET", one, sid=saves),
        Step("POST", one, {"FriendlyName": "Build"}, sid=saves),
        Step("DELETE", one, sid=saves),
    ]


def _members(name: str, form: dict[str, Any]) -> list[Step]:
    """The four operations of what is in a service."""
    every, one = f"{SERVICE}/{name}", f"{SERVICE}/{name}/{{Sid}}"
    return [
        Step("POST", every, form, saves=name, product="messaging"),
        Step("GET", every, product="messaging"),
        Step("GET", one, sid=name, product="messaging"),
    ]


def _out(name: str) -> Step:
    return Step("DELETE", f"{SERVICE}/{name}/{{Sid}}", sid=name, product="messaging")


_FILED = {
    "BrandRegistrationSid": "{brand}",
    "Description": "Notices about orders to people who asked for them at checkout.",
    "MessageFlow": "People tick a box on the order page and confirm by texting START.",
    "MessageSamples": ["Your parcel comes on Tuesday.", "Your parcel is at the door now."],
    "UsAppToPersonUsecase": "DELIVERY_NOTIFICATION",
    "HasEmbeddedLinks": "false",
    "HasEmbeddedPhone": "false",
    "PrivacyPolicyUrl": "https://example.com/privacy",
    "TermsAndConditionsUrl": "https://example.com/terms",
}
_CHANGED = {name: value for name, value in _FILED.items() if not name.endswith(("Sid", "Usecase"))}
_BUNDLES = {"CustomerProfileBundleSid": "BU" + "1" * 32, "A2PProfileBundleSid": "BU" + "2" * 32}
_PERIODS = ("Daily", "Monthly", "Yearly", "Today", "Yesterday", "ThisMonth", "LastMonth", "AllTime")
_M = "messaging"

STEPS = [
    Step("POST", f"{ACCOUNT}.json", {"FriendlyName": "Shop"}, saves="sub"),
    Step("GET", f"{ACCOUNT}.json"),
    Step("GET", f"{ACCOUNT}/{{Sid}}.json", sid="sub"),
    Step("POST", f"{ACCOUNT}/{{Sid}}.json", {"Status": "suspended"}, sid="sub"),
    *_named("Keys", "key"),
    *_named("SigningKeys", "signing key"),
    *_named("Applications", "application"),
    Step("GET", f"{MINE}/AvailablePhoneNumbers.json"),
    Step("GET", f"{MINE}/AvailablePhoneNumbers/{{CountryCode}}.json"),
    *(Step("GET", f"{MINE}/AvailablePhoneNumbers/{{CountryCode}}/{kind}.json") for kind in ("Local", "TollFree")),
    Step("GET", f"{MINE}/AvailablePhoneNumbers/{{CountryCode}}/Mobile.json", country="GB"),
    Step("POST", f"{MINE}/IncomingPhoneNumbers.json", {"PhoneNumber": LOCAL}, saves="number"),
    Step("POST", f"{MINE}/IncomingPhoneNumbers/Local.json", {"PhoneNumber": OTHER}, saves="other"),
    Step("POST", f"{MINE}/IncomingPhoneNumbers/TollFree.json", {"PhoneNumber": FREE}),
    Step("POST", f"{MINE}/IncomingPhoneNumbers/Mobile.json", {"PhoneNumber": MOBILE}),
    Step("GET", f"{MINE}/IncomingPhoneNumbers.json"),
    *(Step("GET", f"{MINE}/IncomingPhoneNumbers/{kind}.json") for kind in ("Local", "TollFree", "Mobile")),
    Step("GET", f"{MINE}/IncomingPhoneNumbers/{{Sid}}.json", sid="number"),
    Step("POST", f"{MINE}/IncomingPhoneNumbers/{{Sid}}.json", {"SmsUrl": "https://example.com/sms"}, sid="number"),
    Step("DELETE", f"{MINE}/IncomingPhoneNumbers/{{Sid}}.json", sid="other"),
    Step("POST", f"{MINE}/OutgoingCallerIds.json", {"PhoneNumber": THIRD}),
    Step("GET", f"{MINE}/OutgoingCallerIds.json"),
    Step("GET", f"{MINE}/OutgoingCallerIds/{{Sid}}.json", sid="caller"),
    Step("POST", f"{MINE}/OutgoingCallerIds/{{Sid}}.json", {"FriendlyName": "Clinic"}, sid="caller"),
    Step("POST", "/v1/Services", {"FriendlyName": "Shop", "Usecase": "marketing"}, saves="service", product=_M),
    Step("GET", "/v1/Services", product=_M),
    Step("GET", "/v1/Services/{Sid}", sid="service", product=_M),
    Step("POST", "/v1/Services/{Sid}", {"StatusCallback": "https://example.com/"}, sid="service", product=_M),
    *_members("PhoneNumbers", {"PhoneNumberSid": "{number}"}),
    *_members("ShortCodes", {"ShortCodeSid": "{code}"}),
    *_members("AlphaSenders", {"AlphaSender": "Test"}),
    Step("POST", "/v1/a2p/BrandRegistrations", _BUNDLES, saves="brand", product=_M),
    Step("GET", "/v1/a2p/BrandRegistrations", product=_M),
    Step("GET", "/v1/a2p/BrandRegistrations/{Sid}", sid="brand", product=_M),
    Step("POST", "/v1/a2p/BrandRegistrations/{Sid}", sid="brand", product=_M),
    Step("GET", f"{CAMPAIGNS}/Usecases", product=_M),
    Step("POST", CAMPAIGNS, _FILED, saves="campaign", product=_M),
    Step("POST", CAMPAIGNS, _FILED | {"Description": "short"}, saves="failed campaign", product=_M),
    Step("GET", CAMPAIGNS, product=_M),
    Step("GET", f"{CAMPAIGNS}/{{Sid}}", sid="campaign", product=_M),
    Step("POST", f"{CAMPAIGNS}/{{Sid}}", _CHANGED, sid="failed campaign", product=_M),
    Step(
        "POST", f"{MINE}/Messages.json",
        {"To": RECIPIENT, "From": LOCAL, "Body": "Hello", "MediaUrl": "https://example.com/cat.png"}, saves="message",
    ),
    Step(
        "POST", f"{MINE}/Messages.json", {"To": RECIPIENT, "MessagingServiceSid": "{service}", "Body": "Hello"},
        saves="pooled",
    ),
    Step(
        "POST", f"{MINE}/Calls.json", {"To": RECIPIENT, "From": LOCAL, "Url": "https://example.com/voice"},
        saves="call",
    ),
    Step("GET", f"{MINE}/Calls.json"),
    Step("GET", f"{MINE}/Calls/{{Sid}}.json", sid="call"),
    Step("POST", f"{MINE}/Calls/{{Sid}}.json", {"Status": "canceled"}, sid="call"),
    Step("DELETE", f"{MINE}/Calls/{{Sid}}.json", sid="call"),
    Step("POST", f"{MINE}/Calls/{{CallSid}}/Recordings.json", {"RecordingChannels": "dual"}, saves="recording"),
    Step("GET", f"{MINE}/Calls/{{CallSid}}/Recordings.json"),
    Step("GET", f"{MINE}/Calls/{{CallSid}}/Recordings/{{Sid}}.json", sid="recording"),
    Step("POST", f"{MINE}/Calls/{{CallSid}}/Recordings/{{Sid}}.json", {"Status": "paused"}, sid="recording"),
    Step("GET", f"{MINE}/Recordings.json"),
    Step("GET", f"{MINE}/Recordings/{{Sid}}.json", sid="recorded"),
    Step("DELETE", f"{MINE}/Recordings/{{Sid}}.json", sid="recorded"),
    Step("DELETE", f"{MINE}/Calls/{{CallSid}}/Recordings/{{Sid}}.json", sid="recorded too"),
    Step("GET", f"{MINE}/Messages.json"),
    *(Step("GET", f"{MINE}/Messages/{{Sid}}.json", sid=sid) for sid in ("message", "pooled", "answer", "failure")),
    Step("GET", f"{MINE}/Conferences.json"),
    Step("GET", f"{MINE}/Conferences/{{Sid}}.json", sid="conference"),
    Step("GET", f"{MINE}/Conferences/{{ConferenceSid}}/Participants.json"),
    Step("POST", f"{MINE}/Conferences/{{ConferenceSid}}/Participants.json", {"To": THIRD, "From": LOCAL}),
    Step("GET", f"{MINE}/Conferences/{{ConferenceSid}}/Participants/{{Sid}}.json", sid="met"),
    Step("POST", f"{MINE}/Conferences/{{ConferenceSid}}/Participants/{{Sid}}.json", {"Muted": "true"}, sid="met"),
    Step("POST", f"{MINE}/Conferences/{{Sid}}.json", {"AnnounceUrl": "https://example.com/"}, sid="conference"),
    Step("GET", f"{MINE}/Conferences/{{ConferenceSid}}/Recordings.json"),
    Step("GET", f"{MINE}/Conferences/{{ConferenceSid}}/Recordings/{{Sid}}.json", sid="taped"),
    Step("POST", f"{MINE}/Conferences/{{ConferenceSid}}/Recordings/{{Sid}}.json", {"Status": "paused"}, sid="taped"),
    Step("DELETE", f"{MINE}/Conferences/{{ConferenceSid}}/Recordings/{{Sid}}.json", sid="taped before"),
    Step("DELETE", f"{MINE}/Conferences/{{ConferenceSid}}/Participants/{{Sid}}.json", sid="met"),
    Step("GET", f"{MINE}/Messages/{{MessageSid}}/Media.json", saves="medium"),
    Step("GET", f"{MINE}/Messages/{{MessageSid}}/Media/{{Sid}}.json", sid="medium"),
    Step("DELETE", f"{MINE}/Messages/{{MessageSid}}/Media/{{Sid}}.json", sid="medium"),
    Step("POST", f"{MINE}/Messages/{{MessageSid}}/Feedback.json", {"Outcome": "confirmed"}),
    Step("POST", f"{MINE}/Messages/{{Sid}}.json", {"Status": "canceled"}, sid="message"),
    Step("GET", f"{MINE}/Usage/Records.json"),
    *(Step("GET", f"{MINE}/Usage/Records/{period}.json") for period in _PERIODS),
    Step("DELETE", f"{MINE}/Messages/{{Sid}}.json", sid="message"),
    Step("GET", "/v2/PhoneNumbers/{PhoneNumber}?Fields=line_type_intelligence", product="lookups"),
    Step("GET", "/v2/PhoneNumbers/{PhoneNumber}", product="lookups"),
    Step("GET", "/v1/Alerts", product="monitor"),
    Step("GET", "/v1/Alerts/{Sid}", sid="alert", product="monitor"),
    Step("DELETE", f"{CAMPAIGNS}/{{Sid}}", sid="campaign", product=_M),
    *(_out(name) for name in ("PhoneNumbers", "ShortCodes", "AlphaSenders")),
    Step("DELETE", "/v1/Services/{Sid}", sid="service", product=_M),
    Step("DELETE", f"{MINE}/OutgoingCallerIds/{{Sid}}.json", sid="caller"),
]  # fmt: skip


async def seed(door: Door) -> dict[str, str]:
    """What the API itself does not make: numbers for sale, a short code, an answer, a failure, an alert."""
    now = door.clock.now()
    sids = {"code": "SC" + "c" * 32, "answer": "SM" + "a" * 32, "failure": "SM" + "f" * 32, "alert": "NO" + "a" * 32}
    sids |= {"on air": "CA" + "a" * 32, "recorded": "RE" + "a" * 32, "recorded too": "RE" + "b" * 32}
    sids |= {"caller": "PN" + "c" * 32, "met": "CA" + "b" * 32}
    stock: list[dict[str, Any]] = [{"number": n, "region": "US"} for n in (LOCAL, OTHER, THIRD)]
    stock += [{"number": n, "region": "US", "type": "toll-free"} for n in (FREE, "+18005550104")]
    stock += [{"number": n, "region": "GB", "type": "mobile"} for n in (MOBILE, "+447400123457")]
    leased = {"account": door.sid, "sid": sids["code"], "state": "in-use", "acquired_at": now}
    stock.append({"number": CODE, "region": "US", "type": "short-code", **leased})
    answer = an_sms(id=sids["answer"], account=door.sid, sender=RECIPIENT, recipient=LOCAL, at=now)
    failure = an_sms(id=sids["failure"], account=door.sid, at=now)
    rows = [
        communications.row(
            msgspec.structs.replace(answer, direction=Direction.INBOUND),
            person="", segments=1, status="received", decision="",
        ),
        communications.row(failure, person="", segments=2, status="queued", decision=""),
    ]  # fmt: skip
    failed = communications.change(
        door.sid, sids["failure"], "failed", now, error=30007, why="refused", sent_at=now, done_at=now
    )
    alert = {"account": door.sid, "sid": sids["alert"], "at": now, "error_code": 11200, "text": "no answer"}
    about = {"request_url": "https://example.com/", "request_method": "POST", "response_body": "no"}

    shown: dict[str, Any] = {
        "account": door.sid,
        "sid": sids["caller"],
        "number": "+12125550143",
        "friendly_name": "Clinic",
    }
    shown |= {"how": "loa", "proven_at": now, "expires_at": now + timedelta(days=365), "confirmed_by": "Ada"}
    shown |= {"created_at": now, "updated_at": now, "person": door.keys.person("+12125550143")}

    recorded: dict[str, Any] = {
        "account": door.sid,
        "call": sids["on air"],
        "act": "record",
        "source": "dial",
        "state": "ended",
    }
    recorded |= {"asked_at": now, "began_at": now, "ended_at": now, "seconds": 1.0, "digests": {"leg-1.wav": "d"}}

    def keep(connection: Any) -> None:
        for sid in (sids["recorded"], sids["recorded too"]):
            recordings.add(connection, {**recorded, "sid": sid})
        caller_ids.put(connection, shown)
        numbers.put(connection, stock, now)
        communications.add(connection, rows)
        communications.mark(connection, [failed])
        connection.execute(insert(alerts), [alert | {"about": sids["failure"], "attrs": about}])

    await door.database.write(keep)
    sids["conference"] = await _met(door, sids["met"])
    sids["taped before"] = "RE" + "c" * 32
    taped = recorded | {"sid": sids["taped before"], "call": sids["conference"], "source": "conference"}
    await door.database.write(lambda c: recordings.add(c, taped))
    sids["taped"] = (await door.recordings.ask(sids["conference"], Asked(source="conference", papers={1: "7"}))).sid
    await door.on_air(sids["on air"], Participant(leg=1, role=Role.STAFF, address=parse(LOCAL), since=now))
    return sids


async def _met(door: Door, sid: str) -> str:
    """Somebody is in a conference; its SID."""
    door.handsets.phones.add(MET)
    call = a_call(id=sid, account=door.sid, recipient=MET, channel="rest", at=door.clock.now())
    led = Given("<Response><Dial><Conference>Daily</Conference></Dial></Response>")
    await door.voice.call(call, Wish(source=led))
    rings = await until(lambda: next((c for c in door.handsets.calls(MET) if c.shown.state == "ringing"), None))
    rings.take()

    def inside() -> str:
        try:
            seat = door.voice.conferences.seat(door.sid, "Daily", sid)
        except NotFound:
            return ""
        return seat.room.sid if seat.entered else ""

    return await until(inside)


def url(step: Step, account: str, sids: dict[str, str]) -> str:
    """Where a step goes, for an account."""
    values = {
        "AccountSid": account,
        "Sid": sids.get(step.sid, ""),
        "CallSid": sids.get("on air", ""),
        "ConferenceSid": sids.get("conference", ""),
        "MessageSid": sids.get("message", ""),
        "ServiceSid": sids.get("service", ""),
        "MessagingServiceSid": sids.get("service", ""),
        "CountryCode": step.country,
        "PhoneNumber": RECIPIENT,
    }
    prefix = "" if step.product == "api" else f"/{step.product}"
    return prefix + step.path.format(**values)


def filled(step: Step, sids: dict[str, str]) -> dict[str, Any]:
    """The step's form, with the SIDs of what was created."""
    return {name: v.format(**sids) if isinstance(v, str) else v for name, v in step.form.items()}


async def take(step: Step, door: Door, sids: dict[str, str]) -> httpx.Response:
    """Make a step; what it creates, or the first of what it lists, is in `sids` then."""
    answer = await door.ask(step.method, url(step, door.sid, sids), data=filled(step, sids) or None)
    if step.saves and answer.content:
        body = answer.json()
        made = body if "sid" in body else next((v[0] for v in body.values() if isinstance(v, list) and v), {})
        sids[step.saves] = made.get("sid", "")
    return answer
