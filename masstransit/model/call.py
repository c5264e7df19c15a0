"""One call, as its record tells it when it is over: the CDR."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

import msgspec

from masstransit.model.address import Address
from masstransit.model.communication import Communication, Direction, Purpose
from masstransit.model.signalling import Step

#: As what a campaign may declare its calls to be short by design (rulebook 19): a code that is read out, a call that is
#: itself the code, an alarm that is acknowledged, a fault that is announced, an appointment confirmed by a key, a door
#: that is opened, somebody who is woken.
SHORT_BY_DESIGN = ("otp", "flash", "alarm", "outage", "appointment", "door", "wake-up")

#: Where help is called for: North America's emergency and crisis lines (47 CFR 9.4, 52.200), GSM's number for both
#: (3GPP TS 22.101 section 10), and those of the United Kingdom and Australia. Nothing may stop a call to them.
HELP = frozenset({"911", "988", "112", "999", "000"})

BUSY = (486, 600)  #: SIP's words for it: RFC 3261 sections 21.4.24, 21.6.1
ENDED = "/ended"  #: what the id of the outcome adds to that of the call


class Party(enum.Enum):
    """Who ended a call, or kept it from beginning."""

    CALLER = "caller"
    CALLEE = "callee"
    HOUSE = "house"  #: a refusal of ours, a limit, an announcement that ended
    NETWORK = "network"  #: a carrier on the way: no route, no circuit, a timer


class AnsweredBy(enum.Enum):
    """What took the call, as machine detection has it. It is a guess by cadence, and never more."""

    HUMAN = "human"
    MACHINE = "machine"
    FAX = "fax"
    UNKNOWN = "unknown"


class CallRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A call detail record. Times are aware UTC, and those of the far leg: what the called person's own side said."""

    id: str  #: the SDKs' SID: CA and 32 hex digits
    account: str
    direction: Direction
    sender: Address
    recipient: Address
    purpose: Purpose | None = None
    campaign: str | None = None
    end_user: str | None = None
    trunk: str = ""  #: the carrier's trunk it went out by, or came in by
    offered_at: datetime  #: the INVITE, or the API's request
    ringing_at: datetime | None = None  #: the far leg's 180 or 183
    answered_at: datetime | None = None  #: the far leg's 200
    ended_at: datetime
    status: int  #: the far leg's final SIP status; 487 where the caller gave up, 403 and the like where we refused
    cause: int | None = None  #: Q.850, where a Reason header said one
    released_by: Party
    answered_by: AnsweredBy | None = None  #: None: nobody looked
    brief: str = ""  #: short by design, as declared for its campaign: one of SHORT_BY_DESIGN
    agent_after: float | None = None  #: seconds from the answer until an agent spoke to the person; None: none joined
    internal: bool = False  #: between the customer's own lines: no carrier had part in it
    steps: tuple[Step, ...] = ()  #: its signalling, where it went by SIP and not around us

    @property
    def answered(self) -> bool:
        """ITU-T E.425: the answer signal came (200 OK, ANM)."""
        return self.answered_at is not None

    @property
    def connected(self) -> bool:
        """It rang at the number that was dialled; a busy line or one out of service did not (12 CFR 1006.14(b)(3))."""
        return self.answered or (self.ringing_at is not None and self.status not in BUSY)

    @property
    def rang(self) -> float:
        """Seconds that it rang; 0.0 where it never did."""
        until = self.answered_at or self.ended_at
        return (until - self.ringing_at).total_seconds() if self.ringing_at else 0.0

    @property
    def talked(self) -> float:
        """Seconds from the far leg's answer to the end; 0.0 where nobody answered."""
        return (self.ended_at - self.answered_at).total_seconds() if self.answered_at else 0.0


def record_of(call: Communication, **told: Any) -> CallRecord:
    """The record of a call as it was offered, with what its end tells."""
    return CallRecord(
        id=call.id,
        account=call.account,
        direction=call.direction,
        sender=call.sender,
        recipient=call.recipient,
        purpose=call.purpose,
        campaign=call.campaign,
        end_user=call.end_user,
        offered_at=call.at,
        **told,
    )
