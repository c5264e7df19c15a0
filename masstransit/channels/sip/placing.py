"""What a call is, and where it may go: from an INVITE to a `Communication`, to the gate, to the trunks.

    from a customer    to a number of its own that is registered here; to emergency services by the trunks that take
                       those; else by the trunk with the longest prefix that fits, and the next ones when it fails
    from a carrier     to the contact that is registered for the number, or to the number's voice URL

A customer's word is taken for what it may say: its purpose, campaign, end user and voice. What another provider signed
of a call counts only on a carrier's trunk; that a call is sent on (Diversion), where it is seen to come in.

Where its sound goes through the house (`carried.py`), a call is let on with our session descriptions for both sides.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from datetime import timedelta
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any, Protocol, TypeVar

import msgspec

from masstransit.carriage.identity.service import Identity
from masstransit.channels.sip import message, words
from masstransit.channels.sip.admission import Admission, Caller
from masstransit.channels.sip.message import Header, Unreadable
from masstransit.channels.sip.places import Places
from masstransit.channels.sip.talk import Answer, Carry, Invite, Take, Target
from masstransit.channels.sip.ways import Ways
from masstransit.channels.sip.words import Said
from masstransit.clock import Clock
from masstransit.errors import BadAddress, BadInput
from masstransit.model.address import E164, Address, AlphaSender, ShortCode, parse
from masstransit.model.call import HELP, CallRecord, Party, record_of
from masstransit.model.communication import Communication, Direction, Kind, Purpose
from masstransit.model.communication import Voice as Speaking
from masstransit.model.decision import Decision
from masstransit.model.sid import new_sid
from masstransit.model.signalling import CALLER, Step
from masstransit.storage import calls, campaigns
from masstransit.storage.engine import Database

E = TypeVar("E", bound=Enum)

log = logging.getLogger("masstransit.sip.placing")

_ON = ("privacy", "geolocation", "geolocation-routing", "date")  # what goes on to the far leg as it came
_LONGEST_NAME = 64
_DATE = re.compile(
    r"[A-Z][a-z]{2}, [0-9]{1,2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-5][0-9]:[0-5][0-9] GMT"
)  # RFC 3261 20.17
_NO_ROUTE = 3  # Q.850
_SENT_ON_WITHIN = timedelta(hours=4)  # a call that lasts longer is not sent on any more; a default
_NOT_A_NAME = re.compile(r"[^A-Za-z0-9 &+\-_.!'?]")


class Calls(Protocol):
    """Who decides calls and keeps their records (`carriage.calls.Calls`). Both raise `StorageUnavailable`."""

    async def offer(self, call: Communication) -> Decision: ...

    async def ended(self, record: CallRecord) -> None: ...


class Voice(Protocol):
    """Who takes calls to numbers with a mailbox, and to those that no contact is registered for: customers' documents
    (`lines.Lines`)."""

    async def boxed(self, number: str) -> bool:
        """Whether a number has a mailbox. Raises `StorageUnavailable`."""
        ...

    async def takes(self, call: Communication, asked: Invite, *, own: bool = False) -> Decision | None:
        """Offer the call to the gate and lead it where it is let in; None: nothing leads calls to this number. `own`:
        the number's own phone calls it, and hears its mailbox. Raises `BadInput` for sound that is not spoken here,
        `StorageUnavailable`."""
        ...


class Carrying(Protocol):
    """Who carries the sound of calls (`carried.Carried`)."""

    async def begin(self, call: Communication, asked: Invite) -> tuple[str, str]:
        """Our descriptions for the far side and for the near one; "" both where the sound goes by other ways."""
        ...


class Placing:
    """Decides what is done with an INVITE."""

    def __init__(
        self,
        *,
        calls: Calls,
        admission: Admission,
        database: Database,
        clock: Clock,
        places: Places,
        domain: str,
        ways: Ways,
        identity: Identity,
        voice: Voice | None = None,
        carried: Carrying | None = None,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        self._calls = calls
        self._admission = admission
        self._database = database
        self._clock = clock
        self._places = places
        self._domain = domain
        self._ways = ways
        self._voice = voice
        self._carried = carried
        self._identity = identity
        self._tick = tick

    async def place(self, asked: Invite) -> Carry | Take | Answer:
        """What is done with a call. Raises `StorageUnavailable`: then nothing is."""
        told = _Told(asked)
        try:
            if asked.link:
                return await self._inbound(asked, told)
            return await self._outbound(asked, told)
        except Declined as declined:
            said = declined.said
            return Answer(n=asked.n, status=said.status, phrase=said.phrase, headers=said.headers)

    # --- from a customer ------------------------------------------------------------------------------------------

    async def _outbound(self, asked: Invite, told: _Told) -> Carry | Take | Answer:
        caller = await self._admission.who(asked)
        if isinstance(caller, Answer):
            return caller
        recipient = dialled(asked.uri)
        helped = recipient.text in HELP
        if not helped and (full := self._places.full(caller.account, caller.limits, self._tick())):
            log.info("%s: %s", caller.account, full)
            raise Declined(words.busy(full, self._domain))
        if caller.number == recipient.text and (own := await self._own_mailbox(asked, caller, recipient)) is not None:
            return own
        hidden = "id" in told.value("privacy").lower()
        sender = self._sender(told, caller, helped=helped)
        call = Communication(
            id=new_sid("CA"),
            account=caller.account,
            kind=Kind.CALL,
            channel="sip",
            sender=sender,
            recipient=recipient,
            at=self._clock.now(),
            purpose=_one_of(Purpose, "X-Purpose", told, self._domain),
            campaign=await self._campaign(caller.account, told.value("x-campaign")),
            end_user=told.value("x-end-user")[:_LONGEST_NAME] or caller.end_user,
            anonymous=hidden,
            caller_name=told.name,
            principal=caller.login,
            source=asked.source,
            voice=_one_of(Speaking, "X-Voice", told, self._domain),
            diverted_by=await self._diverted_by(told, caller.account, sender),
        )
        decision = await self._decided(call, asked)
        targets, internal = await self._ways.of(call)
        if not targets:
            await self._turned(call, 480, Party.NETWORK, _NO_ROUTE)
            raise Declined(_unrouted(self._domain))
        return await self._carry(
            asked,
            call,
            targets,
            internal=internal,
            shown="anonymous" if hidden else call.sender.text,
            name="Anonymous" if hidden else told.name,
            headers=self._ways.told(call, decision, internal=internal) + told.go_on,
        )

    async def _own_mailbox(self, asked: Invite, caller: Caller, number: Address) -> Take | None:
        """A phone calls its own number: it hears the number's mailbox. None: there is none."""
        if not asked.body:
            return None
        call = Communication(
            id=new_sid("CA"),
            account=caller.account,
            kind=Kind.CALL,
            direction=Direction.INBOUND,
            channel="sip",
            sender=number,
            recipient=number,
            at=self._clock.now(),
            principal=caller.login,
        )
        return Take(n=asked.n, call=call.id) if await self._led(call, asked, own=True) else None

    def _sender(self, told: _Told, caller: Caller, *, helped: bool) -> Address:
        """Who calls: as the exchange asserts, or else as From says, or else the login's own number."""
        for user in (told.asserted, told.user):
            if (number := _number(user)) is not None:
                return number
        if caller.number:
            return parse(caller.number)
        if helped:
            return AlphaSender(_NOT_A_NAME.sub("", caller.login)[:11] or "unknown")
        raise Declined(
            Said(
                403,
                "Forbidden",
                (
                    words.warning(
                        "say which of your numbers you call from, in From or P-Asserted-Identity", self._domain
                    ),
                ),
            )
        )

    async def _diverted_by(self, told: _Told, account: str, sender: Address) -> Address | None:
        """The number that sends the call on (RFC 5806), where a call from this sender to it is coming in just now."""
        diverting = _number(_user(message.address(told.value("diversion"))[1]))
        if diverting is None:
            return None
        since = self._clock.now() - _SENT_ON_WITHIN
        seen = await self._database.read(lambda c: calls.is_coming_in(c, account, sender.text, diverting.text, since))
        return diverting if seen else None

    async def _campaign(self, account: str, sid: str) -> str | None:
        if not sid:
            return None
        found = await self._database.read(lambda connection: campaigns.locate(connection, sid[:64], account))
        if found is None:
            raise Declined(Said(400, "No Such X-Campaign", (words.warning("name a campaign of yours", self._domain),)))
        return str(found.sid)

    # --- from a carrier -------------------------------------------------------------------------------------------

    async def _inbound(self, asked: Invite, told: _Told) -> Carry | Take:
        recipient = dialled(asked.uri)
        account = await self._ways.owner(recipient.text)
        if account is None:
            raise Declined(Said(404, "Not Found"))
        call = Communication(
            id=new_sid("CA"),
            account=account,
            kind=Kind.CALL,
            direction=Direction.INBOUND,
            channel="sip",
            sender=_number(told.asserted) or _number(told.user) or _unknown(told.user),
            recipient=recipient,
            at=self._clock.now(),
            principal=asked.link,
        )
        call = self._verified(call, told)
        targets = await self._ways.ringing(account, recipient.text)
        led = not targets or await self._boxed(asked, recipient.text)
        if led and await self._led(call, asked, rings=bool(targets)):
            return Take(n=asked.n, call=call.id)
        await self._decided(call, asked)
        if not targets:
            await self._turned(call, 480, Party.HOUSE)
            raise Declined(Said(480, "Nobody Is Registered"))
        hidden = "id" in told.value("privacy").lower()
        return await self._carry(
            asked, call, targets, shown="anonymous" if hidden else told.user or "anonymous",
            name="Anonymous" if hidden else told.name, headers=_failed(call),
        )  # fmt: skip

    async def _boxed(self, asked: Invite, number: str) -> bool:
        """Whether the house rings a number's contacts itself, because their mailbox takes what they don't. Not where it
        is not told of the sound: behind Kamailio."""
        return bool(asked.body) and self._voice is not None and await self._voice.boxed(number)

    async def _led(self, call: Communication, asked: Invite, *, own: bool = False, rings: bool = False) -> bool:
        """Whether a mailbox or a document of the customer's leads the call from now on. Where its sound is not spoken
        here, phones that would ring (`rings`) may speak it."""
        if self._voice is None:
            return False
        try:
            decision = await self._voice.takes(call, asked, own=own)
        except BadInput as strange:
            log.info("%s from %s: %s", call.id, asked.source, strange)
            if rings:
                return False
            said = Said(488, "Not Acceptable Here", (words.warning(str(strange), self._domain),))
            raise Declined(said) from strange
        if decision is None:
            return False
        await self._turn_away(call, asked, decision)
        return True

    def _verified(self, call: Communication, told: _Told) -> Communication:
        """A call from a carrier, with what came of its Identity headers."""
        made = told.value("date")
        date = parsedate_to_datetime(made) if _DATE.fullmatch(made) else None
        found = self._identity.verify(told.values("identity"), call.sender, call.recipient, date=date)
        return msgspec.structs.replace(call, verification=found)

    # --- both -----------------------------------------------------------------------------------------------------

    async def _decided(self, call: Communication, asked: Invite) -> Decision:
        """The gate's word, durably on record. What it turns away is over at once."""
        decision = await self._calls.offer(call)
        await self._turn_away(call, asked, decision)
        return decision

    async def _turn_away(self, call: Communication, asked: Invite, decision: Decision) -> None:
        """End what the gate does not let go on."""
        said = words.verdict(decision, call.at, self._domain) if call.recipient.text not in HELP else None
        if said is not None:
            log.info("%s from %s: %d", call.id, asked.source, said.status)
            await self._turned(call, said.status, Party.HOUSE)
            raise Declined(said)

    async def _turned(self, call: Communication, status: int, by: Party, cause: int | None = None) -> None:
        """The record of a call that went nowhere."""
        now, near = self._clock.now(), call.principal if call.direction is Direction.INBOUND else CALLER
        steps = (Step.at_time(call.at, near, "in", "INVITE"), Step.at_time(now, near, "out", f"{status} INVITE"))
        told = {"status": status, "cause": cause, "released_by": by, "steps": steps}
        await self._calls.ended(record_of(call, ended_at=now, **told))

    async def _carry(self, asked: Invite, call: Communication, targets: tuple[Target, ...], **how: Any) -> Carry:
        offer, answer = await self._carried.begin(call, asked) if self._carried is not None else ("", "")
        self._places.began(call.account, call.id)
        return Carry(
            n=asked.n,
            call=call.id,
            account=call.account,
            inbound=call.direction is Direction.INBOUND,
            trunk=asked.link,
            sender=call.sender.text,
            recipient=call.recipient.text,
            purpose=call.purpose.value if call.purpose is not None else "",
            campaign=call.campaign or "",
            end_user=call.end_user or "",
            targets=targets,
            offer=offer,
            answer=answer,
            **how,
        )


class Declined(Exception):
    """A call that goes nowhere."""

    def __init__(self, said: Said) -> None:
        super().__init__(said.phrase)
        self.said = said


class _Told:
    """What an INVITE says of its caller, read once."""

    def __init__(self, asked: Invite) -> None:
        self._headers = asked.headers
        self.name, caller = message.address(self.value("from"))
        self.user = _user(caller)
        asserted = self.value("p-asserted-identity") or self.value("p-preferred-identity")
        self.asserted = _user(message.address(asserted)[1])
        self.name = self.name[:_LONGEST_NAME]

    def value(self, name: str) -> str:
        return next((each.value for each in self._headers if each.name == name), "")

    def values(self, name: str) -> list[str]:
        return [each.value for each in self._headers if each.name == name]

    @property
    def go_on(self) -> tuple[Header, ...]:
        return tuple(each for each in self._headers if each.name in _ON)


def _user(uri: str) -> str:
    try:
        return message.uri(uri).user if uri else ""
    except Unreadable:
        return ""


def _number(user: str) -> E164 | ShortCode | None:
    """The number in the user part of a URI."""
    try:
        address = parse(user)
    except BadAddress:
        return None
    return None if isinstance(address, AlphaSender) else address


def _unknown(user: str) -> AlphaSender:
    """A caller without a number, such as sip:anonymous@anonymous.invalid."""
    return AlphaSender(_NOT_A_NAME.sub("", user)[:11] if re.search("[A-Za-z]", user) else "unknown")


def dialled(uri: str) -> E164 | ShortCode:
    """The number that a URI asks for. Raises `Declined` where that is none."""
    number = _number(_user(uri))
    if number is None:
        raise Declined(Said(404, "Not Found"))
    return number


def _failed(call: Communication) -> tuple[Header, ...]:
    """What the called side is told where a caller's identity did not hold, and the call goes on (RFC 9410)."""
    reason = call.verification.reason_header if call.verification is not None else ""
    return (Header("reason", reason),) if reason else ()


def _one_of(kind: type[E], header: str, told: _Told, agent: str) -> E | None:
    """What a header says, of what can be said; None: nothing."""
    word = told.value(header.lower()).strip().lower()
    try:
        return kind(word) if word else None
    except ValueError:
        known = ", ".join(str(each.value) for each in kind)
        raise Declined(Said(400, f"Bad {header}", (words.warning(f"say one of {known}", agent),))) from None


def _unrouted(agent: str) -> Said:
    """No trunk serves the number."""
    return Said(
        480,
        "No Route",
        (Header("reason", f'Q.850;cause={_NO_ROUTE};text="no route"'), words.warning("no trunk serves it", agent)),
    )
