"""What is kept of a call that is to be made later: as much as it takes to offer it then, in plain values.

A plan is read by later versions of this program: fields are only added, each with a default.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from masstransit.carriage.recording import Asked
from masstransit.carriage.voice.asking import Given, Where
from masstransit.carriage.voice.legs import Watch
from masstransit.carriage.voice.live import Detection, Wish
from masstransit.model.address import callable_address
from masstransit.model.communication import Communication, Kind, Purpose, Voice


class Plan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A call and how it is to be made. What is not here is the same for all that wait."""

    sender: str
    recipient: str
    channel: str
    principal: str = ""
    source: str = ""  #: the address of whoever asked for it
    purpose: Purpose | None = None
    end_user: str | None = None
    voice: Voice | None = None
    words: str = ""
    twiml: str | None = None  #: the document that leads it; None: `where` does
    where: Where | None = None
    watch: Watch | None = None
    rings: int
    longest: int
    digits: str = ""
    record: Asked | None = None
    detect: Detection | None = None

    def call(self, sid: str, account: str, at: datetime, send_at: datetime | None = None) -> Communication:
        """The call, as it is offered at an instant; with `send_at`, as it is foreseen for then."""
        return Communication(
            id=sid,
            account=account,
            kind=Kind.CALL,
            channel=self.channel,
            sender=callable_address(self.sender),
            recipient=callable_address(self.recipient),
            at=at,
            send_at=send_at,
            principal=self.principal,
            source=self.source,
            purpose=self.purpose,
            end_user=self.end_user,
            voice=self.voice,
            words=self.words,
        )

    def wish(self) -> Wish:
        """How it is made."""
        return Wish(
            source=self.where if self.where is not None else Given(self.twiml or ""),
            watch=self.watch,
            rings=self.rings,
            longest=self.longest,
            digits=self.digits,
            record=self.record,
            detect=self.detect,
        )


def plan_of(call: Communication, wish: Wish) -> Plan:
    """What is kept of a call that documents lead. Raises `TypeError` for one that the house leads itself."""
    led = wish.source
    if not isinstance(led, Where | Given):
        raise TypeError("what the house says itself can't be kept")
    return Plan(
        sender=call.sender.text,
        recipient=call.recipient.text,
        channel=call.channel,
        principal=call.principal,
        source=call.source,
        purpose=call.purpose,
        end_user=call.end_user,
        voice=call.voice,
        words=call.words,
        twiml=led.twiml if isinstance(led, Given) else None,
        where=led if isinstance(led, Where) else None,
        watch=wish.watch,
        rings=wish.rings,
        longest=wish.longest,
        digits=wish.digits,
        record=wish.record,
        detect=wish.detect,
    )


def kept(plan: Plan) -> Any:
    """A plan as a JSON document of the database."""
    return msgspec.to_builtins(plan, str_keys=True)


def read(stored: Any) -> Plan:
    """The plan that was kept. Raises `msgspec.ValidationError`."""
    return msgspec.convert(stored, Plan, strict=False)
